// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/cast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove::cast_test {
namespace {

using testing::ElementsAre;

using ir::ScalarType;

tail_op::Cast To(ScalarType dtype) { return {{0}, dtype, std::nullopt}; }

tail_op::Cast OfCodes() {
  return {{0}, ScalarType::kFloat32, ir::QuantParams{0.5, 3, -128, 127, ScalarType::kInt8}};
}

// Half steps are 2^-10 at 1 (float16) and 2^-7 (bfloat16); ties go to even.
TEST(Cast, RoundsToHalfTypesOnce) {
  EXPECT_THAT(EvaluatePoints(To(ScalarType::kFloat16), {{1 + 0x1p-11f, 1 + 0x1.8p-10f}}),
              ElementsAre(1, 1 + 0x1p-9f));
  EXPECT_THAT(EvaluatePoints(To(ScalarType::kBFloat16), {{1 + 0x1p-8f, 3.1f}}),
              ElementsAre(1, 3.09375f));
  EXPECT_TRUE(std::isinf(EvaluatePoints(To(ScalarType::kFloat16), {{65520}})[0]));
}

TEST(Cast, KeepsCodes) {
  EXPECT_THAT(EvaluatePoints(OfCodes(), {{-128, 7}}), ElementsAre(-128, 7));
}

// A register of codes stands for real numbers: 2.0 is code 2 / 0.5 + 3.
TEST(Cast, OfCodesIsIdeallyWhatTheyStandFor) {
  EXPECT_THAT(IdealWith(OfCodes(), {{2.0}}), ElementsAre(7));
  EXPECT_EQ(DeviationWith(OfCodes(), {{2}, 7, {0.25}}), 0.5);
  EXPECT_THAT(IdealWith(To(ScalarType::kFloat16), {{1.0001}}), ElementsAre(1.0001));
}

TEST(Cast, KeepsDirectionAndDegree) {
  EXPECT_EQ(DirectionWith(To(ScalarType::kFloat16), {-1}), -1);
  EXPECT_EQ(DegreeWith(OfCodes(), {1}), 1);
  EXPECT_TRUE(LineWith(OfCodes(), {{2, 1}}) == (LinearForm{4, 5}));
}

// Half a step of float16 at 4 is 2^-9, and 2^-25 among its subnormal numbers.
TEST(Cast, RoundingWidensADeviation) {
  EXPECT_EQ(DeviationWith(To(ScalarType::kFloat16), {{4}, 4, {0}}), 0x1p-9 + 0x1p-25);
  EXPECT_EQ(DeviationWith(To(ScalarType::kFloat16), {{4}, 4, {0}}, false), 0);
}

}  // namespace
}  // namespace foldproof::prove::cast_test
