// SPDX-License-Identifier: BSD-3-Clause
//
// What a right fold rounds is no fault of it: codes, scales, and what float64 makes of slopes.
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "harness/prove/judge/coefficient_gap.h"
#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

// The site of two convs with these channels, each `spec` -> q -> dq, or with its value as output.
SiteVerdict JudgeSpecs(const ConvSpec& before, const ConvSpec& after,
                       const std::optional<ir::QuantParams>& end) {
  const auto program = [&](const ConvSpec& spec) {
    ConvProgram p(spec);
    return p.Return({end ? p.Step(p.conv(), *end) : p.conv()});
  };
  const ir::Program b = program(before), a = program(after);
  const Side b_side(b), a_side(a);
  return Prove(b_side, a_side, ProveOptions{}).verification.sites.at(0);
}

// 20 at 0.0101 is worth 20.2 of the scale 0.01 that another channel wants: 20 is its nearest code,
// and a fifth of a step is lost. 20 at 0.0103 is worth 20.6, and 20 is not the nearest code.
TEST(RoundedWeights, CodesThatCameOutAsTheyWereUnderASharedScaleWereRounded) {
  ConvSpec before;
  before.weights = {{100}, {20}};
  before.input = {0.5, 0, -8, 7, ir::ScalarType::kInt8};
  before.weight_scales = {0.01f, 0.0101f};
  before.bias = std::vector<float>{0.25f, 0.25f};
  ConvSpec after = before;
  after.weight_scales = {0.01f, 0.01f};
  const auto judged = [&] { return JudgeSpecs(before, after, Int8(0.01, 0)).tails.at(0); };
  const TailVerdict right = judged();
  EXPECT_FALSE(right.channels[0].joint);
  ASSERT_TRUE(right.channels[1].joint && right.channels[1].joint->coefficients);
  EXPECT_NEAR(right.channels[1].joint->coefficients->gap_steps, 0.2, 1e-5);
  // x = -8 gives -0.808 and -0.8: 0.8 LSB of 0.01 more than a bias's rounding explains.
  EXPECT_EQ(right.verdict, Verdict::kWithin) << right.reason;
  EXPECT_EQ(right.channels[1].reachable.lsb, 1);
  before.weight_scales[1] = 0.0103f;
  const TailVerdict wrong = judged();
  EXPECT_EQ(wrong.verdict, Verdict::kDiffers);
  EXPECT_EQ(wrong.causes.at(0).rule, "weight-rounding");
  // With a scale of its own a channel's codes that stayed were not rounded.
  after.weight_scales[1] = 0.0102f;
  const TailVerdict own = judged();
  EXPECT_FALSE(own.channels[1].joint);
  EXPECT_EQ(own.verdict, Verdict::kDiffers);
  EXPECT_EQ(own.causes.at(0).rule, "ideal-gap");
}

// Codes and scales stay where a batch_norm of factors 1 and `factor` goes.
TailVerdict JudgeWithoutNorm(float factor, float second_scale) {
  ConvSpec spec;
  spec.weights = {{7, 3}, {5, -2}};
  spec.weight_scales = {1, 1};
  spec.bias = std::vector<float>{0.25f, 0.25f};
  spec.input = {0.5, 0, -8, 7, ir::ScalarType::kInt8};
  const ir::QuantParams end = Int8(0.5, 0);
  ConvProgram b(spec);
  const ir::Program before =
      b.Return({b.Step(b.BatchNorm(b.conv(), {1, factor}, {0, 0}, {0, 0}, {1, 1}, 0), end)});
  spec.weight_scales[1] = second_scale;
  spec.bias = std::vector<float>{0.25f, 0.25f * factor};
  ConvProgram a(spec);
  const ir::Program after = a.Return({a.Step(a.conv(), end)});
  const Side b_side(before), a_side(after);
  return Prove(b_side, a_side, ProveOptions{}).verification.sites.at(0).tails.at(0);
}

// 5 and -2 times 0.97 are 4.85 and -1.94, whose nearest codes of 1, channel 0's scale, are 5 and
// -2; 5 times 0.85 is 4.25.
TEST(RoundedWeights, CodesAndScalesThatStayedWhereABatchNormWentWereRounded) {
  const TailVerdict right = JudgeWithoutNorm(0.97f, 1);
  ASSERT_TRUE(right.channels[1].joint && right.channels[1].joint->coefficients);
  EXPECT_NEAR(right.channels[1].joint->coefficients->gap_steps, 0.15, 1e-5);
  EXPECT_EQ(right.verdict, Verdict::kWithin) << right.reason;
  const TailVerdict wrong = JudgeWithoutNorm(0.85f, 1);
  EXPECT_NEAR(wrong.channels[1].joint->coefficients->gap_steps, 0.75, 1e-5);
  EXPECT_EQ(wrong.verdict, Verdict::kDiffers);
  // A scale of its own holds the factor, and no sum comes so near to a tie that a code moves; or it
  // is wrong.
  EXPECT_EQ(JudgeWithoutNorm(0.97f, 0.97f).verdict, Verdict::kEqual);
  const TailVerdict kept = JudgeWithoutNorm(0.97f, 1.000001f);
  EXPECT_FALSE(kept.channels[1].joint);
  EXPECT_EQ(kept.verdict, Verdict::kDiffers);
}

// A scale is a float32 number: multiplied, it is off by some steps of 2^-23 of it. The sum is up to
// 200 * 8 * 0.5 * 2^22 real units, of which one step is 800 LSB of 0.5.
TEST(RoundedWeights, AScaleMayBeOffByItsFloatRounding) {
  ConvSpec before;
  before.weights = {{100, 100}};
  before.input = {0.5, 0, -8, 7, ir::ScalarType::kInt8};
  before.weight_scales = {0x1p22f};
  before.bias = std::vector<float>{0.25f};
  ConvSpec after = before;
  after.weight_scales = {0x1p22f * (1 + 0x1p-23f)};
  const TailVerdict right = JudgeSpecs(before, after, std::nullopt).tails.at(0);
  // The values themselves are multiples of 256 there.
  EXPECT_NEAR(right.channels[0].reachable.lsb, 800, 512);
  EXPECT_EQ(right.verdict, Verdict::kWithin) << right.reason;
  after.weight_scales = {0x1p22f * (1 + 8 * 0x1p-23f)};
  const TailVerdict wrong = JudgeSpecs(before, after, std::nullopt).tails.at(0);
  EXPECT_EQ(wrong.verdict, Verdict::kDiffers);
  EXPECT_EQ(wrong.causes.at(0).rule, "ideal-gap");
}

// The sums cross a clamp's range in less than a step: what float64 sees rise beside it is its own
// rounding, and no slope.
TEST(RoundedWeights, RoundingIsNoSlope) {
  for (int i = 0; i < 40; ++i) {
    const auto program = [&](std::int16_t weight) {
      ConvSpec spec;
      spec.weights = {{weight, 100}};
      spec.input = {0.5, 0, -8, 7, ir::ScalarType::kInt8};
      spec.weight_scales = {1000.0f + 37.0f * static_cast<float>(i)};
      spec.bias = std::vector<float>{0.1f * static_cast<float>(i)};
      ConvProgram p(spec);
      const auto clamped =
          p.Call("aten.hardtanh.default", p.conv(), {{"min_val", 0.0}, {"max_val", 6.0}});
      return p.Return({p.Step(clamped, Int8(0.05, 0))});
    };
    const ir::Program before = program(50), after = program(60);
    const Side b_side(before), a_side(after);
    const Verification judged = Prove(b_side, a_side, ProveOptions{}).verification;
    EXPECT_FALSE(judged.sites.at(0).tails.at(0).channels[0].joint->coefficients) << i;
  }
}

// One step beside the nearest code is half a step too many, unless 100 of them are known to within
// half a step alone.
TEST(CoefficientGap, AllowsWhatTheSlopesMayBeWrongBy) {
  const std::vector<std::int32_t> b{100}, a{101};
  const Coefficients before{{1, 0}, b};
  EXPECT_TRUE(FindCoefficientGap(before, {{1, 0}, a}).finding);
  EXPECT_TRUE(FindCoefficientGap(before, {{1, 0.004}, a}).finding);
  EXPECT_FALSE(FindCoefficientGap(before, {{1, 0.006}, a}).finding);
}

// A float16 below 2^-14 has steps of 2^-24, however small it is: 31 of 2^-35 are no fault, and ten
// of its own are.
TEST(CoefficientGap, StepsOfSubnormalNumbersGetNoSmaller) {
  const double unit = 0x1p-40;
  const std::vector<std::int32_t> b{1 << 15}, near{(1 << 15) + (1 << 16)},
      off{(1 << 15) + (10 << 16)};
  const Coefficients before{{1, 0}, b, HeldFloats{{}, unit}};
  const auto finds = [&](const std::vector<std::int32_t>& after, FloatFormat format) {
    return FindCoefficientGap(before, {{1, 0}, after, HeldFloats{format, unit}}).finding;
  };
  EXPECT_FALSE(finds(near, kFloat16));
  EXPECT_TRUE(finds(off, kFloat16));
  EXPECT_TRUE(finds(near, kBFloat16));
  EXPECT_EQ(kFloat16.StepAt(1), 0x1p-10);
  EXPECT_EQ(kFloat16.StepAt(0x1.8p-14), 0x1p-24);
  EXPECT_EQ(kFloat16.StepAt(0x1p-20), 0x1p-24);
  EXPECT_EQ(kBFloat16.StepAt(0x1p-130), 0x1p-133);
  EXPECT_EQ(FloatFormat().StepAt(0x1p-140), 0x1p-149);
}

}  // namespace
}  // namespace foldproof::prove
