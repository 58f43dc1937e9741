// SPDX-License-Identifier: BSD-3-Clause
//
// The bias arithmetic of ExecuTorch 1.5.1 as PyTorch's eager kernels run it on x86: every operation
// rounds to float32 unless its formula says otherwise (docs/fold.md, eq. 5 to 8), and of parameters
// in a half type to that once more. Kept bit for bit, with what it loses: this is the baseline.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/ir/tensor_type.h"

namespace foldproof::fold {

// q = int32(clamp(rint(x · f32(1/s)), f32(min), f32(max))): 2^31 - 1 rounds to 2^31, which the
// conversion turns into -2^31, as it does NaN. The reciprocal is taken in float64.
std::int32_t QuantizeBias32(float bias, double scale, std::int64_t quant_min,
                            std::int64_t quant_max);
// The same per channel with a float32 scale, whose reciprocal is taken in float32.
std::int32_t QuantizeBias32PerChannel(float bias, float scale, std::int64_t quant_min,
                                      std::int64_t quant_max);
// With a float64 scale all is float64: 2^31 - 1 stays.
std::int32_t QuantizeBias64PerChannel(float bias, double scale, std::int64_t quant_min,
                                      std::int64_t quant_max);

struct BatchNormChannel {
  float weight = 1;
  float bias = 0;
  float mean = 0;
  float variance = 1;
};

// sqrt(var + f32(eps)), with IEEE's square root. PyTorch's wheels take MKL's, which is one step off
// for every sixth number or so: a difference of builds (docs/numerics.md).
float Deviation32(float variance, double eps, ir::ScalarType type = ir::ScalarType::kFloat32);

// C = (orig - mean) · weight / deviation + bias; without an original bias
// -mean · weight / deviation + bias.
float Correction32(const BatchNormChannel& norm, std::optional<float> original_bias,
                   float deviation, ir::ScalarType type = ir::ScalarType::kFloat32);

struct BiasParams {
  double scale = 1;
  std::int64_t zero_point = 0;
  std::int64_t quant_min = 0;
  std::int64_t quant_max = 0;
};

// b = (f32(q) - f32(z)) · f32(s);  q' = int32(clamp(rint((b + C) / f32(s)) + f32(z), f32(min),
// f32(max))).
std::int32_t FoldBias32(std::int32_t code, float correction, const BiasParams& params);

}  // namespace foldproof::fold
