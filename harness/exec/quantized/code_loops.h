// SPDX-License-Identifier: BSD-3-Clause
//
// quantize_per_tensor and dequantize_per_tensor over arrays (docs/numerics.md, eq. 1 and 2), in
// loops that vectorize.
#pragma once

#include <cstddef>
#include <span>

#include "src/ir/op.h"

namespace foldproof::exec {

// codes[i] = eq. 1 of x[i]; `codes` has room for x.size() elements of params.dtype, which is uint8,
// int8, int16, uint16 or int32. A float64 is rounded to float32 once, before everything else.
void QuantizeElements(std::span<const float> x, const ir::QuantParams& params, std::byte* codes);
void QuantizeElements(std::span<const double> x, const ir::QuantParams& params, std::byte* codes);

// x[i] = f32(f32(f32(q) - f32(z)) * f32(s)), eq. 2; in float64 (q - z) * f64(f32(s)), whose
// difference is exact.
void DequantizeElements(const std::byte* codes, const ir::QuantParams& params, std::span<float> x);
void DequantizeElements(const std::byte* codes, const ir::QuantParams& params, std::span<double> x);

}  // namespace foldproof::exec
