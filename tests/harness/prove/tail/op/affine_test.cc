// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/affine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

// Channel 0: x * alpha + beta; channel 1: -x.
tail_op::Affine Norm(float alpha, float beta, bool fused = true) {
  AffineConstants constants;
  constants.scale = {{alpha, -1}, {static_cast<double>(alpha), -1}};
  constants.shift = {{beta, 0}, {static_cast<double>(beta), 0}};
  constants.centre = {0, 0};
  constants.fused = fused;
  return {{0}, constants};
}

TEST(Affine, IsFusedOrRoundedTwice) {
  // (1 + 2^-23)^2 - (1 + 2^-22) = 2^-46, which float32 loses where it rounds the product.
  const float x = 1 + 0x1p-23f;
  EXPECT_THAT(EvaluatePoints(Norm(x, -(1 + 0x1p-22f)), {{x}}), ElementsAre(0x1p-46f));
  EXPECT_THAT(EvaluatePoints(Norm(x, -(1 + 0x1p-22f), false), {{x}}), ElementsAre(0));
  EXPECT_THAT(EvaluatePoints(Norm(x, 0), {{3}}, 1), ElementsAre(-3));
}

TEST(Affine, ANegativeFactorExchangesTheEndsOfAnInterval) {
  const Evaluated out = EvaluateIntervals(Norm(-2, 1), {{{1}, {2}}});
  EXPECT_THAT(out.low, ElementsAre(-3));
  EXPECT_THAT(out.high, ElementsAre(-1));
}

// ((x - 0) * 1) * 3 + 1 by IEEE's root, of 2 with roots a step off 6 * (1 -+ 2^-24) and the fused
// formula, whose factor is 3 + 2^-22 here.
TEST(Affine, OfAnotherLayoutIsWhateverEitherFormulaGives) {
  tail_op::Affine norm = Norm(3 + 0x1p-22f, 1);
  const float more = 1 + 0x1p-23f, less = 1 - 0x1p-24f;
  norm.constants.stepwise = StepwiseNorm{{0, 0}, {3, 3}, {1, 1}, {{{1, 1}, {more, 1}, {less, 1}}}};
  const Evaluated out = EvaluateIntervals(norm, {{{2}, {2}}});
  EXPECT_FALSE(out.exact);
  EXPECT_LT(out.low[0], 7);
  EXPECT_GT(out.high[0], 7);
  EXPECT_FALSE(IsBitExact(norm));
  // Either end of x: 3 * -1 + 1 is the least.
  EXPECT_LE(EvaluateIntervals(norm, {{{-1}, {2}}}).low[0], -2);
}

TEST(Affine, TurnsWithTheSignOfItsFactor) {
  EXPECT_EQ(DirectionWith(Norm(2, 1), {1}), 1);
  EXPECT_EQ(DirectionWith(Norm(-2, 1), {1}), -1);
  EXPECT_EQ(DirectionWith(Norm(0, 1), {1}), 0);
  EXPECT_EQ(DirectionWith(Norm(2, 1), {std::nullopt}), std::nullopt);
}

TEST(Affine, HasItsLineAndIdeal) {
  EXPECT_TRUE(LineWith(Norm(-2, 3), {{2, 1}}) == (LinearForm{-4, 1}));
  EXPECT_THAT(IdealWith(Norm(-2, 3), {{0.25, 4}}), ElementsAre(2.5, -5));
  EXPECT_EQ(DegreeWith(Norm(-2, 3), {2}), 2);
}

TEST(Affine, ScalesTheDeviationAndRoundsSevenTimes) {
  // 2 / 2, and 7 * 2^-24 of 2 * 4 + 3
  EXPECT_EQ(DeviationWith(Norm(-2, 3), {{4}, 5, {0.5}}), 1 + 7 * 0x1p-24 * 11);
  EXPECT_EQ(DeviationWith(Norm(-2, 3), {{4}, 5, {0.5}}, false), 1);
}

}  // namespace
}  // namespace foldproof::prove
