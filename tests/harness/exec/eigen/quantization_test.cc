// SPDX-License-Identifier: BSD-3-Clause
//
// quantize and dequantize around float64 values, and the half types.
#include "harness/exec/eigen/quantization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/exec/eigen/elementwise.h"

namespace foldproof::exec::real {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;

const ir::QuantParams kInt8{0.5, -3, -128, 127, ScalarType::kInt8};

// The input is rounded to float32 first: 0.25 + 2^-30 is 0.25 there, whose code ties to even
// (0.5 -> 0), where the number itself is above the tie.
TEST(Quantize, RoundsItsInputToFloat32Once) {
  const RealTensor x{{4}, {0.25, 0.25 + 0x1p-30, 0.25 + 0x1p-25, 0.75}};
  EXPECT_THAT(QuantizedOf(x, kInt8).elements, ElementsAre(-3, -3, -2, -1));
}

TEST(Quantize, ClampsInfinitiesAndMakesZeroOfNaN) {
  const double inf = std::numeric_limits<double>::infinity();
  const RealTensor x{{4}, {inf, -inf, std::nan(""), 1e300}};
  EXPECT_THAT(QuantizedOf(x, kInt8).elements, ElementsAre(127, -128, 0, 127));
}

// 0.1 in the graph is the float32 0.1 that PyTorch multiplies by; the product is not rounded to it.
TEST(Dequantize, MultipliesByTheFloat32ScaleInFloat64) {
  const IntegerTensor q{ScalarType::kInt8, {2}, {3, -128}};
  const ir::QuantParams params{0.1, 0, -128, 127, ScalarType::kInt8};
  const double scale = 0.1f;
  EXPECT_THAT(DequantizedOf(q, params).elements, ElementsAre(3 * scale, -128 * scale));
  EXPECT_NE(3 * scale, static_cast<double>(3 * 0.1f));  // else the test says nothing
}

// f32(2^24 + 1) is 2^24; the reference keeps the code.
TEST(Dequantize, KeepsWideCodesExact) {
  const IntegerTensor q{ScalarType::kInt32, {1}, {16777217}};
  const ir::QuantParams params{1, -1, -2147483647, 2147483647, ScalarType::kInt32};
  EXPECT_THAT(DequantizedOf(q, params).elements, ElementsAre(16777218.0));
}

ir::ChannelQuantParams Channels(std::int64_t axis) {
  return {{}, std::nullopt, axis, -128, 127, ScalarType::kInt8};
}

// Scales of float64 stay as they are, those of float32 are float32; a step along axis 1.
TEST(DequantizePerChannel, ScalesAreOfTheirTensorsType) {
  const IntegerTensor q{ScalarType::kInt8, {2, 2}, {1, 2, 3, 4}};
  const ChannelScales wide{{{2}, {0.1, 10}}, ScalarType::kFloat64, std::nullopt};
  EXPECT_THAT(DequantizedOf(q, Channels(1), wide).elements, ElementsAre(0.1, 20, 3 * 0.1, 40));
  const ChannelScales narrow{{{2}, {0.1, 10}}, ScalarType::kFloat32, std::nullopt};
  const double scale = 0.1f;
  EXPECT_THAT(DequantizedOf(q, Channels(0), narrow).elements,
              ElementsAre(scale, 2 * scale, 30, 40));
}

// int8 less int8 stays int8 (eq. 4): 100 - (-100) is -56; with int64 zero points it is 200.
TEST(DequantizePerChannel, WrapsAsPyTorchSubtracts) {
  const IntegerTensor q{ScalarType::kInt8, {1}, {100}};
  ChannelScales scales{{{1}, {1}},
                       ScalarType::kFloat32,
                       NumericTensor(IntegerTensor{ScalarType::kInt8, {1}, {-100}})};
  EXPECT_THAT(DequantizedOf(q, Channels(0), scales).elements, ElementsAre(-56));
  scales.zero_points = IntegerTensor{ScalarType::kInt64, {1}, {-100}};
  EXPECT_THAT(DequantizedOf(q, Channels(0), scales).elements, ElementsAre(200));
}

// Eq. 3 with T = float32: f32(1 / f32(0.03)) and f32(1 / 0.03) differ, and so do the codes of
// 0x1.81eb86p+1 (docs/numerics.md).
TEST(QuantizePerChannel, IsEquation3OfTheScalesType) {
  const RealTensor x{{1}, {0x1.81eb86p+1}};
  const ir::QuantParams params{0.03, 0, -128, 127, ScalarType::kInt8};
  const ChannelScales scales{{{1}, {0.03}}, ScalarType::kFloat32, std::nullopt};
  EXPECT_THAT(QuantizedOf(x, params).elements, ElementsAre(100));
  EXPECT_THAT(QuantizedOf(x, Channels(0), scales).elements, ElementsAre(101));
}

TEST(Dequantize, RefusesCodesOfAnotherType) {
  const IntegerTensor q{ScalarType::kUInt8, {1}, {1}};
  EXPECT_THROW(DequantizedOf(q, kInt8), Error);
  const ChannelScales three{{{3}, {1, 1, 1}}, ScalarType::kFloat32, std::nullopt};
  EXPECT_THROW(DequantizedOf({ScalarType::kInt8, {2}, {1, 1}}, Channels(0), three), Error);
}

std::vector<double> CastTo(ScalarType type, const std::vector<double>& x) {
  const RealTensor tensor{{static_cast<std::int64_t>(x.size())}, x};
  return std::get<RealTensor>(ApplyCast(ScalarType::kFloat32, type, tensor)).elements;
}

// PyTorch 2.13: torch.tensor([...], dtype=torch.float64).to(torch.float16).
TEST(Cast, RoundsToHalfTypesOnce) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_THAT(CastTo(ScalarType::kFloat16,
                     {65519, 65520, 0x1p-25, 0x1.8p-24, 1 + 0x1p-11, 1 + 0x3p-11, -0.0}),
              ElementsAre(65504, inf, 0, 0x1p-23, 1, 1 + 0x1p-9, -0.0));
  EXPECT_THAT(CastTo(ScalarType::kBFloat16, {3.4e38, -3.3961e38, 1 + 0x1p-8, 1 + 0x3p-8, 1e-40}),
              ElementsAre(inf, -0x1.fep127, 1, 1 + 0x1p-6, 9.183549615799121e-41));
}

TEST(Cast, KeepsFloat64ForWiderTypes) {
  EXPECT_THAT(CastTo(ScalarType::kFloat32, {0.1}), ElementsAre(0.1));
}

// The operator is defined on float32: 3 - 2^-30 is 3 there.
TEST(Cast, TruncatesWhatFloat32Holds) {
  const RealTensor x{{6}, {3 - 0x1p-30, 2.9, -2.9, 300, std::nan(""), 1e30}};
  const auto cast = [&](ScalarType type) {
    return std::get<IntegerTensor>(ApplyCast(ScalarType::kFloat32, type, x)).elements;
  };
  EXPECT_THAT(cast(ScalarType::kInt8), ElementsAre(3, 2, -2, 44, 0, 0));
  EXPECT_THAT(cast(ScalarType::kBool), ElementsAre(1, 1, 1, 1, 1, 1));
}

// Every float16 and bfloat16 there is widens to a number that rounds back to itself.
TEST(Widened, HalfTypesAreExact) {
  for (const ScalarType type : {ScalarType::kFloat16, ScalarType::kBFloat16}) {
    std::vector<std::uint16_t> codes;
    for (int code = 0; code < 65536; ++code) codes.push_back(static_cast<std::uint16_t>(code));
    const auto reals = std::get<RealTensor>(Widened(Tensor::Of(type, {65536}, codes))).elements;
    for (const double x : reals) {
      if (!std::isnan(x)) {
        ASSERT_EQ(RoundedTo(type, x), x);
      }
    }
    const bool half = type == ScalarType::kFloat16;
    EXPECT_EQ(reals[1], half ? 0x1p-24 : 0x1p-133);
    EXPECT_EQ(reals[0x3c00], half ? 1.0 : 0x1p-7);
    EXPECT_EQ(reals[0xbf80], half ? -1.875 : -1.0);
    EXPECT_TRUE(std::isinf(reals[half ? 0x7c00 : 0x7f80]));
  }
}

}  // namespace
}  // namespace foldproof::exec::real
