// SPDX-License-Identifier: BSD-3-Clause
//
// Codes less their zero point, and what comes of their sums: what the fused operators share.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/exec/tensor.h"

namespace foldproof::exec {

// Elements that a fused operator's operands and its result may have: a program of a few bytes can
// ask for any number. So a sum has at most 2^26 products below 2^32 and a bias, and fits into
// int64.
inline constexpr std::int64_t kMostFusedElements = std::int64_t{1} << 26;

// The product of the sizes. Throws Error(kInput) where it, or that of the sizes but 0, is above
// kMostFusedElements.
std::int64_t FusedCount(const std::vector<std::int64_t>& sizes);

// q - z of each element: within ±65535, because z is held to the range of the codes. Throws
// Error(kInput) for any type but int8, uint8, int16 and uint16, for another z, and as FusedCount
// does; `what` names the operand.
std::vector<std::int32_t> ShiftedCodes(const Tensor& codes, std::int64_t zero_point,
                                       std::string_view what);

// The elements of an int32 bias as a float32 sum holds them: f32(b), which is an integer.
std::vector<std::int64_t> BiasTerms(const Tensor& bias);

// quantize_per_tensor to the whole range of `dtype` (docs/numerics.md, eq. 1). Throws Error(kInput)
// for a scale of 0.
Tensor QuantizeToRange(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                       const std::vector<float>& reals, double scale, std::int64_t zero_point);

}  // namespace foldproof::exec
