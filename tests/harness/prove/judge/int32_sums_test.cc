// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/int32_sums.h"

#include <gtest/gtest.h>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

constexpr std::int32_t kMost = 2147483647;

// conv(x, weights) + a bias of int32 codes with step 1 (or `step`) -> quantizer of 2^24.
ir::Program WithBias(const ConvSpec& spec, const std::vector<std::int32_t>& codes,
                     double step = 1.0) {
  ConvProgram p(spec);
  const ir::ValueId conv = p.AddConvOf(p.AddWeight(spec), p.AddQuantizedBias(codes, step));
  return p.Return({p.Step(conv, Int8(16777216.0, 0))});
}

Verification Judge(const ir::Program& before, const ir::Program& after, Reach reach) {
  const Side b(before);
  const Side a(after);
  ProveOptions options;
  options.reach = reach;
  options.judge.tolerance_lsb = 1e9;  // only structure is asked for
  options.judge.ideal_gap_lsb.reset();
  return Prove(b, a, options).verification;
}

std::vector<StructureFinding> OverflowsOf(const Verification& verification) {
  std::vector<StructureFinding> out;
  for (const StructureFinding& finding : verification.structure) {
    if (finding.rule == "accumulator-overflow") out.push_back(finding);
  }
  return out;
}

TEST(Int32Sums, TheLargestInt32IsStillHeld) {
  // x is -128 .. 127, so with a weight of 1 the sum ends at 127 + b.
  const auto v = Judge(WithBias({}, {0}), WithBias({}, {kMost - 127}), Reach::kExact);
  EXPECT_TRUE(OverflowsOf(v).empty());
  ASSERT_TRUE(v.sites.at(0).sums);
  EXPECT_EQ(v.sites[0].sums->before.low, -128);
  EXPECT_EQ(v.sites[0].sums->before.high, 127);
  EXPECT_EQ(v.sites[0].sums->after.high, kMost);
  EXPECT_NE(v.verdict, Verdict::kDiffers);
}

TEST(Int32Sums, OneMoreIsAFindingThatMakesTheProgramDiffer) {
  const auto v = Judge(WithBias({}, {0}), WithBias({}, {kMost - 126}), Reach::kExact);
  const auto found = OverflowsOf(v);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].only_after);
  EXPECT_EQ(found[0].node, "conv2d_1");
  EXPECT_EQ(found[0].op, "aten.conv2d.default");
  EXPECT_EQ(found[0].detail,
            "channel 0: accumulator 127 with its bias is 2147483648, which int32 does not hold");
  EXPECT_EQ(v.verdict, Verdict::kDiffers);
}

TEST(Int32Sums, TheLeastInt32IsHeldAndOneLessIsNot) {
  const std::int32_t least = -kMost - 1;
  EXPECT_TRUE(
      OverflowsOf(Judge(WithBias({}, {0}), WithBias({}, {least + 128}), Reach::kExact)).empty());
  const auto found =
      OverflowsOf(Judge(WithBias({}, {0}), WithBias({}, {least + 127}), Reach::kExact));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].detail,
            "channel 0: accumulator -128 with its bias is -2147483649, which int32 does not hold");
}

TEST(Int32Sums, WhatBeforeOverflowsTooIsListedAndNoMore) {
  const auto v = Judge(WithBias({}, {kMost}), WithBias({}, {kMost - 1}), Reach::kExact);
  const auto found = OverflowsOf(v);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].only_after);
  EXPECT_NE(v.verdict, Verdict::kDiffers);
}

TEST(Int32Sums, CountsChannelsAndShowsTheWorst) {
  ConvSpec spec;
  spec.weights = {{1}, {2}, {3}};
  spec.weight_scales = {1, 1, 1};
  // Above 2^31 - 1 by 127 - 27 = 100 and by 381 - 81 = 300; the first channel ends 1 below.
  const auto v = Judge(WithBias(spec, {0, 0, 0}),
                       WithBias(spec, {kMost - 128, kMost - 154, kMost - 81}), Reach::kExact);
  const auto found = OverflowsOf(v);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].detail,
            "channel 2: accumulator 381 with its bias is 2147483947, which int32 does not hold; 2 "
            "channels");
}

TEST(Int32Sums, AnIntervalIsSearchedForAnInput) {
  // Taps of 200 and 300 with inputs of 0 and 1: the sums are 0, 200, 300, 500.
  ConvSpec spec;
  spec.weights = {{200, 300}};
  spec.input = {1.0, 0, 0, 1, ir::ScalarType::kInt8};
  const auto found =
      OverflowsOf(Judge(WithBias(spec, {0}), WithBias(spec, {kMost - 299}), Reach::kInterval));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].only_after);
  EXPECT_NE(found[0].detail.find("accumulator 500 "), std::string::npos) << found[0].detail;
}

TEST(Int32Sums, PartialSumsAreThoseOfAnyOrder) {
  // 100 x - 100 y, x and y -128 .. 127: parts range over +-25600 and more; the bias adds at one
  // end.
  ConvSpec spec;
  spec.weights = {{100, -100}};
  const auto v = Judge(WithBias(spec, {0}), WithBias(spec, {-kMost + 20000}), Reach::kExact);
  ASSERT_TRUE(v.sites.at(0).sums);
  EXPECT_EQ(v.sites[0].sums->partial.low, -std::int64_t{kMost} + 20000 - 12800 - 12700);
  EXPECT_EQ(v.sites[0].sums->partial.high, 12700 + 12800);
}

TEST(Int32Sums, ABiasOfAnotherStepTakesNoPart) {
  const auto v = Judge(WithBias({}, {0}), WithBias({}, {kMost}, 0.5), Reach::kExact);
  EXPECT_TRUE(OverflowsOf(v).empty());
  EXPECT_EQ(v.sites.at(0).sums->after.high, 127);
}

TEST(Int32Sums, AFloatBiasTakesNoPart) {
  ConvSpec spec;
  spec.bias = std::vector<float>{3e9f};
  ConvProgram p(spec);
  const ir::Program program = p.Return({p.Step(p.conv(), Int8(1.0, 0))});
  EXPECT_TRUE(OverflowsOf(Judge(program, program, Reach::kExact)).empty());
}

}  // namespace
}  // namespace foldproof::prove
