// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/clamp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

tail_op::Clamp Between(std::optional<double> low, std::optional<double> high) {
  return {{0}, low, high};
}

TEST(Clamp, BoundsByFloat32NumbersAndKeepsNan) {
  EXPECT_THAT(EvaluatePoints(Between(0, 6), {{-1, 2, 7}}), ElementsAre(0, 2, 6));
  EXPECT_THAT(EvaluatePoints(Between(std::nullopt, 6), {{-1, 7}}), ElementsAre(-1, 6));
  EXPECT_THAT(EvaluatePoints(Between(0.1, std::nullopt), {{0}}), ElementsAre(0.1f));
  EXPECT_TRUE(std::isnan(EvaluatePoints(Between(0, 6), {{kNan}})[0]));
}

TEST(Clamp, BoundsBothEndsOfAnInterval) {
  const Evaluated out = EvaluateIntervals(Between(0, 6), {{{-1}, {7}}});
  EXPECT_THAT(out.low, ElementsAre(0));
  EXPECT_THAT(out.high, ElementsAre(6));
}

TEST(Clamp, KeepsDirectionLineAndDeviation) {
  EXPECT_EQ(DirectionWith(Between(0, 6), {-1}), -1);
  EXPECT_TRUE(LineWith(Between(0, 6), {{2, 1}}) == (LinearForm{2, 1}));
  EXPECT_EQ(DeviationWith(Between(0, 6), {{9}, 6, {0.5}}), 0.5 + 0x1p-24 * 6);
}

TEST(Clamp, BendsAtItsBounds) {
  EXPECT_THAT(KinksOf(Between(0, 6)).levels, ElementsAre(0, 6));
  EXPECT_TRUE(KinksOf(Between(std::nullopt, std::nullopt)).empty());
  EXPECT_THAT(IdealWith(Between(0.1, 6), {{0, 2, 7}}), ElementsAre(0.1, 2, 6));
  EXPECT_EQ(DegreeWith(Between(0, 6), {1}), 1);
  EXPECT_EQ(DegreeWith(Between(0, 6), {2}), kNoPolynomial);
}

TEST(Clamp, FusesIntoAKernelUnlessABoundIsNan) {
  EXPECT_EQ(ActivationOf(Between(0, 6))->high, 6.0);
  EXPECT_FALSE(ActivationOf(Between(std::nan(""), 6)));
}

}  // namespace
}  // namespace foldproof::prove
