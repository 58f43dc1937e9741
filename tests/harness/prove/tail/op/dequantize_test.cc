// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/dequantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

TEST(Dequantize, TakesTheZeroPointAwayAndScales) {
  const tail_op::Dequantize op{{0}, {0.5, 3, -128, 127, ir::ScalarType::kInt8}, std::nullopt};
  EXPECT_THAT(EvaluatePoints(op, {{5, 3, -128}}), ElementsAre(1, 0, -65.5f));
  // f32(0.1) is 1.6e-9 above 0.1; three of it, rounded once, are f32(0.3) + 0 = 0x1.333334p-2.
  const tail_op::Dequantize tenth{{0}, {0.1, 0, -128, 127, ir::ScalarType::kInt8}, std::nullopt};
  EXPECT_THAT(EvaluatePoints(tenth, {{3}}), ElementsAre(0x1.333334p-2f));
  const Evaluated out = EvaluateIntervals(op, {{{4}, {5}}});
  EXPECT_THAT(out.low, ElementsAre(0.5f));
  EXPECT_THAT(out.high, ElementsAre(1.0f));
}

TEST(Dequantize, KeepsDirectionLineAndDegree) {
  const tail_op::Dequantize op{{0}, {0.5, 3, -128, 127, ir::ScalarType::kInt8}, std::nullopt};
  EXPECT_EQ(DirectionWith(op, {-1}), -1);
  EXPECT_TRUE(LineWith(op, {{2, 1}}) == (LinearForm{2, 1}));
  EXPECT_EQ(DegreeWith(op, {1}), 1);
}

TEST(Dequantize, ReadsCodesThatWereMadeWithOtherParametersAsItsOwn) {
  // 2 is code 7 of scale 1/2 and zero point 3, which is (7 - 1) / 4 here.
  const ir::QuantParams made{0.5, 3, -128, 127, ir::ScalarType::kInt8};
  const ir::QuantParams read{0.25, 1, -128, 127, ir::ScalarType::kInt8};
  EXPECT_THAT(IdealWith(tail_op::Dequantize{{0}, read, made}, {{2}}), ElementsAre(1.5));
  EXPECT_THAT(IdealWith(tail_op::Dequantize{{0}, made, made}, {{2}}), ElementsAre(2));
}

TEST(Dequantize, ScalesTheDeviationAndRoundsOnce) {
  // 1/2 of scale 1/2 is a code, which is 1/4 here; and 2^-24 of 2.
  const ir::QuantParams made{0.5, 3, -128, 127, ir::ScalarType::kInt8};
  const ir::QuantParams read{0.25, 1, -128, 127, ir::ScalarType::kInt8};
  const Sizes sizes{{4}, 2, {0.5}};
  EXPECT_EQ(DeviationWith(tail_op::Dequantize{{0}, read, made}, sizes), 0.25 + 0x1p-23);
  EXPECT_EQ(DeviationWith(tail_op::Dequantize{{0}, read, made}, sizes, false), 0.25);
  EXPECT_EQ(DeviationWith(tail_op::Dequantize{{0}, made, made}, sizes), 0.5 + 0x1p-23);
}

}  // namespace
}  // namespace foldproof::prove
