// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/code_product.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "harness/exec/quantized/quantize.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define FOLDPROOF_X86 1
#include <immintrin.h>
#endif

namespace foldproof::exec {
namespace {

// One output over `positions`, in plain C++.
void PortableRow(const CodeWeights& weights, std::size_t output, const std::int16_t* x,
                 std::size_t positions, std::int32_t* sums) {
  std::fill_n(sums, positions, 0);
  const std::int32_t* pairs = weights.Pairs(output);
  for (std::size_t k = 0; k < weights.taps(); ++k) {
    const auto w =
        static_cast<std::int16_t>(k % 2 == 0 ? pairs[k / 2] & 0xffff : pairs[k / 2] >> 16);
    const std::int16_t* row = x + k * positions;
    for (std::size_t p = 0; p < positions; ++p) sums[p] += std::int32_t{w} * row[p];
  }
}

#if FOLDPROOF_X86

// Rows k and k + 1 interleaved (unpack) meet a pair of weights in PMADDWD: x[k] * w[k] + x[k + 1] *
// w[k + 1] in each int32. Unpacking works within 128-bit halves, so positions leave as 0-3, 8-11
// and 4-7, 12-15, which the last permutation puts right.
template <int kOutputs>
__attribute__((target("avx2"))) void Avx2Block(const CodeWeights& weights, std::size_t output,
                                               const std::int16_t* x, std::size_t positions,
                                               std::int32_t* sums) {
  const std::size_t pairs = weights.PairCount();
  const std::int32_t* w = weights.Pairs(output);
  for (std::size_t p = 0; p < positions; p += kPositionGroup) {
    __m256i low[kOutputs], high[kOutputs];
    for (int o = 0; o < kOutputs; ++o) low[o] = high[o] = _mm256_setzero_si256();
    for (std::size_t k = 0; k < pairs; ++k) {
      const auto* row = reinterpret_cast<const __m256i*>(x + 2 * k * positions + p);
      const auto* next = reinterpret_cast<const __m256i*>(x + (2 * k + 1) * positions + p);
      const __m256i even = _mm256_loadu_si256(row), odd = _mm256_loadu_si256(next);
      const __m256i first = _mm256_unpacklo_epi16(even, odd);
      const __m256i second = _mm256_unpackhi_epi16(even, odd);
      for (int o = 0; o < kOutputs; ++o) {
        const __m256i pair = _mm256_set1_epi32(w[static_cast<std::size_t>(o) * pairs + k]);
        low[o] = _mm256_add_epi32(low[o], _mm256_madd_epi16(first, pair));
        high[o] = _mm256_add_epi32(high[o], _mm256_madd_epi16(second, pair));
      }
    }
    for (int o = 0; o < kOutputs; ++o) {
      auto* to = reinterpret_cast<__m256i*>(sums + static_cast<std::size_t>(o) * positions + p);
      _mm256_storeu_si256(to, _mm256_permute2x128_si256(low[o], high[o], 0x20));
      _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(low[o], high[o], 0x31));
    }
  }
}

__attribute__((target("avx2"))) void Avx2Product(const CodeWeights& weights, const std::int16_t* x,
                                                 std::size_t positions, std::int32_t* sums) {
  std::size_t o = 0;
  for (; o + 4 <= weights.outputs(); o += 4) {
    Avx2Block<4>(weights, o, x, positions, sums + o * positions);
  }
  for (; o < weights.outputs(); ++o) Avx2Block<1>(weights, o, x, positions, sums + o * positions);
}

#endif

// sums[o][p] += w[o] * x[p] for four outputs at once.
FOLDPROOF_VECTOR_CLONES void AddFour(const double* w, std::size_t taps, const double* x,
                                     std::size_t positions, double* sums) {
  for (std::size_t p = 0; p < positions; ++p) {
    sums[p] += w[0] * x[p];
    sums[positions + p] += w[taps] * x[p];
    sums[2 * positions + p] += w[2 * taps] * x[p];
    sums[3 * positions + p] += w[3 * taps] * x[p];
  }
}

FOLDPROOF_VECTOR_CLONES void AddOne(double w, const double* x, std::size_t positions,
                                    double* sums) {
  for (std::size_t p = 0; p < positions; ++p) sums[p] += w * x[p];
}

}  // namespace

CodeWeights::CodeWeights(std::span<const std::int32_t> weights, std::size_t outputs,
                         std::size_t taps)
    : outputs_(outputs), taps_(taps), pairs_(outputs * PairCount(), 0) {
  for (std::size_t o = 0; o < outputs; ++o) {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < taps; ++k) {
      const std::int32_t w = weights[o * taps + k];
      const auto bits = static_cast<std::uint32_t>(static_cast<std::uint16_t>(w));
      std::int32_t& pair = pairs_[o * PairCount() + k / 2];
      pair |= static_cast<std::int32_t>(k % 2 == 0 ? bits : bits << 16);
      sum += std::abs(w);
    }
    largest_sum_ = std::max(largest_sum_, sum);
  }
}

void CodeProduct(const CodeWeights& weights, const std::int16_t* x, std::size_t positions,
                 std::int32_t* sums) {
#if FOLDPROOF_X86
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) return Avx2Product(weights, x, positions, sums);
#endif
  for (std::size_t o = 0; o < weights.outputs(); ++o) {
    PortableRow(weights, o, x, positions, sums + o * positions);
  }
}

void RealProduct(std::span<const double> weights, std::size_t outputs, std::size_t taps,
                 const double* x, std::size_t positions, double* sums) {
  std::fill_n(sums, outputs * positions, 0.0);
  std::size_t o = 0;
  for (; o + 4 <= outputs; o += 4) {
    for (std::size_t k = 0; k < taps; ++k) {
      AddFour(&weights[o * taps + k], taps, x + k * positions, positions, sums + o * positions);
    }
  }
  for (; o < outputs; ++o) {
    for (std::size_t k = 0; k < taps; ++k) {
      AddOne(weights[o * taps + k], x + k * positions, positions, sums + o * positions);
    }
  }
}

}  // namespace foldproof::exec
