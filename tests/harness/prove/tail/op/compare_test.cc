// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove::compare_test {
namespace {

using testing::ElementsAre;

using Kind = ir::Compare::Kind;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

tail_op::Compare With(Kind kind, float number) { return {{0u, Constant(number)}, kind}; }

TEST(Compare, Is1WhereItHolds) {
  EXPECT_THAT(EvaluatePoints(With(Kind::kGreater, 1), {{0, 1, 2}}), ElementsAre(0, 0, 1));
  EXPECT_THAT(EvaluatePoints(With(Kind::kGreaterEqual, 1), {{0, 1, 2}}), ElementsAre(0, 1, 1));
  EXPECT_THAT(EvaluatePoints(With(Kind::kLess, 1), {{0, 1, 2}}), ElementsAre(1, 0, 0));
  EXPECT_THAT(EvaluatePoints(With(Kind::kLessEqual, 1), {{0, 1, 2}}), ElementsAre(1, 1, 0));
  EXPECT_THAT(EvaluatePoints(With(Kind::kEqual, 1), {{0, 1, 2}}), ElementsAre(0, 1, 0));
  EXPECT_THAT(EvaluatePoints(With(Kind::kNotEqual, 1), {{0, 1, 2}}), ElementsAre(1, 0, 1));
}

TEST(Compare, OnlyNotEqualHoldsOfNan) {
  EXPECT_THAT(EvaluatePoints(With(Kind::kLessEqual, 1), {{kNan}}), ElementsAre(0));
  EXPECT_THAT(EvaluatePoints(With(Kind::kNotEqual, 1), {{kNan}}), ElementsAre(1));
}

// [0, 2] may be above 1 or not; [2, 3] is; [1, 2] may be equal to it.
TEST(Compare, OfAnIntervalMayBeEither) {
  const Evaluated above = EvaluateIntervals(With(Kind::kGreater, 1), {{{0, 2}, {2, 3}}});
  EXPECT_THAT(above.low, ElementsAre(0, 1));
  EXPECT_THAT(above.high, ElementsAre(1, 1));
  const Evaluated equal = EvaluateIntervals(With(Kind::kEqual, 1), {{{1, 2}, {2, 3}}});
  EXPECT_THAT(equal.low, ElementsAre(0, 0));
  EXPECT_THAT(equal.high, ElementsAre(1, 0));
}

TEST(Compare, FollowsTheDifference) {
  EXPECT_EQ(DirectionWith(With(Kind::kGreater, 1), {1}), 1);
  EXPECT_EQ(DirectionWith(With(Kind::kLessEqual, 1), {1}), -1);
  EXPECT_EQ(DirectionWith(With(Kind::kEqual, 1), {1}), std::nullopt);
}

TEST(Compare, StepsWhereItsOperandsMeet) {
  EXPECT_TRUE(KinksOf(With(Kind::kLess, 1)).steps_at_levels);
  EXPECT_THAT(IdealWith(With(Kind::kLess, 1), {{0, 2}}), ElementsAre(1, 0));
  EXPECT_EQ(DegreeWith(With(Kind::kLess, 1), {1}), 0);
  EXPECT_EQ(DegreeWith(With(Kind::kLess, 1), {2}), kNoPolynomial);
  EXPECT_EQ(DeviationWith(With(Kind::kLess, 1), {{2}, 1, {0.1}}), 1);
  EXPECT_EQ(DeviationWith(With(Kind::kLess, 1), {{2}, 1, {0}}), 0);
}

}  // namespace
}  // namespace foldproof::prove::compare_test
