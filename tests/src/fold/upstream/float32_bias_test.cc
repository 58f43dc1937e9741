// SPDX-License-Identifier: BSD-3-Clause
//
// What PyTorch 2.13 gave for the same expressions
// (torch.ops.quantized_decomposed.quantize_per_tensor and the line of FuseQATConvBN), typed in from
// its prompt.
#include "src/fold/upstream/float32_bias.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace foldproof::fold {
namespace {

constexpr std::int64_t kMin = -2147483648LL;
constexpr std::int64_t kMax = 2147483647LL;
constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();

TEST(QuantizeBias32, TiesGoToEven) {
  EXPECT_EQ(QuantizeBias32(0.5f, 1.0, kMin, kMax), 0);
  EXPECT_EQ(QuantizeBias32(1.5f, 1.0, kMin, kMax), 2);
  EXPECT_EQ(QuantizeBias32(-2.5f, 1.0, kMin, kMax), -2);
}

TEST(QuantizeBias32, WrapsWhatInt32DoesNotHold) {
  EXPECT_EQ(QuantizeBias32(1e30f, 1.0, kMin, kMax), kLowest);
  EXPECT_EQ(QuantizeBias32(-1e30f, 1.0, kMin, kMax), kLowest);
  EXPECT_EQ(QuantizeBias32(std::nanf(""), 1.0, kMin, kMax), kLowest);
}

// 2^31 - 128 is the float32 below 2^31.
TEST(QuantizeBias32, HoldsTheLargestFloat32BelowTheEnd) {
  EXPECT_EQ(QuantizeBias32(2147483520.0f, 1.0, kMin, kMax), 2147483520);
}

// In float64 the clamp is at 2^31 - 1 itself.
TEST(QuantizeBias64PerChannel, Clamps) {
  EXPECT_EQ(QuantizeBias64PerChannel(1e30f, 1.0, kMin, kMax), 2147483647);
  EXPECT_EQ(QuantizeBias32PerChannel(1e30f, 1.0f, kMin, kMax), kLowest);
}

TEST(FoldBias32, RoundsTheBiasToFloat32) {
  // 2^24 + 1 is no float32: the code that nothing is added to changes all the same.
  EXPECT_EQ(FoldBias32(16777217, 0.0f, {1.0, 0, kMin, kMax}), 16777216);
}

TEST(FoldBias32, TakesTheZeroPointOffAndPutsItBack) {
  EXPECT_EQ(FoldBias32(12, 0.75f, {0.25, 2, kMin, kMax}), 15);
}

// (0.5 - 0.25) · 2 / sqrt(f32(4 + 1e-5)) + 1: the deviation is 2.0000024 (a float32), so the
// quotient is 0.24999970 and C 1.24999976 (a float32).
TEST(Correction32, IsTheExpressionOfThePass) {
  const BatchNormChannel norm{2.0f, 1.0f, 0.25f, 4.0f};
  EXPECT_EQ(Correction32(norm, 0.5f, Deviation32(4.0f, 1e-5)), 1.249999761581421f);
  EXPECT_EQ(Correction32(norm, std::nullopt, 2.0f), 0.75f);
  EXPECT_TRUE(std::isnan(Correction32(norm, 0.5f, Deviation32(-4.0f, 1e-5))));
}

}  // namespace
}  // namespace foldproof::fold
