// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/requantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

// z + R(A + q_b - z_b) with z = 1, q_b - z_b = 2 and R(a) = a / 4: m = 1/2, one shift to the right.
tail_op::Requantize Quarter() {
  tail_op::Requantize op{{0}, {0.25, 1, -128, 127, ir::ScalarType::kInt8}, {}, {}, {}};
  op.kernel.channels.push_back(
      {2, exec::Requantizer::Make(exec::Kernel::kQ31, 0.25).value(), 0.0625, 0});
  return op;
}

std::vector<float> CodesAt(const tail_op::Requantize& op, std::vector<std::int64_t> accumulators,
                           std::vector<std::uint8_t>& flags) {
  RegisterBlock block;
  block.Resize(2, accumulators.size());
  PointBlock points(accumulators, 0, 1, block);
  Evaluate(op, points);
  flags.assign(points.flags().begin(), points.flags().end());
  return {points.low().begin(), points.low().end()};
}

TEST(Requantize, MultipliesTheSumAndAddsTheZeroPoint) {
  // 12 / 4 + 1, -8 / 4 + 1; 2000 / 4 + 1 = 501 clips.
  std::vector<std::uint8_t> flags;
  EXPECT_THAT(CodesAt(Quarter(), {10, -10, 1998}, flags), ElementsAre(4, -1, 127));
  EXPECT_THAT(flags, ElementsAre(0, 0, RegisterBlock::kClipped));
}

TEST(Requantize, StaysBetweenTheActivationsBounds) {
  tail_op::Requantize relu6 = Quarter();
  relu6.low = 0;
  relu6.high = 6;
  relu6.kernel.low = 1;
  relu6.kernel.high = 25;  // 6 / 0.25 + 1
  std::vector<std::uint8_t> flags;
  EXPECT_THAT(CodesAt(relu6, {10, -10, 1998}, flags), ElementsAre(4, 1, 25));
  EXPECT_THAT(flags, ElementsAre(0, 0, 0));  // the activation is no saturation
  EXPECT_THAT(IdealWith(relu6, {{-1, 2.5, 7}}), ElementsAre(0, 2.5, 6));
  EXPECT_THAT(KinksOf(relu6).levels, ElementsAre(0, 6));
}

TEST(Requantize, RisesUnlessTheInt32SumWraps) {
  const std::int64_t most = 2147483647;
  EXPECT_EQ(OwnDirectionOf(Quarter(), 0, -5, most - 2)->sign, 1);
  EXPECT_EQ(OwnDirectionOf(Quarter(), 0, -5, most - 1)->why_not, "the kernel's int32 sum wraps");
  EXPECT_EQ(Quarter().UnclampedCode(0, most - 2), 536870913);   // 2^31 / 4 + 1
  EXPECT_EQ(Quarter().UnclampedCode(0, most - 1), -536870911);  // -2^31 / 4 + 1
  EXPECT_EQ(DirectionWith(Quarter(), {1}), std::nullopt);
}

TEST(Requantize, ExtendsItsCodesByOneAtEitherEnd) {
  const std::int64_t at[] = {10, 1998, -1998};
  RegisterBlock block;
  block.Resize(2, 3);
  std::vector<float> codes(3);
  ComputeExtendedCodes(Quarter(), PointBlock(at, 0, 1, block), IntervalEnd::kLow, codes);
  EXPECT_THAT(codes, ElementsAre(4, 128, -129));
}

TEST(Requantize, DeviatesByItsMultiplierAndItsFirstRounding) {
  // A start of 1/2. |v| <= 8 is 32 codes, of which the multiplier loses 2^-31: 2^-26; the shift
  // to the right by 1 rounds first to 2^-2. In real units a quarter of both: 2^-28 + 1/16.
  const Sizes sizes{{8}, 8, {}, 0.5};
  const double before = 0.5 + 0.0625 + 0x1p-28;
  std::vector<double> ideal;
  EXPECT_EQ(DeviationBeforeRounding(Quarter(), DeviationsOf(sizes, true, ideal)), before);
  EXPECT_EQ(DeviationWith(Quarter(), sizes), before + 0.125);
  EXPECT_EQ(DeviationWith(Quarter(), sizes, false), 0.5);
}

TEST(Requantize, IsNotSettledWhereItsShiftToTheLeftLeavesInt32) {
  tail_op::Requantize four = Quarter();  // 4 = 1/2 * 2^3: a * 8 must fit
  four.kernel.channels[0].requantizer = exec::Requantizer::Make(exec::Kernel::kQ31, 4).value();
  EXPECT_EQ(four.WhyUnsettled(0, -100, (1 << 28) - 3), "");
  EXPECT_NE(four.WhyUnsettled(0, -100, (1 << 28) - 2), "");
}

}  // namespace
}  // namespace foldproof::prove
