// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/prelu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove::prelu_test {
namespace {

using testing::ElementsAre;

tail_op::Prelu Sloped(float slope) { return {{0}, {{slope}, {static_cast<double>(slope)}}}; }

TEST(Prelu, MultipliesWhatIsNotAbove0) {
  EXPECT_THAT(EvaluatePoints(Sloped(0.25f), {{-4, 0, 3}}), ElementsAre(-1, 0, 3));
}

TEST(Prelu, HasASlopeAChannel) {
  const tail_op::Prelu op{{0}, {{0.5f, -1}, {0.5, -1}}};
  EXPECT_THAT(EvaluatePoints(op, {{-4}}, 0), ElementsAre(-2));
  EXPECT_THAT(EvaluatePoints(op, {{-4}}, 1), ElementsAre(4));
}

// With a slope of -1 it is |x|, which turns at 0.
TEST(Prelu, OfAnIntervalCoversItsBend) {
  const Evaluated out = EvaluateIntervals(Sloped(-1), {{{-1, -3}, {2, -2}}});
  EXPECT_THAT(out.low, ElementsAre(0, 2));
  EXPECT_THAT(out.high, ElementsAre(2, 3));
}

TEST(Prelu, RisesWhereItsSlopeIsNotBelow0) {
  EXPECT_EQ(DirectionWith(Sloped(0.25f), {1}), 1);
  EXPECT_EQ(DirectionWith(Sloped(-0.25f), {1}), std::nullopt);
  EXPECT_TRUE(LineWith(Sloped(0.25f), {{2, 1}}) == (LinearForm{2, 1}));
}

TEST(Prelu, BendsAt0) {
  EXPECT_THAT(KinksOf(Sloped(0.25f)).levels, ElementsAre(0));
  EXPECT_THAT(IdealWith(Sloped(0.25f), {{-4, 3}}), ElementsAre(-1, 3));
  EXPECT_EQ(DegreeWith(Sloped(0.25f), {1}), 1);
  EXPECT_EQ(DegreeWith(Sloped(0.25f), {2}), kNoPolynomial);
  EXPECT_EQ(DeviationWith(Sloped(-3), {{2}, 6, {0.5}}, false), 1.5);
  EXPECT_EQ(DeviationWith(Sloped(0.25f), {{2}, 2, {0.5}}, false), 0.5);
}

}  // namespace
}  // namespace foldproof::prove::prelu_test
