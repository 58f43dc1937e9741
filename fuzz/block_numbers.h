// SPDX-License-Identifier: BSD-3-Clause
//
// The numbers of a block: weights, biases, batch_norm's parameters, scales.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/draw.h"
#include "src/ir/op.h"

namespace foldproof::fuzz {

// Numbers of a seed and a name, the same everywhere: splitmix64 over both.
class Hash {
 public:
  explicit Hash(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t Bits(std::string_view name, std::size_t index) const;
  // A multiple of 1/16 in [low, high], so that a person can read it.
  float Sixteenth(std::string_view name, std::size_t index, float low, float high) const;

 private:
  std::uint64_t seed_;
};

ir::QuantParams ParamsOf(CodeType type, double scale, std::int64_t zero_point);

// The channel that shows a special choice (NaN, a zero) is the last one; the others are normal.
std::vector<float> GammaOf(const BlockDraw& block, std::size_t channels);
std::vector<float> VarianceOf(const BlockDraw& block, std::size_t channels);
// `unit`: the size of the convolution's values.
std::vector<float> MeanOf(const BlockDraw& block, std::size_t channels, double unit);
std::vector<float> BetaOf(const BlockDraw& block, std::size_t channels, double unit);
std::vector<float> OriginalBiasOf(const BlockDraw& block, std::size_t channels, double unit);

// How many outputs the choices of "outputs" are.
inline constexpr std::int64_t kOutputs[] = {2, 1, 3, 4, 8};

// Codes of a quantized bias; `largest` is the largest accumulator.
std::vector<std::int64_t> BiasCodesOf(const BlockDraw& block, std::size_t channels,
                                      std::int64_t largest);

struct EpsPair {
  double chain = 1e-5;
  double norm = 1e-5;
};
EpsPair EpsOf(const BlockDraw& block);

}  // namespace foldproof::fuzz
