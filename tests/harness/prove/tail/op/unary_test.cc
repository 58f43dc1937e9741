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
  EXPECT_EQ(DeviationWith(Function(Kind::kExp), {{4}, 64, {0.5}}),
            std::numeric_limits<double>::infinity());
}

TEST(Unary, OnlyReluFusesIntoAKernel) {
  EXPECT_EQ(ActivationOf(Function(Kind::kRelu))->low, 0.0);
  EXPECT_EQ(ActivationOf(Function(Kind::kRelu))->high, std::nullopt);
  EXPECT_FALSE(ActivationOf(Function(Kind::kNeg)));
}

}  // namespace
}  // namespace foldproof::prove::unary_test
