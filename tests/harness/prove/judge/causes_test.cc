// SPDX-License-Identifier: BSD-3-Clause
//
// One pair of programs for each cause, in which it is the only fault. v = A = -128 .. 127 (one tap,
// scales of 1), and a chain's y = v + C: what a fold has to add is worked out beside each.
#include "harness/prove/judge/causes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/judge/qat_chain.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove {
namespace {

using ir::ValueId;
using testing::ElementsAre;
using testing::StartsWith;

TailVerdict Judge(ir::Program before, ir::Program after, const ProveOptions& options = {},
                  std::size_t tail = 0) {
  return SidePair(std::move(before), std::move(after))
      .Judge(options)
      .verification.sites.at(0)
      .tails.at(tail);
}
Cause OnlyCauseOf(const TailVerdict& tail) {
  EXPECT_EQ(tail.causes.size(), 1u);
  return tail.causes.empty() ? Cause{} : tail.causes[0];
}
ProveOptions Exactly() {
  ProveOptions options;
  options.judge.tolerance_lsb = 0;
  options.judge.ideal_gap_lsb.reset();
  return options;
}

ir::Program Chained(const QatChain& chain) {
  ConvProgram p(ConvSpec{});
  return p.Return({AddChain(p, p.conv(), chain)});
}
// A bias of int32 codes in steps of `step`.
ValueId ConvWithBias(ConvProgram& p, std::int32_t code, double step) {
  return p.AddConvOf(p.AddWeight(ConvSpec{}), p.AddQuantizedBias({code}, step));
}
ir::Program Folded(std::int32_t code, double step = 0.25) {
  ConvProgram p(ConvSpec{});
  return p.Return({ConvWithBias(p, code, step)});
}
QatChain Adding(float constant) {  // C = constant
  QatChain chain;
  chain.bias = constant;
  return chain;
}

// before: q holds A / 2 up to 63.5, then 30 is added; after: A + 30 meets the same q, so what is
// above 63.5 clips to 64 after the rounding of the second quantizer. Calibrated are A = -64 .. 63.
// A + 30 - 64 is 2 or more, over the tolerance of 1, for A = 36 .. 63: 28 of 128. The worst is 29.
// Over all sums q reads -128 + 30 to 127 + 30, which is 255 steps of 1 from -98 on: -98 has the
// code -128 where the zero point is -30.
TEST(FindCauses, SaturationOfAfter) {
  ConvProgram b(ConvSpec{});
  const ValueId added =
      b.Call("aten.add.Tensor", b.Step(b.conv(), Int8(0.5, 0)), {{"other", b.PerChannel({30})}});
  ConvProgram a(ConvSpec{});
  const ValueId folded = a.Step(ConvWithBias(a, 120, 0.25), Int8(0.5, 0));
  const TailVerdict tail =
      Judge(b.Return({b.Step(added, Int8(1, 0))}), a.Return({a.Step(folded, Int8(1, 0))}));
  EXPECT_EQ(tail.channels[0].calibrated.lsb, 29);
  const Cause cause = OnlyCauseOf(tail);
  EXPECT_EQ(cause.rule, "saturation");
  EXPECT_EQ(cause.node, "quantize_per_tensor_1");
  EXPECT_EQ(cause.detail,
            "its range [-64, 63.5] does not hold the sum, which reaches [-98, 157] in channel 0; "
            "scale 1 and zero point -30 hold it");
  EXPECT_THAT(cause.channels, ElementsAre(0));
  EXPECT_EQ(cause.share, 28.0 / 128);
}

// before: q clips A at -64, which after has no quantizer for: -64 against -128.
TEST(FindCauses, SaturationOfBefore) {
  ConvProgram b(ConvSpec{});
  ConvProgram a(ConvSpec{});
  ProveOptions options;
  options.judge.domain = Domain::kReachable;
  const TailVerdict tail = Judge(b.Return({b.Step(b.Step(b.conv(), Int8(0.5, 0)), Int8(1, 0))}),
                                 a.Return({a.Step(a.conv(), Int8(1, 0))}), options);
  EXPECT_EQ(tail.channels[0].reachable.lsb, 64);
  const Cause cause = OnlyCauseOf(tail);
  EXPECT_EQ(cause.rule, "saturation");
  EXPECT_EQ(cause.node, "quantize_per_tensor_1");
  EXPECT_EQ(cause.detail, "it clips before the fold and no longer after it");
}

// A against 2 rint(A / 2): every odd A is 1 off, half of them all.
TEST(FindCauses, CoarserQuantizer) {
  const auto of = [](double scale) {
    ConvProgram p(ConvSpec{});
    return p.Return({p.Step(p.conv(), Int8(scale, 0))});
  };
  const Cause cause = OnlyCauseOf(Judge(of(1), of(2), Exactly()));
  EXPECT_EQ(cause.rule, "coarser-quantizer");
  EXPECT_EQ(cause.node, "dequantize_per_tensor_1");
  EXPECT_EQ(cause.share, 0.5);
  // Half of either scale is 1.5 LSB: within, and it is listed all the same.
  const TailVerdict within = Judge(of(1), of(2));
  EXPECT_EQ(within.verdict, Verdict::kWithin);
  EXPECT_EQ(OnlyCauseOf(within).detail, "the scale was 1 and is 2");
  EXPECT_EQ(OnlyCauseOf(within).share, 0);
  EXPECT_TRUE(Judge(of(2), of(2)).causes.empty());
}

// A * Inf is NaN at 0 and infinite elsewhere, which the relu behind it keeps at half of them.
TEST(FindCauses, Nonfinite) {
  ConvProgram b(ConvSpec{});
  ConvProgram a(ConvSpec{});
  const ValueId product =
      a.Call("aten.mul.Tensor", a.conv(),
             {{"other", a.PerChannel({std::numeric_limits<float>::infinity()})}});
  const TailVerdict tail = Judge(b.Return({b.Call("aten.relu.default", b.conv())}),
                                 a.Return({a.Call("aten.neg.default", product)}));
  ASSERT_FALSE(tail.causes.empty());
  EXPECT_EQ(tail.causes[0].rule, "nonfinite");
  EXPECT_EQ(tail.causes[0].node, "call");  // the product, not the neg behind it
  EXPECT_EQ(tail.causes[0].share, 1);
}

// A / 0 is infinite, which clips, but at A = 0, where it is NaN: one of 256.
TEST(FindCauses, UndefinedBefore) {
  const auto make = [] {
    ConvProgram p(ConvSpec{});
    const ValueId twice = p.Call("aten.mul.Tensor", p.conv(), {{"other", p.PerChannel({2})}});
    return p.Return(
        {p.Step(p.Call("aten.div.Tensor", twice, {{"other", p.PerChannel({0})}}), Int8(1, 0))});
  };
  const Cause cause = OnlyCauseOf(Judge(make(), make()));
  EXPECT_EQ(cause.rule, "undefined-before");
  EXPECT_EQ(cause.node, "call_1");  // the division
  EXPECT_EQ(cause.share, 1.0 / 256);
}

// C = 2^31 + 4096 in steps of 1.
ir::Program AddingTwoToThe31() {
  ConvProgram p(ConvSpec{});
  return p.Return(
      {p.Call("aten.add.Tensor", p.conv(), {{"other", p.PerChannel({0x1.00002p31f})}})});
}

// The code became C - 2^32.
TEST(FindCauses, BiasWrap) {
  const Cause cause = OnlyCauseOf(Judge(AddingTwoToThe31(), Folded(-2147479552, 1)));
  EXPECT_EQ(cause.rule, "bias-wrap");
  EXPECT_EQ(cause.node, "conv2d_1");
  EXPECT_THAT(cause.detail, StartsWith("channel 0 needs bias 2147487744, it has -2147479552;"));
}

TEST(FindCauses, BiasClamp) {
  const Cause cause = OnlyCauseOf(Judge(AddingTwoToThe31(), Folded(2147483647, 1)));
  EXPECT_EQ(cause.rule, "bias-clamp");
  EXPECT_THAT(cause.detail, StartsWith("channel 0 needs bias 2147487744, it has 2147483647;"));
}

// C = 2^25 + 1, a number that float32 rounds to 2^25: one step of 33554433, and 1 <= C * 2^-22 = 8.
TEST(FindCauses, BiasRounding) {
  ConvProgram p(ConvSpec{});
  const ValueId large = p.Call("aten.add.Tensor", p.conv(), {{"other", p.PerChannel({0x1p25f})}});
  const Cause cause = OnlyCauseOf(
      Judge(p.Return({p.Call("aten.add.Tensor", large, {{"other", p.PerChannel({1})}})}),
            Folded(1 << 25, 1)));
  EXPECT_EQ(cause.rule, "bias-rounding");
  EXPECT_THAT(cause.detail, StartsWith("channel 0 needs bias 33554433, it has 33554432;"));
}

// eps of the batch_norm is 13: y = v * 2 / sqrt(16) = v / 2. After adds 32 / 4 = 8 to v.
TEST(FindCauses, EpsMismatch) {
  QatChain chain;
  chain.norm_eps = 13;
  const Cause cause = OnlyCauseOf(Judge(Chained(chain), Folded(32)));
  EXPECT_EQ(cause.rule, "eps-mismatch");
  EXPECT_EQ(cause.node, "batch_norm");
  EXPECT_THAT(cause.detail, StartsWith("the chain adds eps 1, the batch_norm 13;"));
}

// s = 8 / 2 = 4: y = v / 4.
TEST(FindCauses, NumeratorMismatch) {
  QatChain chain;
  chain.numerator = 8;
  const Cause cause = OnlyCauseOf(Judge(Chained(chain), Folded(32)));
  EXPECT_EQ(cause.rule, "numerator-mismatch");
  EXPECT_EQ(cause.node, "s");
}

// s = 2 / sqrt(15 + 1) = 1/2: y = 2 v.
TEST(FindCauses, VarianceMismatch) {
  QatChain chain;
  chain.variance = 15;
  const Cause cause = OnlyCauseOf(Judge(Chained(chain), Folded(32)));
  EXPECT_EQ(cause.rule, "variance-mismatch");
  EXPECT_EQ(cause.node, "s");
}

// y = v + 3 * 5; after adds 20 / 4 = 5.
TEST(FindCauses, AlphaIgnored) {
  QatChain chain = Adding(5);
  chain.alpha = 3;
  const Cause cause = OnlyCauseOf(Judge(Chained(chain), Folded(20)));
  EXPECT_EQ(cause.rule, "alpha-ignored");
  EXPECT_EQ(cause.node, "biased");
}

// C = 5; after adds 40 / 4 = 10.
TEST(FindCauses, FoldedTwice) {
  const Cause cause = OnlyCauseOf(Judge(Chained(Adding(5)), Folded(40)));
  EXPECT_EQ(cause.rule, "folded-twice");
  EXPECT_EQ(cause.node, "conv2d_1");
  EXPECT_THAT(cause.detail, StartsWith("the correction was added twice;"));
}

// Two convs need 5 and 7 and share one bias of 48 / 4 = 12.
TEST(FindCauses, FoldedTwiceIntoASharedBias) {
  ConvSpec other;
  other.weights = {{3}};
  ConvProgram b(ConvSpec{});
  const ValueId second = b.AddConv(other);
  ir::Program before =
      b.Return({AddChain(b, b.conv(), Adding(5), "one_"), AddChain(b, second, Adding(7), "two_")});
  ConvProgram a(ConvSpec{});
  const ValueId bias = a.AddQuantizedBias({48}, 0.25);
  const ValueId first = a.AddConvOf(a.AddWeight(ConvSpec{}), bias);
  ir::Program after = a.Return({first, a.AddConvOf(a.AddWeight(other), bias)});
  const Cause cause = OnlyCauseOf(Judge(std::move(before), std::move(after)));
  EXPECT_EQ(cause.rule, "folded-twice");
  EXPECT_THAT(cause.detail, StartsWith("several convs read the bias that it was folded into;"));
}

TEST(FindCauses, BiasMissing) {
  ConvProgram a(ConvSpec{});
  const Cause cause = OnlyCauseOf(Judge(Chained(Adding(5)), a.Return({a.conv()})));
  EXPECT_EQ(cause.rule, "bias-missing");
  EXPECT_EQ(cause.node, "conv2d");
}

// C = 5, after has 24 / 4 = 6: 1 off everywhere, where a right fold is 0.25 / 2.
TEST(FindCauses, IdealGap) {
  const Cause cause = OnlyCauseOf(Judge(Chained(Adding(5)), Folded(24)));
  EXPECT_EQ(cause.rule, "ideal-gap");
  EXPECT_EQ(cause.node, "conv2d_1");
  EXPECT_EQ(cause.detail,
            "the folded constant is not the program's; without any rounding the two are 1 LSB "
            "apart, a right fold 0.125");
  EXPECT_EQ(cause.share, 1);
}

// C = 5, and 20 / 4 = 5: a right fold has no cause.
TEST(FindCauses, ARightFoldHasNone) {
  EXPECT_TRUE(Judge(Chained(Adding(5)), Folded(20)).causes.empty());
}

// q(A) is 2 A, q(A + 0.375) = rint(2 A + 0.75) is one more, for A = -64 .. 63; beyond both clip.
TEST(FindCauses, Rounding) {
  ConvSpec spec;
  spec.bias = std::vector<float>{0.375f};
  ConvProgram b(ConvSpec{});
  ConvProgram a(spec);
  const Cause cause = OnlyCauseOf(Judge(b.Return({b.Step(b.conv(), Int8(0.5, 0))}),
                                        a.Return({a.Step(a.conv(), Int8(0.5, 0))}), Exactly()));
  EXPECT_EQ(cause.rule, "rounding");
  EXPECT_EQ(cause.node, "dequantize_per_tensor_1");
  EXPECT_EQ(cause.share, 0.5);
}

// The batch_norm's beta of 5 is folded into the conv, whose value leaves past the batch_norm, too.
TEST(FindCauses, OtherUserChanged) {
  ConvProgram b(ConvSpec{});
  const ValueId normed = b.BatchNorm(b.conv(), {2}, {5}, {0}, {3}, 1);
  ConvProgram a(ConvSpec{});
  const ValueId conv = ConvWithBias(a, 20, 0.25);
  ir::Program before = b.Return({normed, b.Call("aten.relu.default", b.conv())});
  ir::Program after = a.Return({conv, a.Call("aten.relu.default", conv)});
  const SidePair pair(std::move(before), std::move(after));
  const SiteVerdict site = pair.Judge().verification.sites.at(0);
  ASSERT_EQ(site.tails.size(), 2u);
  EXPECT_TRUE(site.tails[0].causes.empty());
  const Cause cause = OnlyCauseOf(site.tails[1]);
  EXPECT_EQ(cause.rule, "other-user-changed");
  EXPECT_EQ(cause.node, "call");
}

// A + 2147483547 leaves int32 for A = 101 .. 127, 27 of 256: with steps of 2^25 code 64 becomes
// -64.
TEST(FindCauses, AccumulatorWrap) {
  const auto make = [] {
    ConvProgram p(ConvSpec{});
    return p.Return({p.Step(ConvWithBias(p, 2147483647 - 100, 1), Int8(0x1p25, 0))});
  };
  ProveOptions options;
  options.semantics = Semantics::kKernelQ31;
  const TailVerdict tail = Judge(make(), make(), options);
  EXPECT_EQ(tail.channels[0].reachable.lsb, 128);
  const Cause cause = OnlyCauseOf(tail);
  EXPECT_EQ(cause.rule, "accumulator-wrap");
  EXPECT_EQ(cause.node, "quantize_per_tensor_1");
  EXPECT_EQ(cause.share, 27.0 / 256);
}

// Pairs of sums, docs/proof.md, eq. 31: what after's weight of a tap should be, and what it is.
Cause OfWeights(std::vector<std::int16_t> before, float scale, std::vector<std::int16_t> after) {
  const auto make = [](std::vector<std::int16_t> weights, float weight_scale) {
    ConvSpec spec;
    spec.weights = {std::move(weights)};
    spec.weight_scales = {weight_scale};
    ConvProgram p(spec);
    return p.Return({p.conv()});
  };
  const TailVerdict tail = Judge(make(std::move(before), scale), make(std::move(after), 1));
  EXPECT_EQ(tail.causes.size(), 1u);
  return tail.causes.empty() ? Cause{} : tail.causes[0];
}

// Wanted are 100 and 50: |a - b| sums to 301, |a + b| to 1.
TEST(FindCauses, GammaSign) { EXPECT_EQ(OfWeights({100, 50}, 1, {-100, -51}).rule, "gamma-sign"); }
// Wanted are 200 and 40000, and int16 ends at 32767.
TEST(FindCauses, WeightClamp) {
  EXPECT_EQ(OfWeights({100, 20000}, 2, {200, 32767}).rule, "weight-clamp");
}
// Wanted are 17 / 4 = 4.25 and 20: 4 is the nearest code, 5 is 0.75 of a step off, 7 is 2.75.
TEST(FindCauses, WeightRounding) {
  const Cause cause = OfWeights({17, 80}, 0.25f, {5, 20});
  EXPECT_EQ(cause.rule, "weight-rounding");
  EXPECT_EQ(
      cause.detail,
      "channel 0: weight[0, 0, 0, 0] is 5 (code 5 at scale 1) and should be 4.25, 0.75 of its "
      "steps apart");
}
TEST(FindCauses, WeightGap) {
  const Cause cause = OfWeights({80, 17}, 0.25f, {20, 7});
  EXPECT_EQ(cause.rule, "weight-gap");
  EXPECT_THAT(cause.detail, testing::StartsWith("channel 0: weight[0, 1, 0, 0] is 7 (code 7 at"));
}

}  // namespace
}  // namespace foldproof::prove
