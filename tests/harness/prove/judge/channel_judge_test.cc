// SPDX-License-Identifier: BSD-3-Clause
//
// A pair of tails small enough to be worked out by a loop of plain floats written here.
#include "harness/prove/judge/channel_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/prove/judge/prover.h"
#include "src/base/infinity.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove::channel_judge_test {
namespace {

TailVerdict Only(const Proof& proof) {
  EXPECT_EQ(proof.verification.sites.size(), 1u);
  EXPECT_EQ(proof.verification.sites.at(0).tails.size(), 1u);
  return proof.verification.sites.at(0).tails.at(0);
}

TailVerdict Judge(const ir::Program& before, const ir::Program& after) {
  const Side b(before);
  const Side a(after);
  return Only(Prove(b, a, ProveOptions{}));
}

// v = A (one tap, all scales 1), A = -128 .. 127.
ConvSpec OneTap(std::optional<float> bias = std::nullopt) {
  ConvSpec spec;
  if (bias) spec.bias = std::vector<float>{*bias};
  return spec;
}

// rint and clamp in float32, by the formula of quantize_per_tensor.
float CodeOf(float v, float inverse_scale, float zero_point) {
  return std::clamp(std::nearbyint(v * inverse_scale) + zero_point, -128.0f, 127.0f);
}

// Nothing makes cells, and 256 accumulators are more than the limit.
TEST(ChannelJudge, EqualTailsThatNobodyWalksHaveTheFiguresOfTheirReach) {
  ConvProgram b(OneTap(1.0f));
  ConvProgram a(OneTap(1.0f));
  const ir::Program before = b.Return({b.conv()}), after = a.Return({a.conv()});
  ProveOptions options;
  options.judge.most_enumerated = 16;
  const Side before_side(before), after_side(after);
  const TailVerdict tail = Only(Prove(before_side, after_side, options));
  EXPECT_EQ(tail.verdict, Verdict::kEqual);
  for (const Domain domain : {Domain::kReachable, Domain::kCalibrated}) {
    const DomainFigures& figures = tail.channels.at(0).Of(domain);
    EXPECT_EQ(figures.lsb, 0);
    EXPECT_FALSE(figures.lsb_root_step || figures.at_least || figures.after_accumulator);
    EXPECT_EQ(figures.accumulator, -128);
    EXPECT_EQ(figures.count, 256);
  }
}

// Codes 10 to 20, and 0 of NaN. hardshrink gives 0 for what is at most `lambda`.
TailVerdict JudgeShrunk(double lambda) {
  ConvSpec spec;
  spec.input = {1.0, 0, 10, 20, ir::ScalarType::kUInt8};
  ConvProgram b(spec), a(spec);
  const ir::Program before = b.Return({b.Step(b.conv(), Int8(1.0, 0))});
  const ir::Program after = a.Return(
      {a.Step(a.Call("aten.hardshrink.default", a.conv(), {{"lambd", lambda}}), Int8(1.0, 0))});
  return Judge(before, after);
}

// A difference at 1 to 9 alone refutes nothing: no input makes these sums.
TEST(ChannelJudge, DiffersOnlyWhereCodesOfAnInputShowIt) {
  EXPECT_EQ(JudgeShrunk(9).verdict, Verdict::kUnproved);
  EXPECT_FALSE(JudgeShrunk(9).witness);
  const TailVerdict shown = JudgeShrunk(15);
  EXPECT_EQ(shown.verdict, Verdict::kDiffers);
  ASSERT_TRUE(shown.witness);
  EXPECT_GE(shown.witness->accumulator, 10);
  EXPECT_LE(shown.witness->accumulator, 15);
}

// (A + 10.3) and (A + 10.25) for A = 0 .. 255, then 3 / y: a right fold's bias may be half its step
// of 0.25 off, but no slope bounds what becomes of it (docs/proof.md, eq. 14).
TEST(ChannelJudge, WhatNoSlopeBoundsAllowsAnyFiniteIdealGap) {
  ConvSpec spec;
  spec.input = UInt8(1.0, 0);
  for (const char* target : {"aten.reciprocal.default", "aten.pow.Tensor_Scalar"}) {
    const auto behind = [&](ConvProgram& p, ir::ValueId value) {
      ConvProgram::Arguments exponent;
      if (std::string(target).starts_with("aten.pow")) exponent = {{"exponent", -2.0}};
      const ir::ValueId y = p.Call(target, value, exponent);
      return p.Return({p.Call("aten.mul.Tensor", y, {{"other", p.PerChannel({3})}})});
    };
    ConvProgram b(spec), a(spec);
    const ir::Program before =
        behind(b, b.Call("aten.add.Tensor", b.conv(), {{"other", b.PerChannel({10.3f})}}));
    const ir::Program after =
        behind(a, a.AddConvOf(a.AddWeight(spec), a.AddQuantizedBias({41}, 0.25)));
    const TailVerdict tail = Judge(before, after);
    EXPECT_EQ(tail.verdict, Verdict::kUnproved) << target;
    ASSERT_TRUE(tail.channels.at(0).ideal) << target;
    EXPECT_FALSE(tail.channels[0].ideal->finding) << target;
    EXPECT_EQ(tail.channels[0].ideal->allowed, kInfinity) << target;
    EXPECT_EQ(tail.channels[0].tolerance.lsb, kInfinity) << target;
  }
}

TEST(ChannelJudge, AgreesWithALoopWrittenByHand) {
  // before: q(scale 0.5, z 3) of A + 1.25; after: the same of A + 9.75; one LSB is 0.5.
  ConvProgram b(OneTap(1.25f));
  ConvProgram a(OneTap(9.75f));
  const TailVerdict tail =
      Judge(b.Return({b.Step(b.conv(), Int8(0.5, 3))}), a.Return({a.Step(a.conv(), Int8(0.5, 3))}));
  double most = 0;
  std::int64_t over = 0;
  for (int A = -128; A <= 127; ++A) {
    const auto v = static_cast<float>(A);
    const double lsb =
        std::abs(static_cast<double>(CodeOf(v + 1.25f, 2, 3) - CodeOf(v + 9.75f, 2, 3)));
    most = std::max(most, lsb);
    over += lsb > tail.channels[0].allowed_lsb;
  }
  EXPECT_EQ(tail.channels[0].reachable.lsb, most);
  // 8.5 is 17 codes; at A = 0 both tie, 2.5 down to 2 and 19.5 up to 20: 18.
  EXPECT_EQ(most, 18.0);
  EXPECT_EQ(tail.channels[0].reachable.over, over);
  EXPECT_EQ(tail.channels[0].reachable.count, 256);
  EXPECT_EQ(tail.verdict, Verdict::kDiffers);
}

TEST(ChannelJudge, JudgesANegativeWeightScale) {
  // before: A turned, -A; after: the same plus 8.5, which is 17 codes of 0.5; -A + 1.25 and
  // -A + 9.75 tie at every A, as they do with A in the test above.
  ConvSpec b_spec = OneTap(1.25f);
  ConvSpec a_spec = OneTap(9.75f);
  b_spec.weight_scales = a_spec.weight_scales = {-1.0f};
  ConvProgram b(b_spec);
  ConvProgram a(a_spec);
  const TailVerdict tail =
      Judge(b.Return({b.Step(b.conv(), Int8(0.5, 3))}), a.Return({a.Step(a.conv(), Int8(0.5, 3))}));
  EXPECT_EQ(tail.verdict, Verdict::kDiffers);
  EXPECT_EQ(tail.channels[0].reachable.lsb, 18.0);
}

TEST(ChannelJudge, OfSetsOfValuesTheirDistanceIsShown) {
  // sigmoid may be a few float32 steps off, so the bound takes the far ends of both sets; a PyTorch
  // that rounds it rightly shows less, and at_least is no more than that.
  const float shift = 0x1p-20f;
  const auto make = [](std::optional<float> bias) {
    ConvProgram p(OneTap(bias));
    return p.Return({p.Call("aten.sigmoid.default", p.conv())});
  };
  const DomainFigures figures = Judge(make(0.0f), make(shift)).channels[0].reachable;
  double shown = 0;
  for (int A = -128; A <= 127; ++A) {
    const auto right = [](double x) { return static_cast<float>(1 / (1 + std::exp(-x))); };
    const float before = right(A), after = right(static_cast<float>(A) + shift);
    shown = std::max(shown, static_cast<double>(std::abs(after - before)));
  }
  ASSERT_TRUE(figures.at_least);
  EXPECT_LE(*figures.at_least, shown);
  EXPECT_GT(figures.lsb, shown);
}

TEST(ChannelJudge, CalibratedLeavesOutWhatTheFirstQuantizerClips) {
  // q1 (scale 1/2) holds A = -64 .. 63 (code 2A <= 127), then + 1, then q2, the last one (scale 1).
  const auto make = [](float shift) {
    ConvProgram p(OneTap());
    const auto inner = p.Step(p.conv(), Int8(0.5, 0));
    return p.Return({p.Step(p.Call("aten.add.Tensor", inner, {{"other", p.PerChannel({shift})}}),
                            Int8(1.0, 0))});
  };
  const TailVerdict tail = Judge(make(1.0f), make(4.0f));
  EXPECT_EQ(tail.channels[0].calibrated.count, 128);  // -64 .. 63
  EXPECT_EQ(tail.channels[0].reachable.count, 256);
}

TEST(ChannelJudge, CalibratedKeepsWhatTheLastQuantizerClips) {
  // Scale 1/2 clips half of the reach, but nothing but a dequantize follows.
  ConvProgram b(OneTap());
  ConvProgram a(OneTap(0.25f));
  const TailVerdict tail =
      Judge(b.Return({b.Step(b.conv(), Int8(0.5, 0))}), a.Return({a.Step(a.conv(), Int8(0.5, 0))}));
  EXPECT_EQ(tail.channels[0].calibrated.count, 256);
}

TEST(ChannelJudge, ZeroByZeroIsUndefinedAtZeroAlone) {
  // v / 0 is Inf but at A = 0, where it is NaN; an Inf into a quantizer clamps.
  const auto make = [] {
    ConvProgram p(OneTap());
    return p.Return({p.Step(p.Call("aten.div.Tensor", p.conv(), {{"other", p.PerChannel({0.0f})}}),
                            Int8(1.0, 0))});
  };
  const TailVerdict tail = Judge(make(), make());
  EXPECT_EQ(tail.channels[0].undefined, 1);
  EXPECT_EQ(tail.channels[0].undefined_at, 0);
  EXPECT_EQ(tail.verdict, Verdict::kUnproved);
  EXPECT_EQ(tail.reason, "undefined: 1 of 256");
}

TEST(ChannelJudge, InfiniteValuesThatLeaveAreUndefined) {
  const auto make = [] {
    ConvProgram p(OneTap());
    return p.Return({p.Call("aten.div.Tensor", p.conv(), {{"other", p.PerChannel({0.0f})}})});
  };
  EXPECT_EQ(Judge(make(), make()).channels[0].undefined, 256);
}

TEST(ChannelJudge, NanOfAfterWhereBeforeIsFiniteIsInfinitelyFar) {
  // after multiplies by infinity: NaN at A = 0, infinite elsewhere, and no quantizer clamps it.
  ConvProgram b(OneTap());
  ConvProgram a(OneTap());
  const float inf = std::numeric_limits<float>::infinity();
  const TailVerdict tail =
      Judge(b.Return({b.Call("aten.relu.default", b.conv())}),
            a.Return({a.Call("aten.mul.Tensor", a.conv(), {{"other", a.PerChannel({inf})}})}));
  EXPECT_TRUE(std::isinf(tail.channels[0].reachable.lsb));
  EXPECT_EQ(tail.verdict, Verdict::kDiffers);
}

TEST(ChannelJudge, TheLsbIsTheSmallerScale) {
  ConvProgram b(OneTap());
  ConvProgram a(OneTap());
  const TailVerdict tail =
      Judge(b.Return({b.Step(b.conv(), Int8(2.0, 0))}), a.Return({a.Step(a.conv(), Int8(8.0, 0))}));
  EXPECT_EQ(tail.scale, 2.0);
  double most = 0;  // over A, of |2 rint(A / 2) - 8 rint(A / 8)| / 2
  for (int A = -128; A <= 127; ++A) {
    const auto v = static_cast<float>(A);
    const float difference = 2 * CodeOf(v, 0.5f, 0) - 8 * CodeOf(v, 0.125f, 0);
    most = std::max(most, std::abs(static_cast<double>(difference)) / 2);
  }
  EXPECT_EQ(tail.channels[0].reachable.lsb, most);
}

TEST(ChannelJudge, CodesOfEqualQuantizersAreSubtractedAsIntegers) {
  // 0.1 is no float32: 3 codes are 3 * f32(0.1) apart but 3 LSB exactly.
  ConvProgram b(OneTap());
  ConvProgram a(OneTap(0.3f));
  const TailVerdict tail =
      Judge(b.Return({b.Step(b.conv(), Int8(0.1, 0))}), a.Return({a.Step(a.conv(), Int8(0.1, 0))}));
  EXPECT_EQ(tail.channels[0].reachable.lsb, 3.0);
}

TEST(ChannelJudge, WhatKernelsMayGiveIsNoDifferenceByItself) {
  // x * 1 is x: gelu of it is the same call. Its kernels are some steps apart, so neither is
  // proved.
  const auto make = [](bool multiplied, float bias) {
    ConvProgram p(OneTap(bias));
    ir::ValueId value = p.conv();
    if (multiplied) value = p.Call("aten.mul.Tensor", value, {{"other", 1.0}});
    return p.Return({p.Call("aten.gelu.default", value)});
  };
  const ir::Program b = make(false, 0), a = make(true, 0), wrong = make(true, 3);
  const Side before(b), after(a), moved(wrong);
  ProveOptions options;
  options.judge.tolerance_lsb = 0;
  const TailVerdict tail = Only(Prove(before, after, options));
  EXPECT_EQ(tail.verdict, Verdict::kUnproved) << tail.reason;
  EXPECT_GT(tail.channels[0].calibrated.lsb, 0);
  EXPECT_EQ(tail.channels[0].calibrated.at_least, 0);
  // A bias of 3 shows whatever the kernels give: at A = 127 by nearly 3 LSB.
  const TailVerdict shown = Only(Prove(before, moved, options));
  EXPECT_EQ(shown.verdict, Verdict::kDiffers);
  EXPECT_GT(shown.channels[0].calibrated.at_least.value_or(0), 2.9);
}

TEST(Tolerance, ABiasThatIsQuantizedBeforeOneQuantizerCostsAtMostOneLsb) {
  // A float bias of 0.3 as 1 * 0.25: e = s_b / 2 = 0.125 < s = 1, floor(e / s) + 1 = 1.
  ConvProgram b(OneTap(0.3f));
  ConvProgram a(OneTap());
  const auto conv = a.AddConvOf(a.AddWeight(OneTap()), a.AddQuantizedBias({1}, 0.25));
  const TailVerdict tail =
      Judge(b.Return({b.Step(b.conv(), Int8(1.0, 0))}), a.Return({a.Step(conv, Int8(1.0, 0))}));
  // The dequantizes round once each: some 2^-24 of 128 LSB.
  EXPECT_GE(tail.channels[0].tolerance.lsb, 1.0);
  EXPECT_LT(tail.channels[0].tolerance.lsb, 1.0001);
  EXPECT_LE(tail.channels[0].reachable.lsb, 1.0);
  ASSERT_TRUE(tail.channels[0].ideal);
  EXPECT_LE(tail.channels[0].ideal->gap, 0.125);  // a right fold's gap: s_b / 2
  EXPECT_NE(tail.verdict, Verdict::kDiffers);
}

TEST(Tolerance, AChainThatEndsInItsConvsQuantizerCostsOnePlusHalfABiasStep) {
  // before: q(A) then + C; after: q(A + C) with C = 5.1 in steps of 0.25: 1 + s_b / (2 s_int)
  // = 1.125.
  ConvProgram b(OneTap());
  const auto inner = b.Step(b.conv(), Int8(1.0, 0));
  const auto chain = b.Call("aten.add.Tensor", inner, {{"other", b.PerChannel({5.1f})}});
  ConvProgram a(OneTap());
  const auto conv = a.AddConvOf(a.AddWeight(OneTap()), a.AddQuantizedBias({20}, 0.25));
  const TailVerdict tail = Judge(b.Return({chain}), a.Return({a.Step(conv, Int8(1.0, 0))}));
  // What float32 rounding adds: some 2^-24 of at most 133 each time, far below 1e-4.
  EXPECT_GE(tail.channels[0].tolerance.lsb, 1.125);
  EXPECT_LT(tail.channels[0].tolerance.lsb, 1.1251);
}

TEST(Tolerance, AFloatBiasIsAsNearToItsConstantAsFloat32AllowsIt) {
  // A + 10^9 + 20, whose nearest float32 is 10^9: steps are 64 there, six roundings 358.
  const auto judge = [](float bias) {
    ConvProgram b(OneTap());
    const auto sum = b.Call("aten.add.Tensor", b.conv(), {{"other", b.PerChannel({1e9f})}});
    const auto more = b.Call("aten.add.Tensor", sum, {{"other", b.PerChannel({20.0f})}});
    ConvProgram a(OneTap(bias));
    return Judge(b.Return({b.Step(more, Int8(1.0, 0))}), a.Return({a.Step(a.conv(), Int8(1, 0))}));
  };
  for (const float right : {1e9f, 1e9f + 256, 1e9f - 256}) {
    const TailVerdict tail = judge(right);
    EXPECT_NEAR(tail.channels[0].tolerance.constant, 6 * 0x1p-24 * 1e9, 1e-3);
    EXPECT_EQ(tail.channels[0].ideal->gap, std::abs(static_cast<double>(right) - 1'000'000'020.0));
    EXPECT_NE(tail.verdict, Verdict::kDiffers) << right;
  }
  EXPECT_EQ(judge(1e9f + 512).verdict, Verdict::kDiffers);
}

}  // namespace
}  // namespace foldproof::prove::channel_judge_test
