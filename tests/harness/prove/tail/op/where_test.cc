// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/where.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove::where_test {
namespace {

using testing::ElementsAre;

// The condition is register 0, what it chooses register 1.
tail_op::Where OrElse(float number) { return {{1u, Constant(number)}, 0}; }

TEST(Where, TakesTheFirstWhereTheConditionHolds) {
  EXPECT_THAT(EvaluatePoints(OrElse(9), {{1, 0}, {5, 6}}), ElementsAre(5, 9));
  EXPECT_EQ(ReadsOf(OrElse(9)).count, 2u);
}

TEST(Where, OfAConditionThatMayBeEitherTakesBoth) {
  const Evaluated out =
      EvaluateIntervals(OrElse(9), {{{0, 1, 0}, {1, 1, 0}}, {{5, 5, 5}, {6, 6, 6}}});
  EXPECT_THAT(out.low, ElementsAre(5, 5, 9));
  EXPECT_THAT(out.high, ElementsAre(9, 6, 9));
}

TEST(Where, ChoosesBetweenTwoNumbers) {
  const tail_op::Where op{{Constant(-1), Constant(1)}, 0};
  EXPECT_THAT(EvaluatePoints(op, {{1, 0}}), ElementsAre(-1, 1));
  EXPECT_EQ(ReadsOf(op).count, 1u);
  const Evaluated either = EvaluateIntervals(op, {{{0}, {1}}});
  EXPECT_THAT(either.low, ElementsAre(-1));
  EXPECT_THAT(either.high, ElementsAre(1));
  EXPECT_EQ(DegreeWith(op, {0}), 0);
}

TEST(Where, IsNotMonotone) {
  EXPECT_EQ(DirectionWith(OrElse(9), {1, 1}), std::nullopt);
  EXPECT_EQ(DirectionWith(OrElse(9), {0, 0}), 0);
}

TEST(Where, IsALineBetweenTheStepsOfItsCondition) {
  EXPECT_TRUE(KinksOf(OrElse(9)).empty());
  EXPECT_THAT(IdealWith(OrElse(9), {{1, 0}, {5, 6}}), ElementsAre(5, 9));
  EXPECT_EQ(DegreeWith(OrElse(9), {0, 1}), 1);
  EXPECT_EQ(DegreeWith(OrElse(9), {kNoPolynomial, 1}), kNoPolynomial);
}

// The condition (register 1) changes between the points where x is 1 and 2: x and 9 are 8 and 7
// apart there. On the way there and here x is off by its own 0.5 twice.
TEST(Where, MayStepByWhatItsOperandsAreApart) {
  const std::vector<double> ideal{2, 1, 0, /**/ 1, 0, 0, /**/ 2, 1, 0};
  Deviations known(3, 0, ideal, 3, 0, Deviations::Count::kRounding);
  known.Set(1, 1);
  known.Set(2, 0.5);
  const tail_op::Where op{{2u, Constant(9)}, 1};
  EXPECT_EQ(DeviationOf(op, known, 3), 9);
  known.Set(1, 0);
  EXPECT_EQ(DeviationOf(op, known, 3), 0.5);
}

}  // namespace
}  // namespace foldproof::prove::where_test
