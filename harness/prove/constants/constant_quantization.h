// SPDX-License-Identifier: BSD-3-Clause
//
// quantized_decomposed's operators on constants (docs/numerics.md, eq. 1 to 4). Codes are the same
// in the ideal; what is dequantized is ideal in float64, of the scale as the program has it. Each
// throws NotEvaluated where types or shapes are not those of the formulas.
#pragma once

#include "harness/prove/constants/constant_value.h"
#include "src/ir/op.h"

namespace foldproof::prove {

// q = int(clamp(f32(rint(f32(x * f32(1 / s))) + f32(z)), f32(min), f32(max))), 1 / s in double.
ConstantValue EvaluateQuantize(const ir::QuantParams& params, const ConstantValue& input);

// f32(f32(f32(q) - f32(z)) * f32(s)); ideal (q - z) * s.
ConstantValue EvaluateDequantize(const ir::QuantParams& params, const ConstantValue& codes);

// Scales and zero points along one dimension; `zero_points` may be nullptr where they are 0.
struct ChannelScales {
  const ConstantValue* scales;
  const ConstantValue* zero_points;
  std::int64_t axis;
};

// With T the type of the scales, float32 or float64:
// q = int(clamp(T(rint(T(T(x) * T(1 / s))) + T(z)), T(min), T(max))).
ConstantValue EvaluateQuantizePerChannel(const ir::ChannelQuantParams& params,
                                         const ChannelScales& channels, const ConstantValue& input);

// f32(T(T(q - z) * s)): q - z in the integer type that both promote to, where it wraps (int8 codes
// and int8 zero points), or in float32 where z is float32. Ideal (q - z) * s, of the wrapped
// difference.
ConstantValue EvaluateDequantizePerChannel(const ir::ChannelQuantParams& params,
                                           const ChannelScales& channels,
                                           const ConstantValue& codes);

}  // namespace foldproof::prove
