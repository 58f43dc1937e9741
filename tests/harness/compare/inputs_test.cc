// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/inputs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "harness/compare/counter_random.h"
#include "harness/exec/quantized/quantize.h"
#include "tests/harness/compare/program_pairs.h"

namespace foldproof::compare {
namespace {

// The input of this program is quantized first: int8, scale 0.03746051341295242, zero point -13.
const std::string kProgram = "default_conv2d_nobias.before.pt2";
constexpr double kScale = 0.03746051341295242;
constexpr std::int64_t kZero = -13;

std::vector<float> Made(InputKind kind, std::uint64_t ordinal, std::uint64_t seed = 1) {
  const Loaded loaded(Golden(kProgram));
  const exec::Tensors made = InputMaker(loaded.side.view, seed).Make(kind, ordinal);
  EXPECT_EQ(made.size(), 1u);
  EXPECT_EQ(made.begin()->second.sizes, (std::vector<std::int64_t>{2, 3, 12, 12}));
  return made.begin()->second.Elements<float>();
}

std::int32_t CodeOf(float x) {
  return exec::Quantize(x, exec::MakeQuantizeConstants(kScale, kZero, -128, 127), false);
}

float NumberOf(std::int32_t code) {
  return exec::Dequantize(code, static_cast<float>(kZero), static_cast<float>(kScale));
}

// The first numbers of SplitMix64 seeded with 0, as published with the reference implementation.
TEST(CounterRandom, WithoutAKeyIsSplitMix64) {
  const CounterRandom random({});
  EXPECT_EQ(random.Bits(0), 0xe220a8397b1dcdafu);
  EXPECT_EQ(random.Bits(1), 0x6e789e6aa1b965f4u);
  EXPECT_EQ(random.Bits(2), 0x06c45d188009454fu);
}

TEST(CounterRandom, EveryWordOfTheKeyCounts) {
  std::set<std::uint64_t> seen;
  for (const auto& key : {CounterRandom({1, 2}), CounterRandom({2, 1}), CounterRandom({1}),
                          CounterRandom({1, 2, 0}), CounterRandom({})}) {
    seen.insert(key.Bits(0));
  }
  EXPECT_EQ(seen.size(), 5u);
}

TEST(Inputs, TheSameSeedKindAndOrdinalGiveTheSameBits) {
  for (const InputKind kind : {InputKind::kRandom, InputKind::kUniform, InputKind::kExtreme,
                               InputKind::kOneHot, InputKind::kBoundary}) {
    EXPECT_EQ(Made(kind, 7), Made(kind, 7)) << Name(kind);
    EXPECT_NE(Made(kind, 7), Made(kind, 8)) << Name(kind);
    EXPECT_NE(Made(kind, 7, 1), Made(kind, 7, 2)) << Name(kind);
  }
}

TEST(Inputs, RandomOnesAreDequantizedCodesOfTheWholeRange) {
  std::set<std::int32_t> codes;
  for (std::uint64_t i = 0; i < 4; ++i) {
    for (const float x : Made(InputKind::kRandom, i)) {
      EXPECT_EQ(x, NumberOf(CodeOf(x)));
      codes.insert(CodeOf(x));
    }
  }
  // 3456 draws: each of 256 codes is missed with probability e^-13.5.
  EXPECT_GE(codes.size(), 255u);
}

TEST(Inputs, UniformOnesGoBeyondBothEnds) {
  const float low = NumberOf(-128), high = NumberOf(127);
  const float margin = 0.05f * (high - low) * 1.001f;
  bool below = false, above = false;
  for (std::uint64_t i = 0; i < 4; ++i) {
    for (const float x : Made(InputKind::kUniform, i)) {
      EXPECT_GE(x, low - margin);
      EXPECT_LE(x, high + margin);
      below |= x < low;
      above |= x > high;
    }
  }
  EXPECT_TRUE(below && above);
}

TEST(Inputs, ExtremeOnesAreAllLowThenAllHighThenEither) {
  const auto distinct = [](const std::vector<float>& x) {
    return std::set<float>(x.begin(), x.end());
  };
  const float low = NumberOf(-128), high = NumberOf(127);
  EXPECT_EQ(distinct(Made(InputKind::kExtreme, 0)), std::set<float>{low});
  EXPECT_EQ(distinct(Made(InputKind::kExtreme, 1)), std::set<float>{high});
  EXPECT_EQ(distinct(Made(InputKind::kExtreme, 2)), (std::set<float>{low, high}));
}

TEST(Inputs, OneHotOnesHaveOneElementAtAnEnd) {
  std::set<std::size_t> places;
  for (std::uint64_t i = 0; i < 8; ++i) {
    std::size_t hot = 0;
    const std::vector<float> x = Made(InputKind::kOneHot, i);
    for (std::size_t e = 0; e < x.size(); ++e) {
      if (x[e] == 0) continue;
      EXPECT_TRUE(CodeOf(x[e]) == -128 || CodeOf(x[e]) == 127);
      places.insert(e);
      ++hot;
    }
    EXPECT_EQ(hot, 1u);
  }
  EXPECT_GT(places.size(), 4u);
}

// Within one float32 of (k + 1/2) * s, and on both sides of ties.
TEST(Inputs, BoundaryOnesLieAtTies) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::map<int, int> beside;
  for (const float x : Made(InputKind::kBoundary, 0)) {
    const double k = std::round(static_cast<double>(x) / kScale - 0.5);
    const auto tie = static_cast<float>((k + 0.5) * kScale);
    const bool near =
        x == tie || x == std::nextafter(tie, kInfinity) || x == std::nextafter(tie, -kInfinity);
    EXPECT_TRUE(near) << x;
    EXPECT_GE(k, -129 - kZero);
    EXPECT_LE(k, 127 - kZero);
    ++beside[x < tie ? -1 : x > tie ? 1 : 0];
  }
  EXPECT_EQ(beside.size(), 3u);
}

TEST(Inputs, OfTenHalfAreRandom) {
  std::map<InputKind, int> counts;
  for (const InputKind kind : MixOf(1000)) ++counts[kind];
  EXPECT_EQ(counts[InputKind::kRandom], 500);
  EXPECT_EQ(counts[InputKind::kBoundary], 200);
  EXPECT_EQ(counts[InputKind::kUniform], 100);
  EXPECT_EQ(counts[InputKind::kExtreme], 100);
  EXPECT_EQ(counts[InputKind::kOneHot], 100);
}

}  // namespace
}  // namespace foldproof::compare
