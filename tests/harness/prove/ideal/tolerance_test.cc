// SPDX-License-Identifier: BSD-3-Clause
//
// docs/proof.md, "Derived tolerance". The ideal registers are 0 unless a test gives them a number,
// so that float32 roundings add nothing and the sums below are exact in float64. v = A, the input's
// scale is 1: one LSB is 1 where no dequantize follows the conv.
#include "harness/prove/ideal/tolerance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "harness/prove/tail/op/deviations.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

using ir::ValueId;
using Behind = std::function<ValueId(ConvProgram&, ValueId)>;

constexpr double kUnit = 0x1p-24;  // one float32 rounding, of 1

ir::Program Plain(const Behind& behind) {
  ConvProgram p(ConvSpec{});
  return p.Return({behind(p, p.conv())});
}
// One code of `step` came into the bias.
ir::Program Folded(const Behind& behind, double step = 0.25, std::int32_t code = 1) {
  ConvProgram p(ConvSpec{});
  return p.Return(
      {behind(p, p.AddConvOf(p.AddWeight(ConvSpec{}), p.AddQuantizedBias({code}, step)))});
}
ir::Program WithFloatBias(float bias) {
  ConvSpec spec;
  spec.bias = std::vector<float>{bias};
  ConvProgram p(spec);
  return p.Return({p.conv()});
}

ValueId Nothing(ConvProgram&, ValueId value) { return value; }
Behind Step(double scale) {
  return [scale](ConvProgram& p, ValueId value) { return p.Step(value, Int8(scale, 0)); };
}
Behind Codes(double scale) {
  return [scale](ConvProgram& p, ValueId value) { return p.Quantize(value, Int8(scale, 0)); };
}
Behind Call(const std::string& target, const ConvProgram::Arguments& more = {}) {
  return [=](ConvProgram& p, ValueId value) { return p.Call(target, value, more); };
}
Behind With(const std::string& target, float other, const ConvProgram::Arguments& more = {}) {
  return [=](ConvProgram& p, ValueId value) {
    ConvProgram::Arguments all{{"other", p.PerChannel({other})}};
    all.insert(all.end(), more.begin(), more.end());
    return p.Call(target, value, all);
  };
}
Behind WithItself(const std::string& target, const ConvProgram::Arguments& more = {}) {
  return [=](ConvProgram& p, ValueId value) {
    ConvProgram::Arguments all{{"other", value}};
    all.insert(all.end(), more.begin(), more.end());
    return p.Call(target, value, all);
  };
}
Behind Then(const Behind& first, const Behind& second) {
  return [=](ConvProgram& p, ValueId value) { return second(p, first(p, value)); };
}

// Two sides, and one point of their ideal registers.
struct TwoSides {
  TwoSides(const ir::Program& before_program, const ir::Program& after_program)
      : before(before_program), after(after_program) {
    ideal = {1, std::vector<double>(before.site->tail.values.size(), 0),
             std::vector<double>(after.site->tail.values.size(), 0)};
  }
  Tolerance Derive(const SumErrors& sums = {}) const {
    const PairPlan pair = PlanPair(*before.site, *after.site, 0, 0, false);
    return DeriveTolerance(*before.site, *after.site, pair, 0, ideal, sums);
  }

  ReadProgram before;
  ReadProgram after;
  IdealPoints ideal;
};

double Lsb(const ir::Program& before, const ir::Program& after) {
  return TwoSides(before, after).Derive().lsb;
}
// The same operators on both sides; after's bias is off by up to 0.25 / 2 = 0.125.
double LsbBehind(const Behind& behind) { return Lsb(Plain(behind), Folded(behind)); }

TEST(DeriveTolerance, AQuantizedBiasCostsHalfItsStep) {
  const Tolerance tolerance = TwoSides(Plain(Nothing), Folded(Nothing)).Derive();
  EXPECT_EQ(tolerance.lsb, 0.125);
  EXPECT_EQ(tolerance.constant, 0.125);
  EXPECT_EQ(tolerance.half_step, 0.125);
}

TEST(DeriveTolerance, AFloatBiasCostsSixRoundings) {
  const Tolerance tolerance = TwoSides(Plain(Nothing), WithFloatBias(-1024)).Derive();
  EXPECT_EQ(tolerance.lsb, 6 * kUnit * 1024);
  EXPECT_EQ(tolerance.constant, 6 * kUnit * 1024);
  EXPECT_EQ(tolerance.half_step, 0);
}

TEST(DeriveTolerance, ABiasThatTookNothingInCostsNothing) {
  const Tolerance tolerance = TwoSides(Folded(Nothing), Folded(Nothing)).Derive();
  EXPECT_EQ(tolerance.constant, 0);
  EXPECT_LT(tolerance.lsb, 1e-40);  // subnormal steps
}

// The constant is below half a step here, so the code is the same; that the add went tells.
TEST(DeriveTolerance, OperatorsThatWentSayThatAConstantCameIn) {
  EXPECT_EQ(TwoSides(Folded(With("aten.add.Tensor", 0.01f)), Folded(Nothing)).Derive().constant,
            0.125);
}

// 1.4 steps of 2^-149 are one in float32, and 0.6 steps are one, too: what is multiplied is spread
// by the larger, and the product is off by the 0.4 besides.
TEST(DeriveTolerance, ASubnormalFactorHasFewBits) {
  const std::vector<double> ideal{0};
  const Deviations known(1, 0, ideal, 1, 0, Deviations::Count::kRounding);
  const double step = 0x1p-149;
  EXPECT_EQ(known.SizeOfConstant({{0x1p-149f}, {1.4 * step}}), 1.4 * step);
  EXPECT_EQ(known.SizeOfConstant({{0x1p-149f}, {0.6 * step}}), step);
  EXPECT_DOUBLE_EQ(known.OffIdeal({{0x1p-149f}, {1.4 * step}}), 0.4 * step);
  EXPECT_DOUBLE_EQ(known.OffIdeal({{0x1p-149f}, {0.6 * step}}), 0.4 * step);
}

// A fold makes 1.67 of 49.9 and -48.3, each rounded in float32 as large as it is.
TEST(DeriveTolerance, ConstantsThatCancelCountAsLargeAsTheirTerms) {
  const Behind norm = [](ConvProgram& p, ValueId value) {
    return p.BatchNorm(value, {1.75f}, {-48.25f}, {-44.5f}, {2.4375f}, 1e-5);
  };
  const double alpha = 1.75 / std::sqrt(2.4375 + 1e-5);
  const double terms = 2 * 44.5 * alpha + std::abs(44.5 * alpha - 48.25);
  const Tolerance tolerance = TwoSides(Plain(norm), WithFloatBias(1.625)).Derive();
  EXPECT_GE(tolerance.constant, 6 * kUnit * terms);
  EXPECT_LE(tolerance.constant, 6 * kUnit * (terms + 2));
  EXPECT_GE(tolerance.lsb, 13 * kUnit * terms);  // before's own seven
}

// 0 times what has no bound is not known: it is no number that passes, and none that refutes.
TEST(DeriveTolerance, WhatHasNoBoundStaysWithoutOne) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  const Behind inverse = Call("aten.reciprocal.default");
  for (const Behind& behind :
       {Then(inverse, With("aten.mul.Tensor", 3)), Then(inverse, With("aten.mul.Tensor", 0)),
        Then(inverse, With("aten.add.Tensor", 1)), Then(inverse, WithItself("aten.mul.Tensor")),
        WithItself("aten.div.Tensor")}) {
    const Tolerance tolerance = TwoSides(Plain(behind), Folded(behind)).Derive();
    EXPECT_EQ(tolerance.constant, kNone);
    EXPECT_EQ(tolerance.lsb, kNone);
    // Of a constant that nothing rounded nothing is allowed.
    EXPECT_EQ(TwoSides(Folded(behind), Folded(behind)).Derive().constant, 0);
  }
}

TEST(DeriveTolerance, OperatorsPassTheErrorOnByTheirSlope) {
  EXPECT_EQ(LsbBehind(With("aten.mul.Tensor", -3)), 0.375);
  EXPECT_EQ(LsbBehind(With("aten.div.Tensor", -4)), 0.03125);
  EXPECT_EQ(LsbBehind(WithItself("aten.add.Tensor", {{"alpha", 2.0}})), 0.375);  // e + 2 e
  EXPECT_EQ(LsbBehind(WithItself("aten.sub.Tensor", {{"alpha", 4.0}})), 0.625);  // e + |-4| e
  EXPECT_EQ(LsbBehind(WithItself("aten.mul.Tensor")), 0.015625);                 // e 0 + e 0 + e e
  EXPECT_EQ(LsbBehind(WithItself("aten.maximum.default")), 0.125);
  EXPECT_EQ(LsbBehind(Call("aten.relu.default")), 0.125);
  EXPECT_EQ(LsbBehind(Call("aten.hardswish.default")), 0.1875);  // it rises by 3/2 at 3
  EXPECT_EQ(LsbBehind(Call("aten.sigmoid.default")), 0.03125);   // by 1/4 at 0
  EXPECT_EQ(LsbBehind(Call("aten.hardtanh.default")), 0.125);
  EXPECT_EQ(LsbBehind(Call("aten.clone.default")), 0.125);
  // alpha = 6 / sqrt(3 + 1) = 3, beta = 0
  EXPECT_EQ(LsbBehind([](ConvProgram& p, ValueId value) {
              return p.BatchNorm(value, {6}, {0}, {0}, {3}, 1);
            }),
            0.375);
}

// Either side's quotient may be the next integer: 0.125 / 4 + 1 + 1.
TEST(DeriveTolerance, AQuotientThatIsRoundedMayBeTheNextInteger) {
  EXPECT_EQ(LsbBehind(With("aten.div.Tensor_mode", 4, {{"rounding_mode", std::string("floor")}})),
            2.03125);
}

TEST(DeriveTolerance, ThereIsNoneWithoutALipschitzBound) {
  EXPECT_TRUE(std::isinf(LsbBehind(Call("aten.rsqrt.default"))));
  EXPECT_TRUE(std::isinf(LsbBehind(Call("aten.reciprocal.default"))));
  EXPECT_FALSE(std::isfinite(LsbBehind(WithItself("aten.div.Tensor"))));
}

// The conv's value is rounded once, the relu's result counts with four, on either side:
// 2 * (1 + 4) * 2^-24 * 1024.
TEST(DeriveTolerance, RoundingsAreOfTheLargestIdealValue) {
  TwoSides sides(Plain(Call("aten.relu.default")), Plain(Call("aten.relu.default")));
  sides.ideal.before = sides.ideal.after = {1024, 1024};
  EXPECT_EQ(sides.Derive().lsb, 10 * kUnit * 1024);
}

// e = 0.125, s = 0.5, which is the LSB: (0.125 + 0.5 / 2) / 0.5.
TEST(DeriveTolerance, AQuantizerThatOneSideHasCostsHalfItsScale) {
  EXPECT_EQ(Lsb(Plain(Nothing), Folded(Step(0.5))), 0.75);
  EXPECT_EQ(Lsb(Plain(Step(0.5)), Folded(Nothing)), 0.75);
}

// (0.5 / 2 + 0.25 / 2 + 0.125) / 0.25
TEST(DeriveTolerance, QuantizersOfOtherParametersCostHalfOfEitherScale) {
  EXPECT_EQ(Lsb(Plain(Step(0.5)), Folded(Step(0.25))), 2);
}

// Eq. 16: floor(e / s) + 1 codes, s = 0.5; e is half of the bias's step.
TEST(DeriveTolerance, AnEqualQuantizerOfUnshiftedValuesCostsWholeCodes) {
  EXPECT_EQ(Lsb(Plain(Step(0.5)), Folded(Step(0.5), 0.25)), 1);  // e / s = 0.25
  EXPECT_EQ(Lsb(Plain(Step(0.5)), Folded(Step(0.5), 2.0)), 3);   // 2
  EXPECT_EQ(Lsb(Plain(Step(0.5)), Folded(Step(0.5), 2.5)), 3);   // 2.5
  EXPECT_EQ(Lsb(Plain(Step(0.5)), Folded(Step(0.5), 3.0)), 4);   // 3
}

// Eq. 17: 1 + s_b / (2 s) = 1 + 0.25 / (2 * 0.5). Before adds 5 behind its quantizer, after in
// front of it, so that each side rounds for itself. The add rounds three times.
TEST(DeriveTolerance, AnEqualQuantizerOfShiftedValuesCostsHalfOfEitherScale) {
  TwoSides sides(Plain(Then(Step(0.5), With("aten.add.Tensor", 5))), Folded(Step(0.5)));
  sides.ideal.before[3] = 5;
  EXPECT_EQ(sides.Derive().lsb, 1.25 + 3 * kUnit * 5 / 0.5);
}

// Behind the quantizer both sides do the same, so a right fold's values are not shifted there. That
// after's are, by 5 LSB, does not loosen what it is held to.
TEST(DeriveTolerance, AWrongConstantDoesNotLoosenItsTolerance) {
  for (const Behind& behind : {Step(0.5), Codes(0.5), Then(Step(0.5), Call("aten.relu.default"))}) {
    TwoSides sides(Plain(behind), Folded(behind, 1.5));  // e = 0.75: 1.5 codes
    const double right = sides.Derive().lsb;
    EXPECT_EQ(right, 2);
    sides.ideal.after[1] = 5;
    EXPECT_EQ(sides.Derive().lsb, right);
  }
}

// An LSB is a code where codes leave, worth its quantizer's scale: one code, as in eq. 16.
TEST(DeriveTolerance, CodesThatLeaveAreCountedInCodes) {
  EXPECT_EQ(Lsb(Plain(Codes(0.5)), Folded(Codes(0.5))), 1);
}

// The second example of docs/proof.md: s = 0.062759, shifted by 1; s_2 = 0.050532 and, behind a
// relu, s_3 = 0.022475. e = s + 0.000194 / 2 = 0.062856; floor(e / s_2) + 1 = 2, so e = 0.101064;
// floor(e / s_3) + 1 = 5 codes, and a float32 rounding of 1.
TEST(DeriveTolerance, TwoQuantizersBehindTheConvsOwn) {
  const Behind rest = Then(Step(0.050532), Then(Call("aten.relu.default"), Step(0.022475)));
  const Behind chain = Then(Step(0.062759), Then(With("aten.add.Tensor", 1), rest));
  TwoSides sides(Plain(chain), Folded(Then(Step(0.062759), rest), 0.000194));
  std::fill(sides.ideal.before.begin() + 3, sides.ideal.before.end(), 1);
  EXPECT_NEAR(sides.Derive().lsb, 5, 1e-5);
}

// Behind an equal quantizer of unshifted values the before-side alone adds a constant, too small to
// be a code of the bias: it comes on top, up to half a step (0.125). The add rounds three times.
TEST(DeriveTolerance, WhatOneSideAddsLaterComesOnTop) {
  const auto added = [](float constant) {
    TwoSides sides(Plain(Then(Step(0.5), With("aten.add.Tensor", constant))), Folded(Step(0.5)));
    sides.ideal.before[3] = static_cast<double>(constant);
    return sides.Derive().lsb;
  };
  EXPECT_EQ(added(0.0625f), (0.5 + 0.0625 + 3 * kUnit * 0.0625) / 0.5);
  EXPECT_EQ(added(0.3125f), (0.5 + 0.125 + 3 * kUnit * 0.3125) / 0.5);
}

// The constant is seen through the operators' slopes, without what quantizers round.
TEST(DeriveTolerance, TheConstantIsWhatTheBiasMayBeOffAtTheFrontier) {
  const Behind behind = Then(Step(0.5), With("aten.mul.Tensor", -3));
  EXPECT_EQ(TwoSides(Plain(behind), Folded(behind)).Derive().constant, 0.375);
}

// Sums of floats, eq. 27 and 30: 0.5 + (0.25 + 0.125) + half a bias step of 0.125.
TEST(DeriveTolerance, ErrorsOfTheSumsAreAdded) {
  const Tolerance tolerance = TwoSides(Plain(Nothing), Folded(Nothing)).Derive({0.5, 0.25, 0.125});
  EXPECT_EQ(tolerance.lsb, 1.0);
  EXPECT_EQ(tolerance.constant, 0.25);  // the weights' and the bias's rounding
  EXPECT_EQ(tolerance.half_step, 0.125);
}

}  // namespace
}  // namespace foldproof::prove
