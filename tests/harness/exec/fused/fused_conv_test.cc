// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/exec/fused/fused_ops.h"
#include "tests/harness/exec/code_tensors.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Scales of 1 and zero points of 0: the code is the clamped sum.
ConvParams Plain(std::int64_t groups = 1) { return {{1}, {0}, {1}, groups, 0, 0, 1.0, 1.0, 0}; }

std::vector<std::int64_t> Conv(const Tensor& input, const Tensor& weight, const Tensor& bias,
                               const ConvParams& params) {
  return IntegersOf(QuantizedConv(input, weight, bias, params));
}

// x - 1: 0 1 2 -5; w + 1: 3; with the bias 1: 1 4 7 -14; halved: 0.5 2 3.5 -7; ties to even: 0 2 4
// -7; and the zero point 10.
TEST(QuantizedConv, ShiftsSumsScalesAndRoundsHalfToEven) {
  ConvParams params = Plain();
  params.input_zero_point = 1;
  params.weight_zero_point = -1;
  params.bias_scale = 0.5;
  params.out_zero_point = 10;
  const Tensor x = Int8({1, 1, 4}, {1, 2, 3, -4});
  EXPECT_THAT(Conv(x, Int8({1, 1, 1}, {2}), Bias({1}), params), ElementsAre(10, 12, 14, 3));
}

// Padding stands for zero, so its code is the zero point: 0+0+1, 0+1+2, 1+2+0. Padded with code 0
// the ends would be -4 and -2.
TEST(QuantizedConv, PadsWithTheZeroPointOfTheInput) {
  ConvParams params = Plain();
  params.padding = {1};
  params.input_zero_point = 5;
  const Tensor x = Int8({1, 1, 3}, {5, 6, 7});
  EXPECT_THAT(Conv(x, Int8({1, 1, 3}, {1, 1, 1}), Bias({0}), params), ElementsAre(1, 3, 3));
}

TEST(QuantizedConv, SaturatesAtTheEndsOfTheType) {
  const Tensor w = Int8({2, 1, 1}, {100, -100});
  EXPECT_THAT(Conv(Int8({1, 1, 1}, {100}), w, Bias({0, 0}), Plain()), ElementsAre(127, -128));
  EXPECT_THAT(Conv(UInt8({1, 1, 1}, {200}), w, Bias({0, 0}), Plain()), ElementsAre(255, 0));
  const Tensor wide = TensorOfIntegers(ScalarType::kInt16, {1, 1, 1}, {30000});
  EXPECT_THAT(Conv(wide, w, Bias({0, 0}), Plain()), ElementsAre(32767, -32768));
}

// Channels 1 and 10; the first two outputs see the first, the others the second.
TEST(QuantizedConv, GroupsSeeTheirOwnChannels) {
  const Tensor x = Int8({1, 2, 1, 1}, {1, 10});
  const Tensor w = Int8({4, 1, 1, 1}, {1, 2, 3, 4});
  EXPECT_THAT(Conv(x, w, Bias({0, 0, 0, 0}), Plain(2)), ElementsAre(1, 2, 30, 40));
}

// x[r][c] = 5 r + c; four ones, two rows and one column apart; output (r, c) = x[r][2c] +
// x[r][2c+1] + x[r+2][2c] + x[r+2][2c+1] = 20 r + 8 c + 22.
TEST(QuantizedConv, StridesAndDilatesEachDimensionByItsOwn) {
  std::vector<std::int64_t> codes(25);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::int64_t>(i);
  ConvParams params = Plain();
  params.stride = {1, 2};
  params.dilation = {2, 1};
  const Tensor out =
      QuantizedConv(Int8({1, 1, 5, 5}, codes), Int8({1, 1, 2, 2}, {1, 1, 1, 1}), Bias({0}), params);
  EXPECT_THAT(out.sizes, ElementsAre(1, 1, 3, 2));
  EXPECT_THAT(IntegersOf(out), ElementsAre(22, 30, 42, 50, 62, 70));
}

// Taps two apart under a padding of 1: 0 + 2, 1 + 3, 2 + 0.
TEST(QuantizedConv, DilatedTapsMeetThePadding) {
  ConvParams params = Plain();
  params.padding = {1};
  params.dilation = {2};
  const Tensor ones = Int8({1, 1, 2}, {1, 1});
  EXPECT_THAT(Conv(Int8({1, 1, 3}, {1, 2, 3}), ones, Bias({0}), params), ElementsAre(2, 4, 2));
}

// Batches of two, two channels, each with its own weight and bias.
TEST(QuantizedConv, ImagesAndChannelsStayApart) {
  const Tensor x = Int8({2, 2, 1}, {1, 2, 3, 4});
  const Tensor w = Int8({2, 2, 1}, {1, 1, 1, -1});
  EXPECT_THAT(Conv(x, w, Bias({10, 20}), Plain()), ElementsAre(13, 19, 17, 19));
}

// f32(0.3) is above 0.3, and f32(95 * it) above 28.5; 95 * 0.3 in float64 is the tie and gives 28.
TEST(QuantizedConv, ScalesInFloat32) {
  ConvParams params = Plain();
  params.bias_scale = 0.3;
  EXPECT_THAT(Conv(Int8({1, 1, 1}, {95}), Int8({1, 1, 1}, {1}), Bias({0}), params),
              ElementsAre(29));
}

// f32(2^24 + 1) is 2^24, and 2^24 + 1 is rounded to it again: 2.5, a tie that goes to 2. Were the
// bias kept, 2^24 + 2 would stay and give 3.
TEST(QuantizedConv, RoundsTheBiasBeforeTheSum) {
  ConvParams params = Plain();
  params.bias_scale = 2.5 * 0x1p-24;
  const Tensor one = Int8({1, 1, 1}, {1});
  EXPECT_THAT(Conv(one, one, Bias({16777217}), params), ElementsAre(2));
  EXPECT_THAT(Conv(one, one, Bias({16777218}), params), ElementsAre(3));
}

// The largest products that there are, 2^16 of them: 2^48, far above int32.
TEST(QuantizedConv, SumsBeyondInt32) {
  constexpr std::int64_t kChannels = 65536;
  ConvParams params = Plain();
  params.input_zero_point = -32768;
  params.weight_zero_point = -32768;
  params.bias_scale = 0x1p-34;
  const std::vector<std::int64_t> highest(kChannels, 32767);
  const Tensor x = TensorOfIntegers(ScalarType::kInt16, {1, kChannels, 1}, highest);
  // 65536 * 65535^2 / 2^34 = 16383.5 + 2^-18, which float32 holds as 16383.5: a tie, to even.
  EXPECT_THAT(Conv(x, x, Bias({0}), params), ElementsAre(16384));
}

TEST(QuantizedConv, NothingInNothingOut) {
  const Tensor out =
      QuantizedConv(Int8({0, 1, 3}, {}), Int8({2, 1, 2}, {1, 1, 1, 1}), Bias({0, 0}), Plain());
  EXPECT_THAT(out.sizes, ElementsAre(0, 2, 2));
  EXPECT_TRUE(out.bytes.empty());
}

std::string WhyNot(const ConvParams& params,
                   const Tensor& input = Int8({1, 2, 4}, {1, 1, 1, 1, 1, 1, 1, 1}),
                   const Tensor& weight = Int8({2, 2, 2}, {1, 1, 1, 1, 1, 1, 1, 1}),
                   const Tensor& bias = Bias({0, 0})) {
  return Refusal([&] { QuantizedConv(input, weight, bias, params); });
}

TEST(QuantizedConv, RefusesNumbersOutOfRange) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  EXPECT_EQ(WhyNot(Plain()), "");
  for (const std::int64_t groups : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{3}, kHuge}) {
    EXPECT_THAT(WhyNot(Plain(groups)), HasSubstr("groups"));
  }
  for (auto list : {&ConvParams::stride, &ConvParams::padding, &ConvParams::dilation}) {
    for (const std::int64_t number : {std::int64_t{-1}, kHuge, -kHuge}) {
      ConvParams params = Plain();
      params.*list = {number};
      EXPECT_THAT(WhyNot(params), HasSubstr(", not "));
    }
    ConvParams params = Plain();
    params.*list = {};
    EXPECT_THAT(WhyNot(params), HasSubstr("empty"));
  }
  ConvParams params = Plain();
  params.padding = {2147483647};
  EXPECT_THAT(WhyNot(params), HasSubstr("more than 67108864 elements"));
  params.stride = {2147483647};
  EXPECT_EQ(WhyNot(params), "");
  params = Plain();
  params.dilation = {4};
  EXPECT_THAT(WhyNot(params), HasSubstr("does not fit"));
  params = Plain();
  params.out_scale = 0;
  EXPECT_THAT(WhyNot(params), HasSubstr("output scale of 0"));
  params = Plain();
  params.input_zero_point = 128;
  EXPECT_THAT(WhyNot(params), HasSubstr("zero point 128"));
  params = Plain();
  params.weight_zero_point = std::numeric_limits<std::int64_t>::min();
  EXPECT_THAT(WhyNot(params), HasSubstr("a weight of int8"));
}

TEST(QuantizedConv, RefusesTensorsThatDoNotFit) {
  const Tensor x = Int8({1, 2, 4}, {1, 1, 1, 1, 1, 1, 1, 1});
  const Tensor w = Int8({2, 2, 2}, {1, 1, 1, 1, 1, 1, 1, 1});
  const Tensor floats = Tensor::Of<float>(ScalarType::kFloat32, {2}, {0, 0});
  EXPECT_THAT(WhyNot(Plain(), x, w, floats), HasSubstr("a bias of int32, not float32"));
  EXPECT_THAT(WhyNot(Plain(), x, w, Bias({0})), HasSubstr("a bias of 2 numbers"));
  EXPECT_THAT(WhyNot(Plain(), x, Int8({2, 1, 2}, {1, 1, 1, 1})), HasSubstr("weight [2, 1"));
  EXPECT_THAT(WhyNot(Plain(), x, Int8({4, 2}, {1, 1, 1, 1, 1, 1, 1, 1})), HasSubstr("dimensions"));
  EXPECT_THAT(WhyNot(Plain(), x, Int8({2, 2, 0}, {})), HasSubstr("kernel size"));
  EXPECT_THAT(WhyNot(Plain(), Bias({1})), HasSubstr("an input of int32"));
  EXPECT_THAT(WhyNot(Plain(), Tensor::Of<std::uint8_t>(ScalarType::kBool, {1}, {1})),
              HasSubstr("an input of bool"));
  constexpr std::int64_t kHuge = std::int64_t{1} << 31;
  EXPECT_THAT(WhyNot(Plain(), Int8({kHuge, 0, kHuge}, {})), HasSubstr("more than 67108864"));
}

}  // namespace
}  // namespace foldproof::exec
