// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/move.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

TEST(Move, ChangesNothing) {
  const tail_op::Move op{{0}};
  EXPECT_THAT(EvaluatePoints(op, {{1, -2}}), ElementsAre(1, -2));
  const Evaluated out = EvaluateIntervals(op, {{{1}, {2}}});
  EXPECT_THAT(out.low, ElementsAre(1));
  EXPECT_THAT(out.high, ElementsAre(2));
  EXPECT_EQ(DirectionWith(op, {-1}), -1);
  EXPECT_TRUE(LineWith(op, {{2, 1}}) == (LinearForm{2, 1}));
  EXPECT_THAT(IdealWith(op, {{0.3}}), ElementsAre(0.3));
  EXPECT_EQ(DegreeWith(op, {2}), 2);
  EXPECT_TRUE(KinksOf(op).empty());
  EXPECT_EQ(DeviationWith(op, {{9}, 9, {0.5}}), 0.5);
  EXPECT_EQ(RoleOf(op), Role::kMove);
  ASSERT_TRUE(ActivationOf(op));
  EXPECT_EQ(ActivationOf(op)->low, std::nullopt);
}

}  // namespace
}  // namespace foldproof::prove
