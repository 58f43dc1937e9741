// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/upstream/float32_bias.h"

#include <cmath>
#include <limits>

#include "src/fold/upstream/chain_type.h"

namespace foldproof::fold {
namespace {

// min(max(x, low), high) that keeps NaN, as torch.clamp does.
template <typename Float>
Float Clamp(Float x, Float low, Float high) {
  if (x < low) x = low;
  if (x > high) x = high;
  return x;
}

// x86's conversion of a whole number: what int32 does not hold, and NaN, becomes -2^31.
template <typename Float>
std::int32_t ToInt32(Float x) {
  constexpr Float kEnd = 2147483648.0;  // 2^31, exact in both types
  if (!(x >= -kEnd && x < kEnd)) return std::numeric_limits<std::int32_t>::min();
  return static_cast<std::int32_t>(x);
}

}  // namespace

std::int32_t QuantizeBias32(float bias, double scale, std::int64_t quant_min,
                            std::int64_t quant_max) {
  const float inverse = static_cast<float>(1.0 / scale);
  return ToInt32(Clamp(std::nearbyint(bias * inverse), static_cast<float>(quant_min),
                       static_cast<float>(quant_max)));
}

std::int32_t QuantizeBias32PerChannel(float bias, float scale, std::int64_t quant_min,
                                      std::int64_t quant_max) {
  const float inverse = 1.0f / scale;
  return ToInt32(Clamp(std::nearbyint(bias * inverse), static_cast<float>(quant_min),
                       static_cast<float>(quant_max)));
}

std::int32_t QuantizeBias64PerChannel(float bias, double scale, std::int64_t quant_min,
                                      std::int64_t quant_max) {
  const double inverse = 1.0 / scale;
  return ToInt32(Clamp(std::nearbyint(static_cast<double>(bias) * inverse),
                       static_cast<double>(quant_min), static_cast<double>(quant_max)));
}

float Deviation32(float variance, double eps, ir::ScalarType type) {
  return RoundedTo(type, std::sqrt(RoundedTo(type, variance + static_cast<float>(eps))));
}

float Correction32(const BatchNormChannel& norm, std::optional<float> original_bias,
                   float deviation, ir::ScalarType type) {
  const float shift = original_bias ? RoundedTo(type, *original_bias - norm.mean) : -norm.mean;
  const float scaled = RoundedTo(type, RoundedTo(type, shift * norm.weight) / deviation);
  return RoundedTo(type, scaled + norm.bias);
}

std::int32_t FoldBias32(std::int32_t code, float correction, const BiasParams& params) {
  const float scale = static_cast<float>(params.scale);
  const float zero_point = static_cast<float>(params.zero_point);
  const float bias = (static_cast<float>(code) - zero_point) * scale;
  return ToInt32(Clamp(std::nearbyint((bias + correction) / scale) + zero_point,
                       static_cast<float>(params.quant_min), static_cast<float>(params.quant_max)));
}

}  // namespace foldproof::fold
