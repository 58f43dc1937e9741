// SPDX-License-Identifier: BSD-3-Clause
//
// quantize and dequantize around float64 values (docs/numerics.md, eq. 16 and 17).
#pragma once

#include <optional>

#include "harness/exec/eigen/real_tensor.h"
#include "src/ir/op.h"

namespace foldproof::exec::real {

// Scales and zero points of a quantization per channel, as the program's tensors are.
struct ChannelScales {
  RealTensor scales;                                // [channels]
  ir::ScalarType dtype = ir::ScalarType::kFloat32;  // of the scales: float32 or float64
  std::optional<NumericTensor> zero_points;         // [channels]
};

// All four throw Error(kInput) with an empty place where types or shapes do not fit together.

// The code of eq. 1, or per channel of eq. 3, of f32(x).
IntegerTensor QuantizedOf(const RealTensor& input, const ir::QuantParams& params);
IntegerTensor QuantizedOf(const RealTensor& input, const ir::ChannelQuantParams& params,
                          const ChannelScales& channels);

// x = f64((q - z) * f32(s)), q - z exact.
RealTensor DequantizedOf(const IntegerTensor& codes, const ir::QuantParams& params);
// x = f64(wrap(q - z[c]) * s[c]), wrap as in eq. 4 and s as the scales' type has it.
RealTensor DequantizedOf(const IntegerTensor& codes, const ir::ChannelQuantParams& params,
                         const ChannelScales& channels);

}  // namespace foldproof::exec::real
