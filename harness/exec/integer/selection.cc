// SPDX-License-Identifier: BSD-3-Clause
//
// where and prelu: elements that a condition chooses.
#include <array>
#include <string>
#include <utility>

#include "harness/exec/integer/arithmetic.h"
#include "harness/exec/shape/broadcast.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

template <typename T>
CodedTensor WhereIn(const CodedTensor& condition, const NumberOrTensor& self,
                    const NumberOrTensor& other, ir::ScalarType dtype) {
  const std::vector<std::int64_t> sizes =
      BroadcastSizes(condition.sizes(), BroadcastSizes(SizesOf(self), SizesOf(other)));
  std::vector<std::int64_t> flag_store;
  std::vector<T> self_store, other_store, out(CountOf(sizes));
  const std::span<const std::int64_t> holds = NumbersIn(condition, flag_store);
  const std::span<const T> left = OperandIn(self, self_store),
                           right = OperandIn(other, other_store);
  const BroadcastIndex of_condition(condition.sizes(), sizes), of_self(SizesOf(self), sizes),
      of_other(SizesOf(other), sizes);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    out[i] = holds[of_condition.At(at)] != 0 ? left[of_self.At(at)] : right[of_other.At(at)];
  }
  return StoreNumbers<T>(out, dtype, sizes);
}

}  // namespace

CodedTensor ComputeWhere(const CodedTensor& condition, const NumberOrTensor& self,
                         const NumberOrTensor& other) {
  if (condition.dtype() != ir::ScalarType::kBool) Refuse("takes a condition of bool");
  const ir::ScalarType dtype = ResultTypeOf(std::array{self, other});
  switch (ArithmeticOf(dtype)) {
    case Arithmetic::kFloat32: return WhereIn<float>(condition, self, other, dtype);
    case Arithmetic::kFloat64: return WhereIn<double>(condition, self, other, dtype);
    case Arithmetic::kInteger: break;
  }
  return WhereIn<std::int64_t>(condition, self, other, dtype);
}

CodedTensor ComputePrelu(const CodedTensor& input, const CodedTensor& weight) {
  const bool float32 = input.dtype() == ir::ScalarType::kFloat32 && weight.dtype() == input.dtype();
  if (!float32) Refuse("takes float32 alone here");
  const std::span<const float> x = input.As<float>(), slopes = weight.As<float>();
  std::size_t inner = 1;
  for (std::size_t d = 2; d < input.rank(); ++d) {
    inner *= static_cast<std::size_t>(input.sizes()[d]);
  }
  const std::size_t channels = slopes.size();
  const std::size_t wanted =
      input.rank() > 1 ? static_cast<std::size_t>(input.sizes()[1]) : std::size_t{1};
  if (channels != 1 && channels != wanted) {
    Refuse("has " + std::to_string(channels) + " weights for " + std::to_string(wanted) +
           " channels");
  }
  Filling<float> out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float slope = slopes[channels == 1 ? 0 : i / inner % channels];
    out.span()[i] = x[i] > 0 ? x[i] : slope * x[i];
  }
  return std::move(out).Finish(ir::ScalarType::kFloat32, input.sizes());
}

}  // namespace foldproof::exec
