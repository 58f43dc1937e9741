// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/repaired_quantizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/src/fold/chain_program.h"

namespace foldproof::fold {
namespace {

// rint(x · f32(1/s)) + z in float32, as quantize_per_tensor has it: does it clip?
bool Clips(const ir::QuantParams& params, double x) {
  const float inverse = static_cast<float>(1.0 / params.scale);
  const float code =
      std::nearbyint(static_cast<float>(x) * inverse) + static_cast<float>(params.zero_point);
  return code < static_cast<float>(params.quant_min) || code > static_cast<float>(params.quant_max);
}

// By trying every zero point: is there one at which the scale clips neither end?
bool SomeZeroPointHolds(ir::QuantParams params, double scale, double low, double high) {
  params.scale = scale;
  for (params.zero_point = params.quant_min; params.zero_point <= params.quant_max;
       ++params.zero_point) {
    if (!Clips(params, low) && !Clips(params, high)) return true;
  }
  return false;
}

TEST(RepairedParams, LeavesWhatHolds) {
  const ir::QuantParams old = Int8(0.5, 0);  // -64.25 to 63.75
  EXPECT_EQ(RepairedParams({{-10, 10}, {-20, 5}}, {3, -4}, old), old);
}

// -10 + 60 to 10 + 60: within 255 steps of a half, but not around zero point 0. 50 to 70 needs
// z <= 127 + 1/2 - 140 = -12.5, so -13 is the nearest to the old 0.
TEST(RepairedParams, MovesTheZeroPointBeforeTheScale) {
  const auto repaired = RepairedParams({{-10, 10}}, {60}, Int8(0.5, 0));
  ASSERT_TRUE(repaired);
  EXPECT_EQ(repaired->scale, 0.5);
  EXPECT_EQ(repaired->zero_point, -13);
}

// -100 to 300 at scale 1 takes 401 codes of 256. The smallest scale over all z: low needs
// 100 / (z + 128.5), high 300 / (127.5 - z); at z = -64 that is max(1.5504, 1.5666).
TEST(RepairedParams, TakesTheSmallestScaleThatHolds) {
  const auto repaired = RepairedParams({{-100, 0}, {0, 300}}, {0, 0}, Int8(1, 0));
  ASSERT_TRUE(repaired);
  EXPECT_EQ(repaired->zero_point, -64);
  EXPECT_NEAR(repaired->scale, 300 / 191.5, 300 / 191.5 / 1000);
  EXPECT_FALSE(Clips(*repaired, -100));
  EXPECT_FALSE(Clips(*repaired, 300));
}

// Ranges of every kind: what comes out clips nothing, and a scale that is 1/1000 smaller clips at
// every zero point there is.
TEST(RepairedParams, IsNoCoarserThanTheRangeNeeds) {
  const double ends[][2] = {{-1, 1000},   {-1000, 1},  {200, 900},
                            {-900, -200}, {-500, 499}, {0, 256}};
  for (const auto& [low, high] : ends) {
    for (const ir::QuantParams& old :
         {Int8(1, 0), ir::QuantParams{0.3, 128, 0, 255, ir::ScalarType::kUInt8}}) {
      const auto repaired = RepairedParams({{low, high}}, {0}, old);
      ASSERT_TRUE(repaired);
      EXPECT_FALSE(Clips(*repaired, low)) << low << " " << high;
      EXPECT_FALSE(Clips(*repaired, high)) << low << " " << high;
      EXPECT_GE(repaired->scale, old.scale);
      if (repaired->scale > old.scale) {
        EXPECT_FALSE(SomeZeroPointHolds(old, repaired->scale * 0.999, low, high));
      }
    }
  }
}

TEST(RepairedParams, RefusesToTryEveryZeroPointOfInt32) {
  const ir::QuantParams wide{1, 0, -2147483648LL, 2147483647LL, ir::ScalarType::kInt32};
  EXPECT_EQ(RepairedParams({{-10, 10}}, {5}, wide), wide);
  EXPECT_FALSE(RepairedParams({{-10, 10}}, {1e12}, wide));
}

TEST(RepairedParams, RefusesAnInfiniteRange) {
  EXPECT_FALSE(RepairedParams({{-1, 1}}, {std::numeric_limits<double>::infinity()}, Int8(1, 0)));
}

// Weights {3, -2, 5} and {-4, 7, 1}, x_q - 5 in [-133, 122], units of 2^-10: channel 0 reaches from
// -133·8 - 122·2 = -1308 to 122·8 + 133·2 = 1242, channel 1 from -133·8 - 122·4 = -1552 to
// 122·8 + 133·4 = 1508. At scale 2^-6 codes hold -131.5·16 = -2104 to 124.5·16 = 1992 of them.
TEST(UnclippedRanges, AreWhatTheWeightsCanMake) {
  ChainSpec spec;
  spec.bias_codes = {{0, 1000}};
  const ir::Program program = ChainProgram(spec).Build();
  for (const ir::Node& node : program.graph.nodes()) {
    const auto* conv = std::get_if<ir::Convolution>(&node.op);
    if (conv == nullptr || !conv->bias) continue;
    const auto bias = ReadQuantizedBias(program, *conv->bias);
    const auto ranges = UnclippedRanges(program, node, *bias, spec.quantizer);
    EXPECT_EQ(ranges[0].low, -1308 * kBiasScale);
    EXPECT_EQ(ranges[0].high, 1242 * kBiasScale);
    EXPECT_EQ(ranges[1].low, (-1552 + 1000) * kBiasScale);
    EXPECT_EQ(ranges[1].high, 1992 * kBiasScale);  // 2508 does not fit
  }
}

}  // namespace
}  // namespace foldproof::fold
