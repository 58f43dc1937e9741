// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/mul.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

tail_op::Mul Product(TailOperand a, TailOperand b) { return {{std::move(a), std::move(b)}}; }

TEST(Mul, RoundsOnce) {
  // (1 + 2^-23)^2 = 1 + 2^-22 + 2^-46
  EXPECT_THAT(EvaluatePoints(Product(0u, 0u), {{1 + 0x1p-23f, 3}}), ElementsAre(1 + 0x1p-22f, 9));
  EXPECT_THAT(EvaluatePoints(Product(Constant(-2), 0u), {{3}}), ElementsAre(-6));
}

TEST(Mul, MultipliesIntervalsByTheirEnds) {
  // [-1, 2] * [3, 5]
  const Evaluated out = EvaluateIntervals(Product(0u, 1u), {{{-1}, {2}}, {{3}, {5}}});
  EXPECT_THAT(out.low, ElementsAre(-5));
  EXPECT_THAT(out.high, ElementsAre(10));
}

TEST(Mul, AConstantFactorKeepsOrTurns) {
  EXPECT_EQ(DirectionWith(Product(0u, Constant(3)), {1}), 1);
  EXPECT_EQ(DirectionWith(Product(Constant(-3), 0u), {1}), -1);
  EXPECT_EQ(DirectionWith(Product(0u, Constant(0)), {1}), 0);
  EXPECT_EQ(DirectionWith(Product(0u, 1u), {1, 1}), std::nullopt);
}

TEST(Mul, MultipliesLinesByNumbersAndIdeals) {
  EXPECT_TRUE(LineWith(Product(0u, Constant(3)), {{2, 1}}) == (LinearForm{6, 3}));
  EXPECT_THAT(IdealWith(Product(0u, 1u), {{3, 0.5}, {0.25, 8}}), ElementsAre(0.75, 4));
  EXPECT_EQ(DegreeWith(Product(0u, 1u), {1, 1}), 2);
  EXPECT_EQ(DegreeWith(Product(0u, 1u), {1, 2}), kNoPolynomial);
  EXPECT_EQ(DegreeWith(Product(0u, Constant(3)), {2}), 2);
}

TEST(Mul, MultipliesDeviationsByTheOtherOperand) {
  // (4 + 1/2) (2 + 1/4) - 8 = 2.125, and 4 * 2^-24 of 8
  EXPECT_EQ(DeviationWith(Product(0u, 1u), {{4, 2}, 8, {0.5, 0.25}}), 2.125 + 0x1p-19);
  EXPECT_EQ(DeviationWith(Product(0u, Constant(-2)), {{4}, 8, {0.5}}), 1 + 0x1p-19);
  EXPECT_EQ(DeviationWith(Product(0u, Constant(-2)), {{4}, 8, {0.5}}, false), 1);
}

}  // namespace
}  // namespace foldproof::prove
