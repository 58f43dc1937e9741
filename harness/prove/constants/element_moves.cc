// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/element_moves.h"

#include <algorithm>
#include <limits>

#include "harness/prove/constants/tensor_numbers.h"

namespace foldproof::prove {
namespace {

using Sizes = std::vector<std::int64_t>;

// Every `step`-th index of dimension `dim` from `start` on, `count` of them.
struct Band {
  std::size_t dim = 0;
  std::int64_t start = 0, step = 1, count = 0;
  bool drops = false;  // the dimension is not in the part
};

std::int64_t IntegerOf(const ir::Node& node, const char* argument,
                       std::optional<std::int64_t> absent) {
  const ir::ArgumentValue* value = node.Find(argument);
  const bool none = value == nullptr || std::holds_alternative<ir::None>(*value);
  const auto* integer = none ? nullptr : std::get_if<std::int64_t>(value);
  if (integer != nullptr) return *integer;
  if (none && absent) return *absent;
  throw NotEvaluated{std::string("its ") + argument + " is no number"};
}

std::size_t DimensionOf(const ir::Node& node, const Sizes& sizes, std::optional<std::int64_t> no) {
  const std::int64_t dim = IntegerOf(node, "dim", no);
  const auto rank = static_cast<std::int64_t>(sizes.size());
  if (dim < -rank || dim >= rank) throw NotEvaluated{"its operand has no such dimension"};
  return static_cast<std::size_t>(dim < 0 ? dim + rank : dim);
}

Band Selected(const ir::Node& node, const Sizes& sizes) {
  Band band{.dim = DimensionOf(node, sizes, std::nullopt), .count = 1, .drops = true};
  const std::int64_t size = sizes[band.dim], index = IntegerOf(node, "index", std::nullopt);
  if (index < -size || index >= size) throw NotEvaluated{"its index is out of range"};
  band.start = index < 0 ? index + size : index;
  return band;
}

Band Sliced(const ir::Node& node, const Sizes& sizes) {
  Band band{.dim = DimensionOf(node, sizes, 0)};
  const std::int64_t size = sizes[band.dim];
  const auto inside = [&](std::int64_t x) {
    return std::clamp<std::int64_t>(x < 0 ? x + size : x, 0, size);
  };
  band.step = IntegerOf(node, "step", 1);
  if (band.step < 1) throw NotEvaluated{"its step is not positive"};
  band.start = inside(IntegerOf(node, "start", 0));
  const std::int64_t end = inside(IntegerOf(node, "end", std::numeric_limits<std::int64_t>::max()));
  if (end > band.start) band.count = (end - band.start - 1) / band.step + 1;
  return band;
}

Band Narrowed(const ir::Node& node, const Sizes& sizes) {
  Band band{.dim = DimensionOf(node, sizes, std::nullopt)};
  band.start = IntegerOf(node, "start", std::nullopt);
  if (band.start < 0) band.start += sizes[band.dim];
  band.count = IntegerOf(node, "length", std::nullopt);
  if (band.start < 0 || band.count < 0 || band.count > sizes[band.dim] - band.start) {
    throw NotEvaluated{"it is out of range"};
  }
  return band;
}

// Where the elements of the part lie among those of the whole, in row-major order.
std::vector<std::size_t> PlacesOf(const Sizes& whole, const Band& band) {
  std::int64_t outer = 1, inner = 1;
  for (std::size_t k = 0; k < band.dim; ++k) outer *= whole[k];
  for (std::size_t k = band.dim + 1; k < whole.size(); ++k) inner *= whole[k];
  std::vector<std::size_t> places;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < band.count; ++i) {
      const std::int64_t row = o * whole[band.dim] + band.start + i * band.step;
      for (std::int64_t k = 0; k < inner; ++k) {
        places.push_back(static_cast<std::size_t>(row * inner + k));
      }
    }
  }
  return places;
}

Sizes PartSizes(Sizes sizes, const Band& band) {
  if (band.drops)
    sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(band.dim));
  else
    sizes[band.dim] = band.count;
  return sizes;
}

void CopyBytes(const exec::Tensor& from, std::size_t at, exec::Tensor& to, std::size_t place) {
  const std::size_t width = ir::ElementSize(from.dtype);
  std::copy_n(from.bytes.begin() + static_cast<std::ptrdiff_t>(at * width), width,
              to.bytes.begin() + static_cast<std::ptrdiff_t>(place * width));
}

ConstantValue Take(const ConstantValue& whole, const Band& band) {
  const auto places = PlacesOf(whole.value.sizes, band);
  ConstantValue part{EmptyTensor(whole.value.dtype, PartSizes(whole.value.sizes, band))};
  const std::vector<RootId> roots = whole.roots.Each();
  for (std::size_t i = 0; i < places.size(); ++i) {
    CopyBytes(whole.value, places[i], part.value, i);
    if (!whole.own_ideal.empty()) part.own_ideal.push_back(whole.own_ideal[places[i]]);
    if (!roots.empty()) part.roots.Append(roots[places[i]], 1);
  }
  return part;
}

// The roots of each element, also where there are none.
std::vector<RootId> EachRoot(const ConstantValue& value) {
  if (!value.roots.empty()) return value.roots.Each();
  return std::vector<RootId>(static_cast<std::size_t>(value.value.count()), kNoRoot);
}

ConstantValue Put(const ConstantValue& whole, const Band& band, const ConstantValue& part) {
  if (part.value.dtype != whole.value.dtype ||
      part.value.sizes != PartSizes(whole.value.sizes, band)) {
    throw NotEvaluated{"the part does not fit into the whole"};
  }
  const auto places = PlacesOf(whole.value.sizes, band);
  ConstantValue out{whole.value};
  for (std::size_t i = 0; i < places.size(); ++i) CopyBytes(part.value, i, out.value, places[i]);
  if (!whole.own_ideal.empty() || !part.own_ideal.empty()) {
    out.own_ideal = whole.Ideal();
    const std::vector<double> ideal = part.Ideal();
    for (std::size_t i = 0; i < places.size(); ++i) out.own_ideal[places[i]] = ideal[i];
  }
  if (!whole.roots.empty() || !part.roots.empty()) {
    std::vector<RootId> roots = EachRoot(whole);
    const std::vector<RootId> put = EachRoot(part);
    for (std::size_t i = 0; i < places.size(); ++i) roots[places[i]] = put[i];
    out.roots = Roots(roots);
  }
  return out;
}

}  // namespace

std::optional<ConstantValue> EvaluateMove(
    const ir::Node& node, const std::function<const ConstantValue&(ir::ValueId)>& find) {
  using BandOf = Band (*)(const ir::Node&, const Sizes&);
  static constexpr struct {
    std::string_view target;
    BandOf band;
    bool puts;
  } kMoves[] = {{"aten.select.int", Selected, false},
                {"aten.slice.Tensor", Sliced, false},
                {"aten.narrow.default", Narrowed, false},
                {"aten.select_scatter.default", Selected, true},
                {"aten.slice_scatter.default", Sliced, true}};
  for (const auto& move : kMoves) {
    if (move.target != node.target) continue;
    const ir::ArgumentValue* self = node.Find("self");
    const ir::ArgumentValue* src = node.Find("src");
    const auto* whole = self == nullptr ? nullptr : std::get_if<ir::ValueId>(self);
    const auto* part = src == nullptr ? nullptr : std::get_if<ir::ValueId>(src);
    if (whole == nullptr || (move.puts && part == nullptr)) return std::nullopt;
    const ConstantValue& from = find(*whole);
    const Band band = move.band(node, from.value.sizes);
    return move.puts ? Put(from, band, find(*part)) : Take(from, band);
  }
  return std::nullopt;
}

}  // namespace foldproof::prove
