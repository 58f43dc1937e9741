// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/add.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

tail_op::Add Sum(TailOperand a, TailOperand b, float alpha = 1) {
  return {{std::move(a), std::move(b)}, alpha, static_cast<double>(alpha)};
}

TEST(Add, RoundsOnce) {
  // 1 + 2^-24 is a tie, 1 + 3 * 2^-24 another: to the even one.
  EXPECT_THAT(EvaluatePoints(Sum(0u, 1u), {{1, 1}, {0x1p-24f, 0x3p-24f}}),
              ElementsAre(1, 1 + 0x1p-22f));
  EXPECT_THAT(EvaluatePoints(Sum(0u, Constant(5), -1), {{3}}), ElementsAre(-2));
  EXPECT_THAT(EvaluatePoints(Sum(Constant(5), 0u, -2), {{3}}), ElementsAre(-1));
}

TEST(Add, HoldsBothTheFusedAndTheOtherSumOfAnAlphaThatIsNoPowerOfTwo) {
  // (1 + 2^-23)^2 = 1 + 2^-22 + 2^-46, of which float32 keeps 1 + 2^-22.
  const float x = 1 + 0x1p-23f;
  const std::vector<float> a{-(1 + 0x1p-22f)}, b{x};
  const Evaluated out = EvaluateIntervals(Sum(0u, 1u, x), {{a, a}, {b, b}});
  EXPECT_FALSE(out.exact);
  EXPECT_THAT(out.low, ElementsAre(0));
  EXPECT_THAT(out.high, ElementsAre(0x1p-46f));
}

TEST(Add, AddsIntervalsByTheirEnds) {
  // [1, 2] - [10, 20]
  const Evaluated out = EvaluateIntervals(Sum(0u, 1u, -1), {{{1}, {2}}, {{10}, {20}}});
  EXPECT_THAT(out.low, ElementsAre(-19));
  EXPECT_THAT(out.high, ElementsAre(-8));
}

TEST(Add, KeepsADirectionThatBothOperandsHave) {
  EXPECT_EQ(DirectionWith(Sum(0u, 1u), {1, 1}), 1);
  EXPECT_EQ(DirectionWith(Sum(0u, 1u), {1, -1}), std::nullopt);
  EXPECT_EQ(DirectionWith(Sum(0u, 1u, -1), {1, 1}), std::nullopt);
  EXPECT_EQ(DirectionWith(Sum(0u, 1u, -1), {1, -1}), 1);
  EXPECT_EQ(DirectionWith(Sum(Constant(5), 0u, -1), {1}), -1);
  EXPECT_EQ(DirectionWith(Sum(0u, 1u), {1, std::nullopt}), std::nullopt);
}

TEST(Add, AddsLinesAndIdeals) {
  // (2A + 1) - 2 (3A + 5)
  EXPECT_TRUE(LineWith(Sum(0u, 1u, -2), {{2, 1}, {3, 5}}) == (LinearForm{-4, -9}));
  EXPECT_THAT(IdealWith(Sum(0u, 1u, -2), {{1, 2}, {0.25, 8}}), ElementsAre(0.5, -14));
  EXPECT_EQ(DegreeWith(Sum(0u, 1u), {1, 2}), 2);
}

TEST(Add, AddsDeviationsAndThreeRoundingsOfTheLargest) {
  // 1/2 + 2 / 4, and 3 * 2^-24 of 8: of the left operand, or of twice the right one.
  EXPECT_EQ(DeviationWith(Sum(0u, 1u, -2), {{8, 1}, 1, {0.5, 0.25}}), 1 + 3 * 0x1p-21);
  EXPECT_EQ(DeviationWith(Sum(0u, 1u, -2), {{1, 4}, 1, {0.5, 0.25}}), 1 + 3 * 0x1p-21);
  EXPECT_EQ(DeviationWith(Sum(0u, Constant(-4), -2), {{1}, 1, {0.5}}), 0.5 + 3 * 0x1p-21);
  EXPECT_EQ(DeviationWith(Sum(0u, 1u, -2), {{8, 1}, 1, {0.5, 0.25}}, false), 1);
}

}  // namespace
}  // namespace foldproof::prove
