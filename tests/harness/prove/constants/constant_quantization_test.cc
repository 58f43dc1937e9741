// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/constant_quantization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace foldproof::prove {
namespace {

using exec::Tensor;
using ir::ScalarType;
using testing::ElementsAre;

constexpr std::int64_t kLowest32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kHighest32 = std::numeric_limits<std::int32_t>::max();

template <typename T>
ConstantValue Value(ScalarType dtype, std::vector<std::int64_t> sizes,
                    const std::vector<T>& elements) {
  return {Tensor::Of(dtype, std::move(sizes), elements)};
}

ConstantValue Floats(const std::vector<float>& elements) {
  return Value(ScalarType::kFloat32, {static_cast<std::int64_t>(elements.size())}, elements);
}

ConstantValue Int32s(const std::vector<std::int32_t>& elements) {
  return Value(ScalarType::kInt32, {static_cast<std::int64_t>(elements.size())}, elements);
}

constexpr ir::QuantParams kInt8{0.5, 3, -128, 127, ScalarType::kInt8};

ir::ChannelQuantParams Channelwise(ScalarType dtype, std::int64_t axis = 0) {
  return {{}, std::nullopt, axis, ir::LowestOf(dtype), ir::HighestOf(dtype), dtype};
}

TEST(ConstantQuantization, TiesGoToEvenThenClamp) {
  // x / 0.5 = 0.5 1.5 -0.5 2.5 1e9, even: 0 2 -0 2, plus 3; the last clamps. NaN is code 0.
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const ConstantValue out =
      EvaluateQuantize(kInt8, Floats({0.25f, 0.75f, -0.25f, 1.25f, 5e8f, nan}));
  EXPECT_THAT(out.value.Elements<std::int8_t>(), ElementsAre(3, 5, 3, 5, 127, 0));
  EXPECT_THAT(out.Ideal(), ElementsAre(3, 5, 3, 5, 127, 0));  // codes stay
}

TEST(ConstantQuantization, TheReciprocalIsTakenInDouble) {
  // f32(1 / 0.0123) is a step below 1 / f32(0.0123): 81300808, a step of 8 below 81300816.
  const ir::QuantParams params{0.0123, 0, kLowest32, kHighest32, ScalarType::kInt32};
  const ConstantValue out = EvaluateQuantize(params, Floats({1e6f, 1e30f}));
  EXPECT_THAT(out.value.Elements<std::int32_t>(), ElementsAre(81300808, kLowest32));  // 2^31 wraps
}

TEST(ConstantQuantization, DequantizeRoundsTheCodeFirst) {
  const ir::QuantParams params{3.0, 0, kLowest32, kHighest32, ScalarType::kInt32};
  const ConstantValue out = EvaluateDequantize(params, Int32s({16777217}));
  EXPECT_EQ(out.value.Elements<float>()[0], 50331648.0f);  // 2^24 * 3
  EXPECT_EQ(out.Ideal()[0], 50331651.0);
}

TEST(ConstantQuantization, DequantizeIdealTakesTheScaleInDouble) {
  const ir::QuantParams params{0.1, -1, -128, 127, ScalarType::kInt8};
  const ConstantValue out =
      EvaluateDequantize(params, Value<std::int8_t>(ScalarType::kInt8, {1}, {2}));
  EXPECT_EQ(out.value.Elements<float>()[0], 3.0f * 0.1f);
  EXPECT_EQ(out.Ideal()[0], 3 * 0.1);
}

TEST(ConstantQuantization, PerChannelScalesOfFloat64QuantizeInDouble) {
  // 0.35 as float32 is 0.3499999940: in double 3.4999999 becomes 3; times f32(10) it is 3.5, so 4.
  const ConstantValue x = Value<float>(ScalarType::kFloat32, {1, 1}, {0.35f});
  const ConstantValue zero = Value<std::int64_t>(ScalarType::kInt64, {1}, {0});
  const ConstantValue narrow = Floats({0.1f});
  const ConstantValue wide = Value<double>(ScalarType::kFloat64, {1}, {0.1});
  const auto code = [&](const ConstantValue& scales) {
    return EvaluateQuantizePerChannel(Channelwise(ScalarType::kInt8), {&scales, &zero, 0}, x)
        .value.Elements<std::int8_t>()[0];
  };
  EXPECT_EQ(code(wide), 3);
  EXPECT_EQ(code(narrow), 4);
}

TEST(ConstantQuantization, PerChannelFollowsItsAxis) {
  const ConstantValue x = Value<float>(ScalarType::kFloat32, {2, 3}, {1, 1, 1, -1, -1, -1});
  const ConstantValue scales = Floats({1, 0.5f, 0.25f});
  const ConstantValue zeros = Value<std::int64_t>(ScalarType::kInt64, {3}, {0, 10, -20});
  const ConstantValue codes =
      EvaluateQuantizePerChannel(Channelwise(ScalarType::kInt8, 1), {&scales, &zeros, 1}, x);
  EXPECT_THAT(codes.value.Elements<std::int8_t>(), ElementsAre(1, 12, -16, -1, 8, -24));
  const ConstantValue back =
      EvaluateDequantizePerChannel(Channelwise(ScalarType::kInt8, 1), {&scales, &zeros, 1}, codes);
  EXPECT_THAT(back.value.Elements<float>(), ElementsAre(1, 1, 1, -1, -1, -1));
}

// 5 * 300 elements are a block and a half, which begins in the middle of a row.
TEST(ConstantQuantization, PerChannelFollowsItsAxisOverBlocks) {
  std::vector<float> numbers, steps;
  std::vector<std::int64_t> shifts;
  for (int c = 0; c < 300; ++c) {
    steps.push_back(c % 2 == 0 ? 0.5f : 0.25f);
    shifts.push_back(c % 7);
  }
  for (int i = 0; i < 1500; ++i) numbers.push_back(static_cast<float>(i % 11 - 5) * 0.5f);
  const ConstantValue x = Value<float>(ScalarType::kFloat32, {5, 300}, numbers);
  const ConstantValue scales = Floats(steps);
  const ConstantValue zeros = Value<std::int64_t>(ScalarType::kInt64, {300}, shifts);
  const ir::ChannelQuantParams params = Channelwise(ScalarType::kInt8, 1);
  const ConstantValue codes = EvaluateQuantizePerChannel(params, {&scales, &zeros, 1}, x);
  const ConstantValue back = EvaluateDequantizePerChannel(params, {&scales, &zeros, 1}, codes);
  const auto quantized = codes.value.Elements<std::int8_t>();
  for (int i = 0; i < 1500; ++i) {  // multiples of a half: no code is rounded
    const int c = i % 300;
    ASSERT_EQ(quantized[i], (i % 11 - 5) * (c % 2 == 0 ? 1 : 2) + c % 7) << i;
  }
  EXPECT_EQ(back.value, x.value);
  EXPECT_EQ(back.Ideal(), x.Ideal());
}

TEST(ConstantQuantization, PerChannelInt8ZeroPointsWrap) {
  const ConstantValue codes = Value<std::int8_t>(ScalarType::kInt8, {1}, {127});
  const ConstantValue scales = Floats({0.5f});
  const auto number = [&](const ConstantValue& zero_points) {
    return EvaluateDequantizePerChannel(Channelwise(ScalarType::kInt8), {&scales, &zero_points, 0},
                                        codes);
  };
  const auto narrow = Value<std::int8_t>(ScalarType::kInt8, {1}, {-128});
  EXPECT_EQ(number(narrow).value.Elements<float>()[0], -0.5f);  // 127 + 128 = 255 is -1 in int8
  EXPECT_EQ(number(narrow).Ideal()[0], -0.5);
  const auto wide = Value<std::int64_t>(ScalarType::kInt64, {1}, {-128});
  EXPECT_EQ(number(wide).value.Elements<float>()[0], 127.5f);
  EXPECT_EQ(number(Floats({-128})).value.Elements<float>()[0], 127.5f);
}

TEST(ConstantQuantization, PerChannelDoubleScalesRoundOnce) {
  const ConstantValue codes = Int32s({16777217});
  const ConstantValue zero = Value<std::int64_t>(ScalarType::kInt64, {1}, {0});
  const ConstantValue wide = Value<double>(ScalarType::kFloat64, {1}, {3.0});
  const ConstantValue narrow = Floats({3});
  const auto number = [&](const ConstantValue& scales) {
    return EvaluateDequantizePerChannel(Channelwise(ScalarType::kInt32), {&scales, &zero, 0}, codes)
        .value.Elements<float>()[0];
  };
  EXPECT_EQ(number(wide), 50331652.0f);    // 50331651 to the next multiple of 4
  EXPECT_EQ(number(narrow), 50331648.0f);  // 2^24 * 3
}

TEST(ConstantQuantization, PerChannelWithoutZeroPoints) {
  const ConstantValue codes = Value<std::int8_t>(ScalarType::kInt8, {2}, {127, -3});
  const ConstantValue scales = Floats({0.5f, 2});
  const ConstantValue out =
      EvaluateDequantizePerChannel(Channelwise(ScalarType::kInt8), {&scales, nullptr, 0}, codes);
  EXPECT_THAT(out.value.Elements<float>(), ElementsAre(63.5f, -6));
}

TEST(ConstantQuantization, RefusesScalesThatAreNotOneAChannel) {
  const ConstantValue codes = Value<std::int8_t>(ScalarType::kInt8, {2}, {1, 1});
  const ConstantValue scales = Floats({0.5f});
  EXPECT_THROW(
      EvaluateDequantizePerChannel(Channelwise(ScalarType::kInt8), {&scales, nullptr, 0}, codes),
      NotEvaluated);
  EXPECT_THROW(EvaluateDequantize(kInt8, Int32s({1})), NotEvaluated);  // int32 codes, int8 declared
}

}  // namespace
}  // namespace foldproof::prove
