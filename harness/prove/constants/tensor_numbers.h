// SPDX-License-Identifier: BSD-3-Clause
//
// The elements of a tensor as numbers of one C++ type, and back. T is float, double or
// std::int64_t. What goes over a large tensor does it a block at a time, so that nothing of its
// size is made besides the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/exec/tensor.h"
#include "src/ir/tensor_type.h"

namespace foldproof::prove {

// True for the element types that constants are computed in: bool, the integers, float32, float64.
bool IsComputed(ir::ScalarType dtype);

// Each element converted as C++ and PyTorch on x86 do: integers and doubles to float rounded to
// nearest even, floats to integers truncated (ToInteger). FP_CHECKs that the dtype IsComputed.
template <typename T>
std::vector<T> NumbersOf(const exec::Tensor& tensor);

// The same of the elements from element `from` on, as many as fit into `out`.
template <typename T>
void ReadNumbers(const exec::Tensor& tensor, std::size_t from, std::span<T> out);

// The numbers as elements of `dtype`: integers wrap, floats to float32 are rounded once, floats to
// narrow integers go through int32 (as x86 does; the C++ standard promises nothing), bool is x !=
// 0.
template <typename T>
exec::Tensor TensorOf(ir::ScalarType dtype, std::vector<std::int64_t> sizes,
                      const std::vector<T>& numbers);

// A tensor of zeros, to be written into.
exec::Tensor EmptyTensor(ir::ScalarType dtype, std::vector<std::int64_t> sizes);
// As TensorOf has them, the elements of `out` from element `from` on.
template <typename T>
void WriteNumbers(std::span<const T> numbers, std::size_t from, exec::Tensor& out);

inline constexpr std::size_t kBlock = 1024;
// Calls visit(from, count) for one block of `count` elements behind the other.
template <typename Visit>
void ForEachBlock(std::size_t elements, Visit&& visit) {
  for (std::size_t from = 0; from < elements; from += kBlock)
    visit(from, elements - from < kBlock ? elements - from : kBlock);
}

// `number` modulo 2^bits of an integer dtype.
std::int64_t Wrap(ir::ScalarType dtype, std::int64_t number);

// Truncated; NaN and what does not fit give the smallest number of int32, or of int64 where `dtype`
// is int64; then wrapped to dtype.
std::int64_t ToInteger(ir::ScalarType dtype, double number);

// c10's promoteTypes; throws NotEvaluated where PyTorch refuses (uint16 with another integer).
ir::ScalarType Promote(ir::ScalarType a, ir::ScalarType b);

// Product of the sizes; throws NotEvaluated above 2^26, more than any constant that a proof reads.
std::int64_t BoundedCount(const std::vector<std::int64_t>& sizes);

}  // namespace foldproof::prove
