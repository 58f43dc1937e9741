// SPDX-License-Identifier: BSD-3-Clause
//
// Tensors of the float64 reference (docs/numerics.md, "The float64 reference").
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "harness/exec/tensor.h"

namespace foldproof::exec::real {

using Sizes = std::vector<std::int64_t>;

// Elements that a tensor may have: a program of a few bytes can ask for any number.
inline constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

// The product of the sizes. Throws Error(kInput) with an empty place where a size is negative, or
// the product, or that of the sizes but 0, is above kMostElements.
std::int64_t CheckedCount(const Sizes& sizes);

// Row-major. Whatever floating-point type the program declares, its elements are float64.
struct RealTensor {
  Sizes sizes;
  std::vector<double> elements;
};

// Row-major; exact integers within the range of `dtype`, an integer type or bool (0 and 1).
struct IntegerTensor {
  ir::ScalarType dtype = ir::ScalarType::kInt64;
  Sizes sizes;
  std::vector<std::int64_t> elements;
};

using NumericTensor = std::variant<RealTensor, IntegerTensor>;

inline const Sizes& SizesOf(const NumericTensor& tensor) {
  return std::visit([](const auto& t) -> const Sizes& { return t.sizes; }, tensor);
}

// The same numbers. Throws Error(kInput) with an empty place for complex and 8-bit float types.
NumericTensor Widened(const Tensor& tensor);
// A tensor of float64, or of the integer type.
Tensor Stored(const NumericTensor& tensor);
// Integers become float64, rounded once above 2^53.
RealTensor RealsOf(NumericTensor tensor);
// The integers of a tensor. Throws Error(kInput) with an empty place for reals; `what` names it.
const IntegerTensor& IntegersIn(const NumericTensor& tensor, const char* what);

// Each element's low bits, as a C cast to `dtype` keeps them; bool: 1 for whatever is not 0.
IntegerTensor Wrapped(IntegerTensor tensor);

// `x` rounded once to a floating-point type: to nearest, ties to even, beyond the largest to
// infinity. Throws as Widened does.
double RoundedTo(ir::ScalarType dtype, double x);

}  // namespace foldproof::exec::real
