// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/extremum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove::extremum_test {
namespace {

using testing::ElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

tail_op::Extremum Least(TailOperand a, TailOperand b) {
  return {{std::move(a), std::move(b)}, false};
}
tail_op::Extremum Largest(TailOperand a, TailOperand b) {
  return {{std::move(a), std::move(b)}, true};
}

TEST(Extremum, TakesTheLeastOrTheLargestAndKeepsNan) {
  EXPECT_THAT(EvaluatePoints(Least(0u, Constant(2)), {{1, 3}}), ElementsAre(1, 2));
  EXPECT_THAT(EvaluatePoints(Largest(0u, Constant(2)), {{1, 3}}), ElementsAre(2, 3));
  EXPECT_TRUE(std::isnan(EvaluatePoints(Least(0u, Constant(2)), {{kNan}})[0]));
  EXPECT_TRUE(std::isnan(EvaluatePoints(Largest(Constant(2), 0u), {{kNan}})[0]));
}

TEST(Extremum, OfIntervalsIsThatOfTheirEnds) {
  const Evaluated out = EvaluateIntervals(Least(0u, 1u), {{{1}, {5}}, {{2}, {3}}});
  EXPECT_THAT(out.low, ElementsAre(1));
  EXPECT_THAT(out.high, ElementsAre(3));
}

// Zeros of unlike sign at the low ends say nothing of the high ones.
TEST(Extremum, OfIntervalsThatBeginAtZeroReachesTheirHighEnds) {
  const Evaluated out = EvaluateIntervals(Largest(0u, 1u), {{{-0.0f}, {5}}, {{0}, {3}}});
  EXPECT_THAT(out.low, ElementsAre(0));
  EXPECT_THAT(out.high, ElementsAre(5));
}

TEST(Extremum, KeepsADirectionThatBothOperandsHave) {
  EXPECT_EQ(DirectionWith(Largest(0u, 1u), {1, 1}), 1);
  EXPECT_EQ(DirectionWith(Largest(0u, 1u), {1, -1}), std::nullopt);
  EXPECT_EQ(DirectionWith(Least(Constant(2), 0u), {-1}), -1);
}

TEST(Extremum, BendsWhereItsOperandsMeet) {
  const tail_op::Extremum op = Largest(0u, Constant(2));
  const Kinks kinks = KinksOf(op);
  EXPECT_THAT(kinks.levels, ElementsAre(0));
  const double at[] = {7};
  EXPECT_EQ(kinks.number(IdealBlock(at, 1, 0), 0), 5);  // 7 - 2
  EXPECT_EQ(DegreeWith(op, {1}), 1);
  EXPECT_EQ(DegreeWith(op, {2}), kNoPolynomial);
  EXPECT_THAT(IdealWith(op, {{1, 3}}), ElementsAre(2, 3));
  EXPECT_TRUE(LineWith(op, {{2, 1}}) == (LinearForm{2, 1}));
}

TEST(Extremum, DeviatesByTheWorseOperandAndRoundsNothing) {
  EXPECT_EQ(DeviationWith(Largest(0u, 1u), {{4, 2}, 4, {0.5, 0.25}}), 0.5);
  EXPECT_EQ(DeviationWith(Least(0u, Constant(2)), {{4}, 2, {0.5}}), 0.5);
}

}  // namespace
}  // namespace foldproof::prove::extremum_test
