// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/src/ir/one_node.h"

namespace foldproof::ir {
namespace {

using testing::HasSubstr;

constexpr char kQuantize[] = "quantized_decomposed.quantize_per_tensor.default";
constexpr char kDequantize[] = "quantized_decomposed.dequantize_per_tensor.default";
constexpr char kDequantizeChannels[] = "quantized_decomposed.dequantize_per_channel.default";

std::vector<Argument> PerTensor(double scale, std::int64_t zero_point, std::int64_t quant_min,
                                std::int64_t quant_max, ScalarType dtype) {
  return {{"input", ValueId{0}},    {"scale", scale},         {"zero_point", zero_point},
          {"quant_min", quant_min}, {"quant_max", quant_max}, {"dtype", dtype}};
}

std::vector<Argument> PerChannel(std::int64_t axis) {
  return {{"input", ValueId{0}},
          {"scales", ValueId{1}},
          {"zero_points", ValueId{2}},
          {"axis", axis},
          {"quant_min", std::int64_t{-127}},
          {"quant_max", std::int64_t{127}},
          {"dtype", ScalarType::kInt8}};
}

std::string QuantizeFailure(std::vector<Argument> arguments, TensorType output = Int8({4})) {
  return FailureOf([&] { OneNode(kQuantize, {Float({4})}, std::move(arguments), output); });
}

TEST(DecodeQuantize, ReadsItsParameters) {
  const auto op = Decoded<QuantizePerTensor>(
      kQuantize, {Float({4})}, PerTensor(0.5, -3, -128, 127, ScalarType::kInt8), Int8({4}));
  EXPECT_EQ(op.input, ValueId{0});
  EXPECT_EQ(op.params, (QuantParams{0.5, -3, -128, 127, ScalarType::kInt8}));
}

TEST(DecodeQuantize, ReadsArgumentsInAnyOrder) {
  auto arguments = PerTensor(0.5, 7, 0, 127, ScalarType::kInt8);
  std::swap(arguments[2], arguments[4]);
  const auto op = Decoded<QuantizePerTensor>(kQuantize, {Float({4})}, arguments, Int8({4}));
  EXPECT_EQ(op.params.zero_point, 7);
  EXPECT_EQ(op.params.quant_max, 127);
}

TEST(DecodeQuantize, RefusesAScaleThatIsNone) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double scale : {0.0, -0.0, kInfinity, -kInfinity, std::nan("")}) {
    EXPECT_THAT(QuantizeFailure(PerTensor(scale, 0, -128, 127, ScalarType::kInt8)),
                HasSubstr("node: quantized_decomposed.quantize_per_tensor.default: the scale"));
  }
}

// PyTorch 2.13 quantizes 1 at scale -0.5 and zero point 3 to 1, and reads 1 as 1.
TEST(DecodeQuantize, LeavesANegativeScaleOpaque) {
  Decoded<Opaque>(kQuantize, {Float({4})}, PerTensor(-0.5, 3, -128, 127, ScalarType::kInt8),
                  Int8({4}));
  Decoded<Opaque>(kDequantize, {Int8({4})}, PerTensor(-0.5, 3, -128, 127, ScalarType::kInt8),
                  Float({4}));
}

TEST(DecodeQuantize, TakesTheSmallestScale) {
  const double tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(QuantizeFailure(PerTensor(tiny, 0, -128, 127, ScalarType::kInt8)), "no error");
}

TEST(DecodeQuantize, RefusesARangeThatIsNone) {
  EXPECT_THAT(QuantizeFailure(PerTensor(1, 0, 5, 4, ScalarType::kInt8)),
              HasSubstr("quant_min is above quant_max, 5 to 4"));
  EXPECT_THAT(QuantizeFailure(PerTensor(1, 0, -129, 127, ScalarType::kInt8)),
              HasSubstr("the range -129 to 127 is outside int8"));
  EXPECT_THAT(QuantizeFailure(PerTensor(1, 0, -128, 128, ScalarType::kInt8)),
              HasSubstr("outside int8"));
}

TEST(DecodeQuantize, RefusesAZeroPointOutsideInt32) {
  EXPECT_THAT(QuantizeFailure(PerTensor(1, std::int64_t{1} << 31, -128, 127, ScalarType::kInt8)),
              HasSubstr("does not fit into int32"));
  EXPECT_EQ(QuantizeFailure(PerTensor(1, -(std::int64_t{1} << 31), -128, 127, ScalarType::kInt8)),
            "no error");
}

TEST(DecodeQuantize, RefusesTypesThatHoldNoCodes) {
  for (const ScalarType dtype : {ScalarType::kFloat32, ScalarType::kInt64, ScalarType::kBool}) {
    EXPECT_THAT(QuantizeFailure(PerTensor(1, 0, 0, 1, dtype)), HasSubstr("holds no codes"));
  }
}

TEST(DecodeQuantize, LeavesFloat8Opaque) {
  Decoded<Opaque>(kQuantize, {Float({4})}, PerTensor(1, 0, -448, 448, ScalarType::kFloat8E4M3FN),
                  MakeTensorType(ScalarType::kFloat8E4M3FN, {4}));
}

TEST(DecodeQuantize, RefusesAnOutputOfAnotherType) {
  EXPECT_THAT(QuantizeFailure(PerTensor(1, 0, 0, 255, ScalarType::kUInt8), Int8({4})),
              HasSubstr("its output is declared int8"));
}

TEST(DecodeQuantize, NamesAMissingArgument) {
  auto arguments = PerTensor(1, 0, -128, 127, ScalarType::kInt8);
  arguments.erase(arguments.begin() + 1);
  EXPECT_THAT(QuantizeFailure(arguments), HasSubstr("argument 'scale' is missing"));
}

TEST(DecodeQuantize, NamesAnArgumentOfAnotherType) {
  auto arguments = PerTensor(1, 0, -128, 127, ScalarType::kInt8);
  arguments[1].value = std::string("0.5");
  EXPECT_THAT(QuantizeFailure(arguments), HasSubstr("argument 'scale' must be a number"));
}

TEST(DecodeQuantize, LeavesTensorParametersOpaque) {
  Decoded<Opaque>("quantized_decomposed.quantize_per_tensor.tensor", {Float({4}), Float({1})},
                  {{"input", ValueId{0}}, {"scale", ValueId{1}}}, Int8({4}));
}

TEST(DecodeDequantize, ReadsItsParameters) {
  const auto op = Decoded<DequantizePerTensor>(
      kDequantize, {Int8({4})}, PerTensor(0.25, 9, -128, 127, ScalarType::kInt8), Float({4}));
  EXPECT_EQ(op.params, (QuantParams{0.25, 9, -128, 127, ScalarType::kInt8}));
}

TEST(DecodeDequantize, RefusesCodesOfAnotherType) {
  EXPECT_THAT(FailureOf([] {
                OneNode(kDequantize, {Int8({4})}, PerTensor(1, 0, 0, 255, ScalarType::kUInt8),
                        Float({4}));
              }),
              HasSubstr("takes uint8, but its input is int8"));
}

TEST(DecodeDequantize, LeavesAnotherOutputTypeOpaque) {
  auto arguments = PerTensor(1, 0, -128, 127, ScalarType::kInt8);
  arguments.push_back({"out_dtype", ScalarType::kFloat16, true});
  Decoded<Opaque>(kDequantize, {Int8({4})}, arguments, MakeTensorType(ScalarType::kFloat16, {4}));
}

TEST(DecodePerChannel, CountsTheAxisFromTheFront) {
  const auto op = Decoded<DequantizePerChannel>(
      kDequantizeChannels, {Int8({8, 3, 3}), Float({8}), MakeTensorType(ScalarType::kInt64, {8})},
      PerChannel(-3), Float({8, 3, 3}));
  EXPECT_EQ(op.params.axis, 0);
  EXPECT_EQ(op.params.scales, ValueId{1});
  EXPECT_EQ(op.params.zero_points, ValueId{2});
}

TEST(DecodePerChannel, NeedsNoZeroPoints) {
  auto arguments = PerChannel(0);
  arguments[2].value = None{};
  const auto op = Decoded<DequantizePerChannel>(kDequantizeChannels, {Int8({8, 3}), Float({8})},
                                                arguments, Float({8, 3}));
  EXPECT_FALSE(op.params.zero_points.has_value());
}

TEST(DecodePerChannel, RefusesScalesThatDoNotMatch) {
  const auto failure = [](std::int64_t axis) {
    return FailureOf([&] {
      OneNode(kDequantizeChannels, {Int8({8, 3}), Float({8}), Float({8})}, PerChannel(axis),
              Float({8, 3}));
    });
  };
  EXPECT_EQ(failure(0), "no error");
  EXPECT_THAT(failure(1), HasSubstr("scales of type float32[8] for 3 channels"));
  EXPECT_THAT(failure(2), HasSubstr("dimension 2 of a tensor of rank 2"));
}

}  // namespace
}  // namespace foldproof::ir
