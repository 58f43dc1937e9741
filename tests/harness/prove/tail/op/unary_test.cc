// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/unary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove::unary_test {
namespace {

using testing::ElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

using Kind = ir::Unary::Kind;

tail_op::Unary Function(Kind kind, double parameter = 0) { return {{0}, kind, {parameter, 0, 0}}; }

TEST(Unary, ExactFunctionsGiveOneNumber) {
  EXPECT_THAT(EvaluatePoints(Function(Kind::kRelu), {{-1, 2}}), ElementsAre(0, 2));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kNeg), {{-1, 2}}), ElementsAre(1, -2));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kLeakyRelu, 0.5), {{-3, 2}}), ElementsAre(-1.5f, 2));
  EXPECT_TRUE(std::isnan(EvaluatePoints(Function(Kind::kRelu), {{kNan}})[0]));
}

TEST(Unary, OthersGiveAnIntervalAroundTheTrueValue) {
  EXPECT_FALSE(IsBitExact(Function(Kind::kSigmoid)));
  // sigmoid(0) = 1/2; above it float32 steps are 2^-24, and a kernel is a few of them off.
  const Evaluated out = EvaluateIntervals(Function(Kind::kSigmoid), {{{0}, {0}}});
  EXPECT_FALSE(out.exact);
  EXPECT_LT(out.low[0], 0.5f);
  EXPECT_GT(out.high[0], 0.5f);
  EXPECT_LT(out.high[0] - out.low[0], 0x1p-18f);
}

TEST(Unary, OnlyReluNegAndRisingLeakyReluHaveADirection) {
  EXPECT_EQ(DirectionWith(Function(Kind::kRelu), {1}), 1);
  EXPECT_EQ(DirectionWith(Function(Kind::kNeg), {1}), -1);
  EXPECT_EQ(DirectionWith(Function(Kind::kLeakyRelu, 0.5), {-1}), -1);
  EXPECT_EQ(DirectionWith(Function(Kind::kLeakyRelu, -0.5), {1}), std::nullopt);
  EXPECT_EQ(DirectionWith(Function(Kind::kAbs), {1}), std::nullopt);
  EXPECT_EQ(DirectionWith(Function(Kind::kHardswish), {1}), std::nullopt);
}

// 2.5 rounds to the even 2; 0.7 is below the threshold.
TEST(Unary, StepsAndPowersAreExact) {
  EXPECT_THAT(EvaluatePoints(Function(Kind::kRound), {{2.5f, -1.5f, 0.49f}}),
              ElementsAre(2, -2, 0));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kFloor), {{-0.5f, 1.5f}}), ElementsAre(-1, 1));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kCeil), {{0.5f, 1.5f}}), ElementsAre(1, 2));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kTrunc), {{-1.5f, 1.5f}}), ElementsAre(-1, 1));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kFrac), {{-1.5f, 1.25f}}), ElementsAre(-0.5f, 0.25f));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kSign), {{-7, 0, 3}}), ElementsAre(-1, 0, 1));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kCube), {{-2, 0.5f}}), ElementsAre(-8, 0.125f));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kInverseSquare), {{-2, 0.5f}}), ElementsAre(0.25f, 4));
  EXPECT_THAT(
      EvaluatePoints({tail_op::Unary{{0}, Kind::kThreshold, {1, -5, 0}}}, {{0.7f, 1, 1.5f}}),
      ElementsAre(-5, -5, 1.5f));
  EXPECT_THAT(EvaluatePoints(Function(Kind::kHardshrink, 0.5), {{-0.6f, -0.5f, 0.2f, 0.7f}}),
              ElementsAre(-0.6f, 0, 0, 0.7f));
}

TEST(Unary, StepsKeepTheirDirectionWhereTheyOnlyRise) {
  for (const Kind kind : {Kind::kRound, Kind::kFloor, Kind::kSign, Kind::kCube}) {
    EXPECT_EQ(DirectionWith(Function(kind), {-1}), -1);
  }
  EXPECT_EQ(DirectionWith(Function(Kind::kSquare), {1}), std::nullopt);
  EXPECT_EQ(DirectionWith(Function(Kind::kFrac), {1}), std::nullopt);
  const auto threshold = [](double at, double value) {
    return tail_op::Unary{{0}, Kind::kThreshold, {at, value, 0}};
  };
  EXPECT_EQ(DirectionWith(threshold(1, 0.5), {1}), 1);
  EXPECT_EQ(DirectionWith(threshold(1, 1.5), {1}), std::nullopt);
}

TEST(Unary, IntervalsCoverTheStepsInside) {
  const Evaluated square = EvaluateIntervals(Function(Kind::kSquare), {{{-1}, {2}}});
  EXPECT_THAT(square.low, ElementsAre(0));
  EXPECT_THAT(square.high, ElementsAre(4));
  // What is just above 1 is kept, what is below becomes 3.
  const Evaluated kept =
      EvaluateIntervals({tail_op::Unary{{0}, Kind::kThreshold, {1, 3, 0}}}, {{{0}, {2}}});
  EXPECT_THAT(kept.low, ElementsAre(1));
  EXPECT_THAT(kept.high, ElementsAre(3));
}

// 0.75 - 0.5 and -0.7 + 0.5; inside of [-0.5, 0.5] a zero of either sign.
TEST(Unary, SoftshrinkIsExactButForTheSignOfItsZeros) {
  const Evaluated out = EvaluateIntervals(Function(Kind::kSoftshrink, 0.5),
                                          {{{0.75f, -0.75f, 0.2f}, {0.75f, -0.75f, 0.2f}}});
  EXPECT_FALSE(out.exact);
  EXPECT_THAT(out.low, ElementsAre(0.25f, -0.25f, -0.0f));
  EXPECT_THAT(out.high, ElementsAre(0.25f, -0.25f, 0.0f));
  EXPECT_TRUE(std::signbit(out.low[2]));
  EXPECT_FALSE(std::signbit(out.high[2]));
  EXPECT_EQ(DirectionWith(Function(Kind::kSoftshrink, 0.5), {-1}), -1);
  EXPECT_THAT(KinksOf(Function(Kind::kSoftshrink, 0.5)).levels, ElementsAre(-0.5, 0.5));
  EXPECT_FALSE(KinksOf(Function(Kind::kSoftshrink, 0.5)).steps_at_levels);
  EXPECT_THAT(IdealWith(Function(Kind::kSoftshrink, 0.5), {{-2, 0.25, 3}}),
              ElementsAre(-1.5, 0, 2.5));
}

// Of x from -1 to 4, 0.5 off, exp rises by exp(4.5) at most; log1p of 1 to 4 by 1 / (1 + 0.5), and
// without a bound where 1 + x may be 0.
TEST(Unary, ExpAndLog1pAreAsSteepAsTheirOperandLetsThem) {
  const auto deviation = [](Kind kind, double low, double high) {
    const std::vector<double> ideal{low, high, /**/ 0, 0};
    Deviations known(2, 0, ideal, 2, 0.5, Deviations::Count::kSpread);
    return DeviationOf(Function(kind), known, 1);
  };
  EXPECT_DOUBLE_EQ(deviation(Kind::kExpm1, -1, 4), 0.5 * std::exp(4.5));
  EXPECT_DOUBLE_EQ(deviation(Kind::kLog1p, 1, 4), 0.5 / 1.5);
  EXPECT_TRUE(std::isinf(deviation(Kind::kLog1p, -0.75, 4)));
}

// A step may cost all of itself where its operand is off at all: |sign(a) - sign(b)| <= 2, and
// |floor(a) - floor(b)| <= |a - b| + 1. (2 + 0.5)^2 - 2^2 = 2.25.
TEST(Unary, StepsWidenADeviation) {
  EXPECT_EQ(DeviationWith(Function(Kind::kFloor), {{4}, 4, {0.5}}, false), 1.5);
  EXPECT_EQ(DeviationWith(Function(Kind::kFloor), {{4}, 4, {0}}, false), 0);
  EXPECT_EQ(DeviationWith(Function(Kind::kSign), {{4}, 1, {0.5}}, false), 2);
  EXPECT_EQ(DeviationWith(Function(Kind::kSquare), {{2}, 4, {0.5}}, false), 2.25);
}

TEST(Unary, StepsAtIntegersOrLevels) {
  EXPECT_TRUE(KinksOf(Function(Kind::kRound)).steps_at_integers);
  EXPECT_TRUE(KinksOf(Function(Kind::kSign)).steps_at_levels);
  EXPECT_FALSE(KinksOf(Function(Kind::kRelu)).steps_at_levels);
  EXPECT_THAT(KinksOf(Function(Kind::kHardshrink, 0.5)).levels, ElementsAre(-0.5, 0.5));
  EXPECT_EQ(DegreeWith(Function(Kind::kFloor), {1}), 0);
  EXPECT_EQ(DegreeWith(Function(Kind::kSquare), {1}), 2);
}

TEST(Unary, NegTurnsALineAndOthersOnlyFlattenIt) {
  EXPECT_TRUE(LineWith(Function(Kind::kNeg), {{2, 1}}) == (LinearForm{-2, -1}));
  EXPECT_TRUE(LineWith(Function(Kind::kRelu), {{2, 1}}) == (LinearForm{2, 1}));
}

TEST(Unary, BendsAtZeroOrAtThree) {
  EXPECT_TRUE(KinksOf(Function(Kind::kNeg)).empty());
  EXPECT_THAT(KinksOf(Function(Kind::kRelu)).levels, ElementsAre(0));
  EXPECT_THAT(KinksOf(Function(Kind::kHardswish)).levels, ElementsAre(-3, 3));
  // hardswish(1) = 1 * 4 / 6; between -3 and 3 it is a parabola.
  EXPECT_THAT(IdealWith(Function(Kind::kHardswish), {{-3, 1.5, 3}}), ElementsAre(0, 1.125, 3));
  EXPECT_EQ(DegreeWith(Function(Kind::kHardswish), {1}), 2);
  EXPECT_EQ(DegreeWith(Function(Kind::kHardswish), {2}), kNoPolynomial);
  EXPECT_EQ(DegreeWith(Function(Kind::kRelu), {1}), 1);
  EXPECT_EQ(DegreeWith(Function(Kind::kSigmoid), {1}), kNoPolynomial);
  EXPECT_EQ(DegreeWith(Function(Kind::kSigmoid), {0}), 0);
}

TEST(Unary, MultipliesTheDeviationByItsSteepestSlope) {
  // hardswish rises by 3/2 at 3; 4 * 2^-24 of 4.
  EXPECT_EQ(DeviationWith(Function(Kind::kHardswish), {{4}, 4, {0.5}}), 0.75 + 0x1p-20);
  EXPECT_EQ(DeviationWith(Function(Kind::kSigmoid), {{4}, 1, {0.5}}), 0.125 + 0x1p-22);
  EXPECT_EQ(DeviationWith(Function(Kind::kSqrt), {{4}, 2, {0.5}}),
            std::numeric_limits<double>::infinity());
}

TEST(Unary, OnlyReluFusesIntoAKernel) {
  EXPECT_EQ(ActivationOf(Function(Kind::kRelu))->low, 0.0);
  EXPECT_EQ(ActivationOf(Function(Kind::kRelu))->high, std::nullopt);
  EXPECT_FALSE(ActivationOf(Function(Kind::kNeg)));
}

}  // namespace
}  // namespace foldproof::prove::unary_test
