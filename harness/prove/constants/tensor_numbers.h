// SPDX-License-Identifier: BSD-3-Clause
//
// The elements of a tensor as numbers of one C++ type, and back. T is float, double or
// std::int64_t.
#pragma once

#include <cstdint>
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

// The numbers as elements of `dtype`: integers wrap, floats to float32 are rounded once, floats to
// narrow integers go through int32 (as x86 does; the C++ standard promises nothing), bool is x !=
// 0.
template <typename T>
exec::Tensor TensorOf(ir::ScalarType dtype, std::vector<std::int64_t> sizes,
                      const std::vector<T>& numbers);

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
