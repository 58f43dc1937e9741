// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/div.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

constexpr float kInf = std::numeric_limits<float>::infinity();

using Rounding = ir::Binary::Rounding;

tail_op::Div Quotient(TailOperand a, TailOperand b, Rounding rounding = Rounding::kNone) {
  return {{std::move(a), std::move(b)}, rounding};
}

TEST(Div, RoundsOnceAndThenToAnIntegerWhereAsked) {
  EXPECT_THAT(EvaluatePoints(Quotient(0u, Constant(2)), {{7, -7}}), ElementsAre(3.5f, -3.5f));
  EXPECT_THAT(EvaluatePoints(Quotient(0u, Constant(2), Rounding::kFloor), {{7, -7}}),
              ElementsAre(3, -4));
  EXPECT_THAT(EvaluatePoints(Quotient(0u, Constant(2), Rounding::kTrunc), {{7, -7}}),
              ElementsAre(3, -3));
  // 1 / 3 = 0.0101..., 24 bits of which end in 1010 1011.
  EXPECT_THAT(EvaluatePoints(Quotient(Constant(1), 0u), {{3}}), ElementsAre(0x1.555556p-2f));
}

TEST(Div, AnIntervalAroundZeroDividesToAnything) {
  const Evaluated out = EvaluateIntervals(Quotient(0u, 1u), {{{1, 1}, {1, 2}}, {{-1, 2}, {1, 4}}});
  EXPECT_THAT(out.low, ElementsAre(-kInf, 0.25f));
  EXPECT_THAT(out.high, ElementsAre(kInf, 1));
}

TEST(Div, AConstantDivisorKeepsOrTurns) {
  EXPECT_EQ(DirectionWith(Quotient(0u, Constant(2)), {1}), 1);
  EXPECT_EQ(DirectionWith(Quotient(0u, Constant(-2), Rounding::kFloor), {1}), -1);
  EXPECT_EQ(DirectionWith(Quotient(0u, Constant(0)), {1}), std::nullopt);
  EXPECT_EQ(DirectionWith(Quotient(Constant(1), 0u), {1}), std::nullopt);
  EXPECT_EQ(DirectionWith(Quotient(0u, 1u), {1, 0}), std::nullopt);
}

TEST(Div, DividesLinesByNumbersAndIdeals) {
  EXPECT_TRUE(LineWith(Quotient(0u, Constant(4)), {{2, 1}}) == (LinearForm{0.5, 0.25}));
  EXPECT_THAT(IdealWith(Quotient(0u, Constant(2)), {{7, -7}}), ElementsAre(3.5, -3.5));
  EXPECT_THAT(IdealWith(Quotient(0u, Constant(2), Rounding::kFloor), {{7, -7}}),
              ElementsAre(3, -4));
  EXPECT_THAT(IdealWith(Quotient(0u, Constant(2), Rounding::kTrunc), {{7, -7}}),
              ElementsAre(3, -3));
}

TEST(Div, StepsWhereARoundedQuotientMeetsAnInteger) {
  EXPECT_TRUE(KinksOf(Quotient(0u, Constant(2))).empty());
  const tail_op::Div floored = Quotient(0u, Constant(2), Rounding::kFloor);
  const Kinks kinks = KinksOf(floored);
  EXPECT_TRUE(kinks.steps_at_integers);
  const double at[] = {7};
  EXPECT_EQ(kinks.number(IdealBlock(at, 1, 0), 0), 3.5);
  EXPECT_EQ(DegreeWith(Quotient(0u, Constant(2)), {2}), 2);
  EXPECT_EQ(DegreeWith(floored, {1}), 0);
  EXPECT_EQ(DegreeWith(floored, {2}), kNoPolynomial);
  EXPECT_EQ(DegreeWith(Quotient(Constant(1), 0u), {1}), kNoPolynomial);
}

TEST(Div, DividesTheDeviationByAConstantDivisorAlone) {
  // 1/2 / 2, and 4 * 2^-24 of 2; a rounded quotient may be the next integer.
  EXPECT_EQ(DeviationWith(Quotient(0u, Constant(-2)), {{4}, 2, {0.5}}), 0.25 + 0x1p-21);
  EXPECT_EQ(DeviationWith(Quotient(0u, Constant(2), Rounding::kFloor), {{4}, 2, {0.5}}),
            1.25 + 0x1p-21);
  EXPECT_EQ(DeviationWith(Quotient(0u, 1u), {{4, 2}, 2, {0.5, 0}}),
            std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace foldproof::prove
