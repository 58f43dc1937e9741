// SPDX-License-Identifier: BSD-3-Clause
//
// Elements in the type that PyTorch computes in: float32 for float16, bfloat16 and float32, float64
// for float64, int64 (wrapped when stored) for integers and bool.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "harness/exec/integer/coded_tensor.h"

namespace foldproof::exec {

enum class Arithmetic { kFloat32, kFloat64, kInteger };

// Throws Error(kInput) with an empty place for complex numbers and float8.
Arithmetic ArithmeticOf(ir::ScalarType dtype);

// The elements of `tensor` as T. Those of T's own type are not copied; others are converted to
// nearest, ties to even, and kept in `store`.
template <typename T>
std::span<const T> NumbersIn(const CodedTensor& tensor, std::vector<T>& store);

// A tensor of `dtype`: floats are rounded once, integers keep their low bits, bool is x != 0.
template <typename T>
CodedTensor StoreNumbers(std::span<const T> numbers, ir::ScalarType dtype,
                         std::vector<std::int64_t> sizes);

// A tensor or a Python number; the latter gives way to any tensor of its own category (bool <
// integer < float).
using NumberOrTensor = std::variant<const CodedTensor*, double, std::int64_t>;

const std::vector<std::int64_t>& SizesOf(const NumberOrTensor& operand);  // none of a number

// Its elements as T; a number is one element, rounded to T.
template <typename T>
std::span<const T> OperandIn(const NumberOrTensor& operand, std::vector<T>& store) {
  if (const auto* tensor = std::get_if<const CodedTensor*>(&operand)) {
    return NumbersIn(**tensor, store);
  }
  const double* real = std::get_if<double>(&operand);
  store.assign(1, real ? static_cast<T>(*real) : static_cast<T>(std::get<std::int64_t>(operand)));
  return store;
}

// The type of arithmetic between several operands (torch.result_type): the highest category
// decides, within it tensors with dimensions before those without before numbers.
ir::ScalarType ResultTypeOf(std::span<const NumberOrTensor> operands);

}  // namespace foldproof::exec
