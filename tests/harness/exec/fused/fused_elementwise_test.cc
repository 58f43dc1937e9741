// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/quantized/quantized_decomposed.h"
#include "tests/harness/exec/code_tensors.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Multiplier kHalf{-(std::int64_t{1} << 30), 0};

// 50 + 24.5 = 74.5, -50 - 25.5 = -75.5, 1.5 + 0.5 = 2; ties to even 74, -76; the zero point 1.
TEST(QuantizedAdd, AddsReals) {
  const Tensor a = Int8({3}, {100, -100, 3});
  const Tensor b = Int8({3}, {100, -100, 4});
  EXPECT_THAT(IntegersOf(QuantizedAdd(a, {0.5, 0}, b, {0.25, 2}, {1.0, 1})),
              ElementsAre(75, -75, 3));
  EXPECT_THAT(IntegersOf(QuantizedAdd(a, {0.5, 0}, b, {0.25, 2}, {0.25, 0})),
              ElementsAre(127, -128, 8));  // 298 and -302 saturate
}

TEST(QuantizedAdd, ShapesBroadcast) {
  const Tensor out =
      QuantizedAdd(UInt8({2, 1}, {10, 20}), {1, 0}, UInt8({3}, {1, 2, 3}), {1, 0}, {1, 0});
  EXPECT_THAT(out.sizes, ElementsAre(2, 3));
  EXPECT_THAT(IntegersOf(out), ElementsAre(11, 12, 13, 21, 22, 23));
  EXPECT_THAT(QuantizedAdd(UInt8({0}, {}), {1, 0}, UInt8({1}, {1}), {1, 0}, {1, 0}).sizes,
              ElementsAre(0));
}

// At the output's lowest code as zero point a sum below 0 clamps to it: that is how the pass fuses
// a relu behind the add.
TEST(QuantizedAdd, TheLowestZeroPointIsARelu) {
  const Tensor out = QuantizedAdd(Int8({2}, {-5, 5}), {1, 0}, Int8({2}, {1, 1}), {1, 0}, {1, -128});
  EXPECT_THAT(IntegersOf(out), ElementsAre(-128, -122));
}

TEST(QuantizedAdd, RefusesWhatDoesNotFit) {
  const auto why_not = [](const Tensor& a, const Tensor& b, double scale) {
    return Refusal([&] { QuantizedAdd(a, {1, 0}, b, {1, 0}, {scale, 0}); });
  };
  const Tensor a = Int8({2}, {1, 2});
  EXPECT_THAT(why_not(a, UInt8({2}, {1, 2}), 1), HasSubstr("not int8 and uint8"));
  EXPECT_THAT(why_not(Bias({1}), Bias({1}), 1), HasSubstr("not int32 and int32"));
  EXPECT_THAT(why_not(a, Int8({3}, {1, 2, 3}), 1), HasSubstr("broadcast"));
  EXPECT_THAT(why_not(a, a, 0), HasSubstr("output scale of 0"));
  const std::vector<std::int64_t> many(1 << 14, 1);
  EXPECT_THAT(why_not(Int8({1 << 14, 1}, many), Int8({1, 1 << 14}, many), 1),
              HasSubstr("more than 67108864"));
}

// x - 3 where above 3: 0 0 1 4 8, halved 0 0 0.5 2 4, the tie to 0, above the zero point -128.
TEST(QuantizedRelu, ComparesCodesWithTheZeroPoint) {
  const Tensor x = Int8({5}, {-5, 3, 4, 7, 11});
  EXPECT_THAT(IntegersOf(QuantizedRelu(x, 3, kHalf, -128)),
              ElementsAre(-128, -128, -128, -126, -124));
}

// The multiplier as QuantFusionPass writes it turns the sign: nothing is above the zero point.
TEST(QuantizedRelu, APositiveMultiplierTurnsTheSign) {
  const Tensor x = Int8({3}, {-5, 7, 11});
  const Multiplier turned{std::int64_t{1} << 30, 0};
  EXPECT_THAT(IntegersOf(QuantizedRelu(x, 3, turned, 0)), ElementsAre(0, -2, -4));
  EXPECT_THAT(IntegersOf(QuantizedRelu(x, 3, turned, -128)), ElementsAre(-128, -128, -128));
}

// The multiplier that a pass must emit for the ratio of two scales (docs/numerics.md, eq. 15).
Multiplier MultiplierFor(double ratio) {
  int exponent = 0;
  const double fraction = std::frexp(ratio, &exponent);
  return {-std::llround(fraction * 0x1p31), exponent};
}

// With it the fused relu is the unfused one, dequantize - relu - quantize, on every code; one code
// apart at most, and only near ties.
TEST(QuantizedRelu, ByEquation15ItIsTheUnfusedOne) {
  std::vector<std::int64_t> all(256);
  std::iota(all.begin(), all.end(), -128);
  const Tensor x = Int8({256}, all);
  int apart = 0;
  for (const auto& [in_scale, out_scale] : std::vector<std::pair<double, double>>{
           {0.05, 0.04}, {0.02, 0.02}, {0.013, 0.05}, {0.3, 0.07}, {1e-3, 7e-4}, {0.5, 0.25}}) {
    for (const std::int64_t zero_point : {-128, -7, 100}) {
      std::vector<float> reals =
          DequantizePerTensor(x, {in_scale, zero_point, -128, 127, ScalarType::kInt8})
              .Elements<float>();
      for (float& real : reals) real = std::max(real, 0.0f);
      const std::vector<std::int64_t> unfused =
          IntegersOf(QuantizePerTensor(Tensor::Of(ScalarType::kFloat32, {256}, reals),
                                       {out_scale, -20, -128, 127, ScalarType::kInt8}));
      const std::vector<std::int64_t> fused =
          IntegersOf(QuantizedRelu(x, zero_point, MultiplierFor(in_scale / out_scale), -20));
      for (std::size_t i = 0; i < all.size(); ++i) {
        ASSERT_LE(std::abs(fused[i] - unfused[i]), 1) << in_scale << " " << all[i];
        apart += fused[i] != unfused[i];
      }
    }
  }
  EXPECT_LE(apart, 256 * 18 / 100);  // one code in a hundred
}

TEST(QuantizedRelu, RefusesWhatPyTorchRefuses) {
  const auto why_not = [](const Tensor& x, std::int64_t zero_point, const Multiplier& out) {
    return Refusal([&] { QuantizedRelu(x, zero_point, out, 0); });
  };
  EXPECT_THAT(why_not(Bias({1}), 0, kHalf), HasSubstr("int32 is not run"));
  EXPECT_THAT(why_not(TensorOfIntegers(ScalarType::kUInt16, {1}, {1}), 0, kHalf),
              HasSubstr("uint16"));
  EXPECT_THAT(why_not(Int8({1}, {1}), 300, kHalf), HasSubstr("zero point 300"));
  EXPECT_THAT(why_not(Int8({1}, {1}), 0, {0, 5}), HasSubstr("which is 0"));
  // ρ is infinite, so the scale is 0.
  EXPECT_THAT(why_not(Int8({1}, {1}), 0, {std::numeric_limits<std::int64_t>::min(), 1023}),
              HasSubstr("output scale of 0"));
}

}  // namespace
}  // namespace foldproof::exec
