// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace foldproof::exec {

// What batch_norm does to one channel.
struct BatchNormChannel {
  float weight = 1;
  float bias = 0;
  float mean = 0;
  float inverse = 1;  // 1 / sqrt(var + eps)
};

// inverse = f32(1 / f32(sqrt(f32(var + f32(eps))))), all float32 (docs/numerics.md, eq. 5).
inline float InverseDeviation(float var, double eps) {
  return 1.0f / std::sqrt(var + static_cast<float>(eps));
}

// alpha = f32(inverse * weight), float32; then, fused (docs/numerics.md, eq. 5),
// y = fma(x, alpha, fma(-mean, alpha, bias)); not fused (eq. 6),
// y = f32(f32(x * alpha) + f32(bias - f32(mean * alpha))).
inline float BatchNormFormula(float x, const BatchNormChannel& c, bool fused) {
  const float alpha = c.inverse * c.weight;
  if (fused) return std::fma(x, alpha, std::fma(-c.mean, alpha, c.bias));
  const float beta = c.bias - c.mean * alpha;
  return x * alpha + beta;
}

// In training mode mean and variance (that of the batch, divided by n) are summed in float64, and
// mean and f64(1 / sqrt(var + eps)) are rounded to float32 once.
inline void TakeBatchStatistics(const std::vector<float>& x, double eps,
                                BatchNormChannel& channel) {
  double sum = 0, squares = 0;
  for (const float v : x) sum += v;
  const double mean = sum / static_cast<double>(x.size());
  for (const float v : x) squares += (v - mean) * (v - mean);
  channel.mean = static_cast<float>(mean);
  channel.inverse =
      static_cast<float>(1 / std::sqrt(squares / static_cast<double>(x.size()) + eps));
}

// Whether the executor that describes itself so has kernels with fused multiply-add.
inline bool HasFusedKernels(const std::string& description) {
  return description.find("AVX2") != std::string::npos ||
         description.find("AVX512") != std::string::npos;
}

}  // namespace foldproof::exec
