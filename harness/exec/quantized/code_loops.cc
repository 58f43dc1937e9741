// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/code_loops.h"

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "harness/exec/quantized/quantize.h"
#include "src/base/error.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

// One loop a pair of types: target_clones does not go with templates, so each is inlined into a
// function of its own below.
template <typename Real, typename Code>
[[gnu::always_inline]] inline void Quantized(const Real* x, std::size_t count,
                                             const QuantizeConstants& constants, Code* codes) {
  const QuantizeConstants q = constants;
  for (std::size_t i = 0; i < count; ++i) {
    const float t = ClampCode(QuantizeUnclamped(static_cast<float>(x[i]), q), q);
    if constexpr (std::is_same_v<Code, std::int32_t>) {
      codes[i] = ToInt32(t);
    } else {
      codes[i] = static_cast<Code>(static_cast<std::int32_t>(t == t ? t : 0.0f));  // NaN: 0
    }
  }
}

template <typename Code, typename Real>
[[gnu::always_inline]] inline void Dequantized(const Code* codes, std::size_t count, Real zero,
                                               Real scale, Real* x) {
  for (std::size_t i = 0; i < count; ++i) {
    x[i] = (static_cast<Real>(static_cast<std::int32_t>(codes[i])) - zero) * scale;
  }
}

#define FOLDPROOF_CODE_LOOPS(Code)                                                                 \
  FOLDPROOF_VECTOR_CLONES void ToCodes(const float* x, std::size_t n, const QuantizeConstants& q,  \
                                       Code* codes) {                                              \
    Quantized(x, n, q, codes);                                                                     \
  }                                                                                                \
  FOLDPROOF_VECTOR_CLONES void ToCodes(const double* x, std::size_t n, const QuantizeConstants& q, \
                                       Code* codes) {                                              \
    Quantized(x, n, q, codes);                                                                     \
  }                                                                                                \
  FOLDPROOF_VECTOR_CLONES void ToReals(const Code* codes, std::size_t n, float zero, float scale,  \
                                       float* x) {                                                 \
    Dequantized(codes, n, zero, scale, x);                                                         \
  }                                                                                                \
  FOLDPROOF_VECTOR_CLONES void ToReals(const Code* codes, std::size_t n, double zero,              \
                                       double scale, double* x) {                                  \
    Dequantized(codes, n, zero, scale, x);                                                         \
  }

FOLDPROOF_CODE_LOOPS(std::uint8_t)
FOLDPROOF_CODE_LOOPS(std::int8_t)
FOLDPROOF_CODE_LOOPS(std::int16_t)
FOLDPROOF_CODE_LOOPS(std::uint16_t)
FOLDPROOF_CODE_LOOPS(std::int32_t)

#undef FOLDPROOF_CODE_LOOPS

// Calls `loop` with a null pointer to the element type of `dtype`.
template <typename Loop>
void WithCodeType(ScalarType dtype, const Loop& loop) {
  if (dtype == ScalarType::kUInt8) return loop(static_cast<std::uint8_t*>(nullptr));
  if (dtype == ScalarType::kInt8) return loop(static_cast<std::int8_t*>(nullptr));
  if (dtype == ScalarType::kInt16) return loop(static_cast<std::int16_t*>(nullptr));
  if (dtype == ScalarType::kUInt16) return loop(static_cast<std::uint16_t*>(nullptr));
  FP_CHECK(dtype == ScalarType::kInt32);
  loop(static_cast<std::int32_t*>(nullptr));
}

template <typename Real>
void QuantizeSpan(std::span<const Real> x, const ir::QuantParams& params, std::byte* codes) {
  const QuantizeConstants q =
      MakeQuantizeConstants(params.scale, params.zero_point, params.quant_min, params.quant_max);
  WithCodeType(params.dtype, [&]<typename Code>(Code*) {
    ToCodes(x.data(), x.size(), q, reinterpret_cast<Code*>(codes));
  });
}

template <typename Real>
void DequantizeSpan(const std::byte* codes, const ir::QuantParams& params, std::span<Real> x) {
  const auto zero_point = static_cast<Real>(params.zero_point);
  const Real scale = static_cast<float>(params.scale);
  WithCodeType(params.dtype, [&]<typename Code>(Code*) {
    ToReals(reinterpret_cast<const Code*>(codes), x.size(), zero_point, scale, x.data());
  });
}

}  // namespace

void QuantizeElements(std::span<const float> x, const ir::QuantParams& params, std::byte* codes) {
  QuantizeSpan(x, params, codes);
}
void QuantizeElements(std::span<const double> x, const ir::QuantParams& params, std::byte* codes) {
  QuantizeSpan(x, params, codes);
}
void DequantizeElements(const std::byte* codes, const ir::QuantParams& params, std::span<float> x) {
  DequantizeSpan(codes, params, x);
}
void DequantizeElements(const std::byte* codes, const ir::QuantParams& params,
                        std::span<double> x) {
  DequantizeSpan(codes, params, x);
}

}  // namespace foldproof::exec
