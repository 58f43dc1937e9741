// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <iterator>
#include <utility>

#include "harness/exec/eigen/layout.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

// The shape of all of them along `dim`; they are equal in every other dimension.
Sizes JoinedSizes(const std::vector<NumericTensor>& tensors, std::size_t dim) {
  Sizes joined = SizesOf(tensors.front());
  joined[dim] = 0;
  for (const NumericTensor& tensor : tensors) {
    Sizes sizes = SizesOf(tensor);
    if (sizes.size() != joined.size()) Refuse("concatenates tensors of unequal ranks");
    const std::int64_t along = std::exchange(sizes[dim], joined[dim]);
    if (sizes != joined) Refuse("concatenates tensors that differ in another dimension");
    joined[dim] += along;
  }
  CheckedCount(joined);
  return joined;
}

// Block by block: `outer` times the elements of each tensor's last dimensions from `dim` on.
template <typename T>
auto JoinedElements(const std::vector<NumericTensor>& tensors, const Sizes& joined,
                    std::size_t dim) {
  decltype(T::elements) out;
  const std::int64_t outer = CheckedCount(Sizes(joined.begin(), joined.begin() + dim));
  for (std::int64_t i = 0; i < outer; ++i) {
    for (const NumericTensor& tensor : tensors) {
      const auto& elements = std::get<T>(tensor).elements;
      const auto block = static_cast<std::int64_t>(elements.size()) / outer;
      std::copy_n(elements.begin() + i * block, block, std::back_inserter(out));
    }
  }
  return out;
}

}  // namespace

NumericTensor Concatenated(std::vector<NumericTensor> tensors, std::int64_t dim) {
  // PyTorch lets an empty tensor of one dimension stand beside tensors of any rank.
  const auto is_empty = [](const NumericTensor& t) { return SizesOf(t) == Sizes{0}; };
  if (!std::ranges::all_of(tensors, is_empty)) std::erase_if(tensors, is_empty);
  if (tensors.empty()) Refuse("concatenates nothing");
  const std::size_t rank = SizesOf(tensors.front()).size();
  if (rank == 0) Refuse("concatenates tensors without dimensions");
  const std::size_t d = DimensionOf(dim, rank);
  const Sizes joined = JoinedSizes(tensors, d);
  const auto* first = std::get_if<IntegerTensor>(&tensors.front());
  const bool same_integers = first != nullptr && std::ranges::all_of(tensors, [&](const auto& t) {
                               const auto* integers = std::get_if<IntegerTensor>(&t);
                               return integers != nullptr && integers->dtype == first->dtype;
                             });
  if (same_integers) {
    return IntegerTensor{first->dtype, joined, JoinedElements<IntegerTensor>(tensors, joined, d)};
  }
  const bool has_reals = std::ranges::any_of(
      tensors, [](const auto& t) { return std::holds_alternative<RealTensor>(t); });
  if (!has_reals) Refuse("concatenates integers of unequal types");
  for (NumericTensor& tensor : tensors) tensor = RealsOf(std::move(tensor));
  return RealTensor{joined, JoinedElements<RealTensor>(tensors, joined, d)};
}

}  // namespace foldproof::exec::real
