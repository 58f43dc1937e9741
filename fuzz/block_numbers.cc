// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/block_numbers.h"

#include <cmath>
#include <functional>
#include <limits>

#include "src/base/infinity.h"

namespace foldproof::fuzz {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::uint64_t Mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// `normal(c)` for every channel but the last, which gets `special` where there is one.
std::vector<float> WithSpecial(std::size_t channels,
                               const std::function<float(std::size_t)>& normal, bool is_special,
                               float special) {
  std::vector<float> out;
  for (std::size_t c = 0; c < channels; ++c) {
    out.push_back(is_special && c + 1 == channels ? special : normal(c));
  }
  return out;
}

}  // namespace

std::uint64_t Hash::Bits(std::string_view name, std::size_t index) const {
  std::uint64_t state = Mix(seed_);
  for (const char c : name) state = Mix(state ^ static_cast<unsigned char>(c));
  return Mix(state ^ index);
}

float Hash::Sixteenth(std::string_view name, std::size_t index, float low, float high) const {
  const auto steps = static_cast<std::uint64_t>((high - low) * 16.0f) + 1;
  return low + static_cast<float>(Bits(name, index) % steps) / 16.0f;
}

ir::QuantParams ParamsOf(CodeType type, double scale, std::int64_t zero_point) {
  const ir::ScalarType dtype = type == CodeType::kInt8    ? ir::ScalarType::kInt8
                               : type == CodeType::kUInt8 ? ir::ScalarType::kUInt8
                                                          : ir::ScalarType::kInt16;
  const std::int64_t low = ir::LowestOf(dtype), high = ir::HighestOf(dtype);
  return {scale, std::min(std::max(zero_point, low), high), low, high, dtype};
}

std::vector<float> GammaOf(const BlockDraw& block, std::size_t channels) {
  const Hash hash(block.numbers);
  const auto choice = static_cast<Gamma>(block.gamma);
  const auto normal = [&](std::size_t c) { return hash.Sixteenth("gamma", c, 0.25f, 2.0f); };
  const float special = choice == Gamma::kNegative    ? -0.75f
                        : choice == Gamma::kZero      ? 0.0f
                        : choice == Gamma::kSubnormal ? 1e-40f
                        : choice == Gamma::kHuge      ? 1e30f
                        : choice == Gamma::kInfinite  ? kInfinity
                                                      : kNan;
  return WithSpecial(channels, normal, choice != Gamma::kNormal, special);
}

std::vector<float> VarianceOf(const BlockDraw& block, std::size_t channels) {
  const Hash hash(block.numbers);
  const auto choice = static_cast<Variance>(block.variance);
  const auto normal = [&](std::size_t c) { return hash.Sixteenth("variance", c, 0.25f, 4.0f); };
  const float special = choice == Variance::kZero        ? 0.0f
                        : choice == Variance::kNegative  ? -0.5f
                        : choice == Variance::kTiny      ? 1e-12f
                        : choice == Variance::kHuge      ? 1e30f
                        : choice == Variance::kInfinite  ? kInfinity
                        : choice == Variance::kCancelled ? -static_cast<float>(EpsOf(block).norm)
                                                         : kNan;
  return WithSpecial(channels, normal, choice != Variance::kNormal, special);
}

std::vector<float> MeanOf(const BlockDraw& block, std::size_t channels, double unit) {
  const Hash hash(block.numbers);
  const auto choice = static_cast<Mean>(block.mean);
  const auto normal = [&](std::size_t c) {
    return static_cast<float>(hash.Sixteenth("mean", c, -1.0f, 1.0f) * 0.25 * unit);
  };
  if (choice == Mean::kZero) return std::vector<float>(channels, 0.0f);
  if (choice == Mean::kOriginalBias) return OriginalBiasOf(block, channels, unit);
  const float special = choice == Mean::kLarge ? static_cast<float>(20 * unit) : kNan;
  return WithSpecial(channels, normal, choice != Mean::kNormal, special);
}

std::vector<float> BetaOf(const BlockDraw& block, std::size_t channels, double unit) {
  const Hash hash(block.numbers);
  const auto choice = static_cast<Beta>(block.beta);
  const auto normal = [&](std::size_t c) {
    return static_cast<float>(hash.Sixteenth("beta", c, -1.0f, 1.0f) * 0.25 * unit);
  };
  if (choice == Beta::kZero) return std::vector<float>(channels, 0.0f);
  const auto special = static_cast<float>(choice == Beta::kLarge ? 4 * unit : 1e9 * unit);
  return WithSpecial(channels, normal, choice != Beta::kNormal, special);
}

std::vector<float> OriginalBiasOf(const BlockDraw& block, std::size_t channels, double unit) {
  const Hash hash(block.numbers);
  std::vector<float> out;
  for (std::size_t c = 0; c < channels; ++c) {
    out.push_back(static_cast<float>(hash.Sixteenth("original", c, -1.0f, 1.0f) * 0.25 * unit));
  }
  return out;
}

std::vector<std::int64_t> BiasCodesOf(const BlockDraw& block, std::size_t channels,
                                      std::int64_t largest) {
  const Hash hash(block.numbers);
  std::vector<std::int64_t> codes;
  for (std::size_t c = 0; c < channels; ++c) {
    const auto small =
        static_cast<std::int64_t>(static_cast<double>(hash.Sixteenth("bias", c, -1.0f, 1.0f)) *
                                  static_cast<double>(largest) / 8);
    switch (static_cast<BiasSize>(block.bias_size)) {
      case BiasSize::kSmall: codes.push_back(small); break;
      case BiasSize::kZero: codes.push_back(0); break;
      case BiasSize::kAbove24Bits: codes.push_back((1 << 24) + 1 + small % 1000 * 2); break;
      case BiasSize::kNearTop: codes.push_back(INT32_MAX - std::abs(small) % 16); break;
      case BiasSize::kNearBottom: codes.push_back(INT32_MIN + std::abs(small) % 16); break;
    }
  }
  return codes;
}

EpsPair EpsOf(const BlockDraw& block) {
  switch (static_cast<Eps>(block.eps)) {
    case Eps::kEqual: break;
    case Eps::kNormLarger: return {1e-5, 1e-1};
    case Eps::kChainLarger: return {1e-1, 1e-5};
    case Eps::kZero: return {0, 0};
    case Eps::kTiny: return {1e-12, 1e-12};
    case Eps::kHuge: return {100, 100};
    case Eps::kFloat32Rounded: return {1e-5, static_cast<double>(1e-5f)};
  }
  return {};
}

}  // namespace foldproof::fuzz
