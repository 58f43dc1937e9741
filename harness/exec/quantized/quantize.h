// SPDX-License-Identifier: BSD-3-Clause
//
// quantized_decomposed's per-tensor arithmetic, one element at a time, as PyTorch computes it on a
// CPU (docs/numerics.md, eq. 1 and 2). Used by the executor and by the prover; src/fold has its
// own.
#pragma once

#include <cmath>
#include <cstdint>

namespace foldproof::exec {

// Compiles a function twice where the compiler can, for x86-64 with AVX2 and FMA and for any
// x86-64, and lets the machine choose: the same IEEE operations, so the same bits. std::fma is an
// instruction in the first and a call in the second.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define FOLDPROOF_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FOLDPROOF_VECTOR_CLONES
#endif

// What quantize_per_tensor does with one float32, before and after clamping.
struct QuantizeConstants {
  float inverse_scale;  // f32(1.0 / scale): the reciprocal in double, then one rounding
  float zero_point;     // f32(zero_point)
  float quant_min;      // f32(quant_min); int32's 2^31 - 1 becomes 2^31
  float quant_max;
};

inline QuantizeConstants MakeQuantizeConstants(double scale, std::int64_t zero_point,
                                               std::int64_t quant_min, std::int64_t quant_max) {
  return {static_cast<float>(1.0 / scale), static_cast<float>(zero_point),
          static_cast<float>(quant_min), static_cast<float>(quant_max)};
}

// rint, ties to even. From 2^23 on every float32 is an integer; below, adding 2^23 to |x| makes the
// float32 addition itself round to an integer, ties to even. No call, so that loops vectorize.
inline float RoundHalfEven(float x) {
  constexpr float kIntegersFrom = 8388608.0f;
  const float magnitude = std::abs(x);
  const float rounded = std::copysign((magnitude + kIntegersFrom) - kIntegersFrom, x);
  return magnitude < kIntegersFrom ? rounded : x;  // NaN and infinities stay
}

// t = f32(rint(f32(x * f32(1 / s))) + f32(z)), float32, ties to even; NaN stays NaN.
inline float QuantizeUnclamped(float x, const QuantizeConstants& q) {
  const float scaled = x * q.inverse_scale;
  return RoundHalfEven(scaled) + q.zero_point;
}

// clamp(t, f32(min), f32(max)), still a float32; NaN stays NaN.
inline float ClampCode(float t, const QuantizeConstants& q) {
  return t < q.quant_min ? q.quant_min : t > q.quant_max ? q.quant_max : t;
}

// float32 to int32 as x86 converts: NaN and what does not fit become -2^31.
inline std::int32_t ToInt32(float t) {
  return t >= -2147483648.0f && t < 2147483648.0f ? static_cast<std::int32_t>(t)
                                                  : std::int32_t{-2147483647 - 1};
}

// q = int(clamp(t)). For the narrow types NaN gives the low bits of -2^31, which are 0.
inline std::int32_t Quantize(float x, const QuantizeConstants& q, bool is_int32) {
  const float t = ClampCode(QuantizeUnclamped(x, q), q);
  if (std::isnan(t) && !is_int32) return 0;
  return ToInt32(t);
}

// f32(f32(f32(q) - f32(z)) * f32(s)): the code itself is rounded first.
inline float Dequantize(std::int32_t code, float zero_point, float scale) {
  const float shifted = static_cast<float>(code) - zero_point;
  return shifted * scale;
}

}  // namespace foldproof::exec
