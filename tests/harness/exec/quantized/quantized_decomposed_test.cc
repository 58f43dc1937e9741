// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/quantized_decomposed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/exec/quantized/code_vector.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Tensor Floats(const std::vector<float>& elements) {
  return Tensor::Of(ScalarType::kFloat32, {static_cast<std::int64_t>(elements.size())}, elements);
}

ir::QuantParams Params(ScalarType dtype, double scale, std::int64_t zero_point = 0) {
  return {scale, zero_point, ir::LowestOf(dtype), ir::HighestOf(dtype), dtype};
}

std::vector<std::int64_t> Codes(const std::vector<float>& x, const ir::QuantParams& params) {
  return IntegersOf(QuantizePerTensor(Floats(x), params));
}

Tensor Int32(const std::vector<std::int64_t>& codes) {
  return TensorOfIntegers(ScalarType::kInt32, {static_cast<std::int64_t>(codes.size())}, codes);
}

// Scale 1/2: x / s is a whole number and a half; ties go to the even code.
TEST(QuantizePerTensor, TiesGoToEven) {
  EXPECT_THAT(Codes({0.25f, 0.75f, 1.25f, -0.25f, -0.75f, -1.25f}, Params(ScalarType::kInt8, 0.5)),
              ElementsAre(0, 2, 2, 0, -2, -2));
}

// The zero point is added after rounding: 0.5 rounds to 0, then 0 + 1; not 1.5 to 2.
TEST(QuantizePerTensor, RoundsBeforeTheZeroPoint) {
  EXPECT_THAT(Codes({0.5f, 1.5f}, Params(ScalarType::kInt8, 1.0, 1)), ElementsAre(1, 3));
}

// f32(1.0 / 0.03) = 0x1.0aaaaap+5 and x * it = 100.5, a tie that goes to 100; 1 / f32(0.03) is one
// step larger and would give 101.
TEST(QuantizePerTensor, MultipliesByTheReciprocalOfTheDouble) {
  constexpr float x = 0x1.81eb86p+1f;
  EXPECT_EQ(std::nearbyint(x * (1.0f / 0.03f)), 101.0f);
  EXPECT_THAT(Codes({x}, Params(ScalarType::kInt8, 0.03)), ElementsAre(100));
}

TEST(QuantizePerTensor, InfinityClampsAndNaNIsZero) {
  EXPECT_THAT(Codes({kInf, -kInf, kNaN}, Params(ScalarType::kInt8, 0.1)),
              ElementsAre(127, -128, 0));
  EXPECT_THAT(Codes({kInf, -kInf, kNaN}, Params(ScalarType::kUInt8, 0.1, 3)),
              ElementsAre(255, 0, 0));
  EXPECT_THAT(Codes({kInf, -kInf, kNaN}, Params(ScalarType::kInt16, 0.1)),
              ElementsAre(32767, -32768, 0));
  EXPECT_THAT(Codes({kInf, -kInf, kNaN}, Params(ScalarType::kUInt16, 0.1)),
              ElementsAre(65535, 0, 0));
}

// f32(2^31 - 1) is 2^31, which no int32 holds: the conversion gives -2^31.
TEST(QuantizePerTensor, Int32ClampsInFloatAndWraps) {
  constexpr std::int64_t kLow = -2147483648;
  EXPECT_THAT(Codes({1e30f, -1e30f, kInf, kNaN, 2147483520.0f}, Params(ScalarType::kInt32, 1.0)),
              ElementsAre(kLow, kLow, kLow, kLow, 2147483520));
}

// In float32 2^24 + 1 is 2^24: the zero point is lost above 24 bits.
TEST(QuantizePerTensor, Int32AddsTheZeroPointInFloat) {
  EXPECT_THAT(Codes({16777216.0f}, Params(ScalarType::kInt32, 1.0, 1)), ElementsAre(16777216));
}

TEST(QuantizePerTensor, KeepsToItsRange) {
  ir::QuantParams params = Params(ScalarType::kInt8, 1.0);
  params.quant_min = -127;
  EXPECT_THAT(Codes({-1000, 1000}, params), ElementsAre(-127, 127));
}

// f32(2^24 + 1) is 2^24, so both codes give the same float.
TEST(DequantizePerTensor, RoundsTheCodeFirst) {
  const Tensor out =
      DequantizePerTensor(Int32({16777216, 16777217, -5}), Params(ScalarType::kInt32, 0.5, 1));
  EXPECT_THAT(out.Elements<float>(), ElementsAre(8388607.5f, 8388607.5f, -3.0f));
}

// The scale is rounded to float32 before the product: 3 * f32(0.3) is one step above f32(3 * 0.3).
TEST(DequantizePerTensor, RoundsTheScaleFirst) {
  const Tensor out = DequantizePerTensor(Int32({3}), Params(ScalarType::kInt32, 0.3));
  EXPECT_THAT(out.Elements<float>(), ElementsAre(std::nextafter(0.9f, 1.0f)));
}

TEST(DequantizePerTensor, RefusesCodesOfAnotherType) {
  EXPECT_THROW(DequantizePerTensor(Int32({3}), Params(ScalarType::kInt8, 0.1)), Error);
}

TEST(QuantizePerTensor, RefusesARangeOutsideItsType) {
  ir::QuantParams params = Params(ScalarType::kInt8, 1.0);
  params.quant_max = 128;
  EXPECT_THROW(QuantizePerTensor(Floats({1}), params), Error);
}

ChannelParams PerChannel(ScalarType dtype, Tensor scales, std::optional<Tensor> zero_points,
                         std::int64_t axis) {
  return {std::move(scales),   std::move(zero_points), axis,
          ir::LowestOf(dtype), ir::HighestOf(dtype),   dtype};
}

Tensor Doubles(const std::vector<double>& elements) {
  return Tensor::Of(ScalarType::kFloat64, {static_cast<std::int64_t>(elements.size())}, elements);
}

// Shape [2, 3], axis 1: columns have scales 1, 0.5 and 0.25; axis 0: rows have 1 and 0.5.
TEST(QuantizePerChannel, EachIndexOfItsAxisHasItsScale) {
  const Tensor x = Tensor::Of<float>(ScalarType::kFloat32, {2, 3}, {1, 1, 1, 2, 2, 2});
  const auto columns = PerChannel(ScalarType::kInt8, Floats({1, 0.5f, 0.25f}), std::nullopt, 1);
  EXPECT_THAT(IntegersOf(QuantizePerChannel(x, columns)), ElementsAre(1, 2, 4, 2, 4, 8));
  const auto rows = PerChannel(ScalarType::kInt8, Floats({1, 0.5f}), std::nullopt, -2);
  EXPECT_THAT(IntegersOf(QuantizePerChannel(x, rows)), ElementsAre(1, 1, 1, 4, 4, 4));
}

// With float64 scales all is double: 2^31 - 1 stays, in float32 it becomes 2^31 and wraps.
TEST(QuantizePerChannel, Float64ScalesComputeInDouble) {
  const auto wide = PerChannel(ScalarType::kInt32, Doubles({1.0}), Int32({0}), 0);
  EXPECT_THAT(IntegersOf(QuantizePerChannel(Floats({1e30f}), wide)), ElementsAre(2147483647));
  const auto narrow = PerChannel(ScalarType::kInt32, Floats({1.0f}), Int32({0}), 0);
  EXPECT_THAT(IntegersOf(QuantizePerChannel(Floats({1e30f}), narrow)), ElementsAre(-2147483648));
}

TEST(QuantizePerChannel, NaNIsZeroInTheNarrowTypes) {
  for (const Tensor& scale : {Floats({0.1f}), Doubles({0.1})}) {
    const auto narrow = PerChannel(ScalarType::kInt8, scale, Int32({0}), 0);
    EXPECT_THAT(IntegersOf(QuantizePerChannel(Floats({kNaN}), narrow)), ElementsAre(0));
    const auto wide = PerChannel(ScalarType::kInt32, scale, Int32({0}), 0);
    EXPECT_THAT(IntegersOf(QuantizePerChannel(Floats({kNaN}), wide)), ElementsAre(-2147483648));
  }
}

// int8 minus int8 stays int8: 100 - (-100) = 200 wraps to -56.
TEST(DequantizePerChannel, Int8ZeroPointsWrap) {
  const auto tensor = [](std::int64_t code) {
    return TensorOfIntegers(ScalarType::kInt8, {1}, {code});
  };
  const auto params = PerChannel(ScalarType::kInt8, Floats({1.0f}), tensor(-100), 0);
  EXPECT_THAT(DequantizePerChannel(tensor(100), params).Elements<float>(), ElementsAre(-56.0f));
  const auto wide = PerChannel(ScalarType::kInt8, Floats({1.0f}), Int32({-100}), 0);
  EXPECT_THAT(DequantizePerChannel(tensor(100), wide).Elements<float>(), ElementsAre(200.0f));
}

// int32 - int64 is exact, then rounded once: 2^24 + 1 - 1 = 2^24, where the per-tensor form, which
// rounds the code first, gives 2^24 - 1.
TEST(DequantizePerChannel, SubtractsInIntegers) {
  const Tensor zero_point = Tensor::Of<std::int64_t>(ScalarType::kInt64, {1}, {1});
  const auto params = PerChannel(ScalarType::kInt32, Floats({1.0f}), zero_point, 0);
  EXPECT_THAT(DequantizePerChannel(Int32({16777217}), params).Elements<float>(),
              ElementsAre(16777216.0f));
}

// 3 * 0.3 in double, rounded once, is 0.9f; 3 * f32(0.3) in float32 is one step above.
TEST(DequantizePerChannel, Float64ScalesRoundOnce) {
  const auto wide = PerChannel(ScalarType::kInt32, Doubles({0.3}), std::nullopt, 0);
  EXPECT_THAT(DequantizePerChannel(Int32({3}), wide).Elements<float>(), ElementsAre(0.9f));
  const auto narrow = PerChannel(ScalarType::kInt32, Floats({0.3f}), std::nullopt, 0);
  EXPECT_THAT(DequantizePerChannel(Int32({3}), narrow).Elements<float>(),
              ElementsAre(std::nextafter(0.9f, 1.0f)));
}

TEST(DequantizePerChannel, RefusesUint16WithIntegerZeroPoints) {
  const Tensor codes = TensorOfIntegers(ScalarType::kUInt16, {1}, {5});
  const auto params = PerChannel(ScalarType::kUInt16, Floats({1.0f}), Int32({1}), 0);
  EXPECT_THROW(DequantizePerChannel(codes, params), Error);
}

TEST(QuantizePerChannel, RefusesScalesThatDoNotFitItsChannels) {
  const auto params = PerChannel(ScalarType::kInt8, Floats({1, 2}), std::nullopt, 0);
  EXPECT_THROW(QuantizePerChannel(Floats({1, 2, 3}), params), Error);
  const auto axis = PerChannel(ScalarType::kInt8, Floats({1, 2, 3}), std::nullopt, 1);
  EXPECT_THROW(QuantizePerChannel(Floats({1, 2, 3}), axis), Error);
}

TEST(QuantizePerTensor, AnEmptyTensorStaysEmpty) {
  const Tensor empty = Tensor::Of<float>(ScalarType::kFloat32, {0, 4}, {});
  EXPECT_THAT(QuantizePerTensor(empty, Params(ScalarType::kInt8, 1.0)).sizes,
              ElementsAreArray({0, 4}));
}

}  // namespace
}  // namespace foldproof::exec
