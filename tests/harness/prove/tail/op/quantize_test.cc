// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Scale 1/2, zero point 3.
tail_op::Quantize Half(std::int64_t low, std::int64_t high, ir::ScalarType dtype) {
  return {{0}, {0.5, 3, low, high, dtype}};
}
tail_op::Quantize Int8Half() { return Half(-128, 127, ir::ScalarType::kInt8); }

TEST(Quantize, RoundsTiesToEvenAndAddsTheZeroPoint) {
  // x * 2 = 0.5, 1.5, -0.5, 4.1 becomes 0, 2, 0, 4; and 3.
  EXPECT_THAT(EvaluatePoints(Int8Half(), {{0.25f, 0.75f, -0.25f, 2.05f}}), ElementsAre(3, 5, 3, 7));
}

TEST(Quantize, ClipsAndSaysSo) {
  // 200 + 3 and -140 + 3 are no int8; Inf clips; NaN is 0.
  const Evaluated out =
      EvaluateIntervals(Int8Half(), {{{100, -70, kInfinity, 62}, {100, -70, kInfinity, 62}}});
  EXPECT_THAT(out.low, ElementsAre(127, -128, 127, 127));
  EXPECT_THAT(out.flags, ElementsAre(RegisterBlock::kClipped, RegisterBlock::kClipped,
                                     RegisterBlock::kClipped, 0));
  const Evaluated nan = EvaluateIntervals(Int8Half(), {{{kNan}, {1}}});
  EXPECT_EQ(nan.low[0], 0);
  EXPECT_EQ(nan.flags[0], RegisterBlock::kNan);
}

TEST(Quantize, AnInt32CodeThatFloat32RoundsUpWraps) {
  // f32(2^31 - 1) = 2^31, which x86 converts to -2^31, as it does NaN.
  const tail_op::Quantize int32 =
      Half(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max(),
           ir::ScalarType::kInt32);
  EXPECT_THAT(EvaluatePoints(int32, {{1e30f}}), ElementsAre(-0x1p31f));
  EXPECT_EQ(EvaluateIntervals(int32, {{{kNan}, {1}}}).low[0], -0x1p31f);
}

TEST(Quantize, GivesTheCodesOfBothEndsOfAnInterval) {
  // 1.48 and 1.52 become 1 and 2; where either end clips, the quantizer does.
  const Evaluated out = EvaluateIntervals(Int8Half(), {{{0.74f, 61}, {0.76f, 63}}});
  EXPECT_FALSE(out.exact);
  EXPECT_THAT(out.low, ElementsAre(4, 125));
  EXPECT_THAT(out.high, ElementsAre(5, 127));
  EXPECT_THAT(out.flags, ElementsAre(0, RegisterBlock::kClipped));
}

TEST(Quantize, ExtendsItsCodesByOneAtEitherEnd) {
  const std::int64_t at[] = {0, 0, 0};
  RegisterBlock block;
  block.Resize(2, 3);
  block.low(0)[0] = 0.75f;  // 5
  block.low(0)[1] = 100;    // 203, one above 127
  block.low(0)[2] = -70;    // -137, one below -128
  std::vector<float> codes(3);
  ComputeExtendedCodes(Int8Half(), PointBlock(at, 0, 1, block), IntervalEnd::kLow, codes);
  EXPECT_THAT(codes, ElementsAre(5, 128, -129));
}

TEST(Quantize, HasNoDirectionAndItsInputsLine) {
  EXPECT_EQ(DirectionWith(Int8Half(), {1}), std::nullopt);
  EXPECT_EQ(OwnDirectionOf(Int8Half(), 0, -1, 1).has_value(), false);
  EXPECT_TRUE(LineWith(Int8Half(), {{2, 1}}) == (LinearForm{2, 1}));
}

TEST(Quantize, ItsIdealIsItsInput) {
  EXPECT_THAT(IdealWith(Int8Half(), {{0.3, 1e9}}), ElementsAre(0.3, 1e9));
  EXPECT_EQ(DegreeWith(Int8Half(), {2}), 2);
}

TEST(Quantize, AddsHalfItsScaleToTheDeviation) {
  // 1/8 + (1/2) / 2
  const Sizes sizes{{100}, 100, {0.125}};
  EXPECT_EQ(DeviationWith(Int8Half(), sizes), 0.375);
  EXPECT_EQ(DeviationWith(Int8Half(), sizes, false), 0.125);
  std::vector<double> ideal;
  EXPECT_EQ(DeviationBeforeRounding(Int8Half(), DeviationsOf(sizes, true, ideal)), 0.125);
}

}  // namespace
}  // namespace foldproof::prove
