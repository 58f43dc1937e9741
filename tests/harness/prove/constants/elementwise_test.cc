// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/elementwise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "harness/prove/constants/elementary_functions.h"
#include "tests/harness/prove/constant_node_test.h"

namespace foldproof::prove {
namespace {

using ir::ScalarType;
using ir::ValueId;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

using ElementwiseTest = ConstantNodeTest;

TEST_F(ElementwiseTest, AddRoundsThePythonNumberFirst) {
  const ValueId sum = FloatNode("aten.add.Tensor", {{"self", Floats({1})}, {"other", 1e-5}}, 1);
  EXPECT_EQ(Bits(sum)[0], 0x3f800054u);  // 1e-5 is 83.886 steps of 2^-23: 84
  EXPECT_EQ(Find(sum).Ideal()[0], 1.0 + 1e-5);
}

TEST_F(ElementwiseTest, AlphaThatSomeKernelsFuseIsNoConstant) {
  // f32(0.1) * 3 = 0.3 + 4.470e-9 rounds to 0.3 + 1.192e-8; fused, -2^-27 is left of the sum, and 0
  // otherwise.
  const ValueId sum =
      FloatNode("aten.add.Tensor",
                {{"self", Floats({-(0.1f * 3)})}, {"other", Floats({3})}, {"alpha", 0.1}}, 1);
  EXPECT_THAT(WhyNot(sum), HasSubstr("alpha"));
  // 2 * 3 is exact, fused or not.
  const ValueId twice = FloatNode(
      "aten.sub.Tensor", {{"self", Floats({0.5f})}, {"other", Floats({3})}, {"alpha", 2.0}}, 1);
  EXPECT_EQ(Elements<float>(twice)[0], -5.5f);
}

TEST_F(ElementwiseTest, ZerosOfUnlikeSignHaveNoMaximum) {
  // PyTorch 2.13 gives either, by the order of the operands: max(-0, +0) is -0 and max(+0, -0) +0.
  const ValueId zeros =
      FloatNode("aten.maximum.default", {{"self", Floats({-0.0f})}, {"other", Floats({0.0f})}}, 1);
  EXPECT_THAT(WhyNot(zeros), HasSubstr("-0 and 0"));
  const ValueId like =
      FloatNode("aten.maximum.default", {{"self", Floats({-0.0f})}, {"other", Floats({-0.0f})}}, 1);
  EXPECT_EQ(Bits(like)[0], 0x80000000u);
}

TEST_F(ElementwiseTest, DivisionIsRoundedOnceAndIdealInDouble) {
  const ValueId quotient =
      FloatNode("aten.div.Tensor", {{"self", Floats({1})}, {"other", Floats({3})}}, 1);
  EXPECT_EQ(Bits(quotient)[0], 0x3eaaaaabu);
  EXPECT_EQ(Find(quotient).Ideal()[0], 1.0 / 3.0);
}

TEST_F(ElementwiseTest, FloorDivisionGoesByTheExactRemainder) {
  // f32(0.1) is above 0.1, so 9 of them fit into 1, though f32(1 / f32(0.1)) is 10.
  const ValueId quotient = FloatNode("aten.div.Tensor_mode",
                                     {{"self", Floats({1, -5, 7})},
                                      {"other", Floats({0.1f, 2, -2})},
                                      {"rounding_mode", std::string("floor")}},
                                     3);
  EXPECT_THAT(Elements<float>(quotient), ElementsAre(9, -3, -4));
  const ValueId cut = FloatNode("aten.div.Tensor_mode",
                                {{"self", Floats({-5, 7})},
                                 {"other", Floats({2, -2})},
                                 {"rounding_mode", std::string("trunc")}},
                                2);
  EXPECT_THAT(Elements<float>(cut), ElementsAre(-2, -3));
}

TEST(FloorDivide, TakesTheRemainderOfFmod) {
  // PyTorch's formula with fmod, on multiples and their neighbours, and on any bits.
  const auto expected = [](float a, float b) {
    const float remainder = std::fmod(a, b);
    float quotient = (a - remainder) / b;
    if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(0.0f, a / b);
    const float floored = std::floor(quotient);
    return quotient - floored > 0.5f ? floored + 1 : floored;
  };
  std::mt19937_64 random(1);
  for (int i = 0; i < 300'000; ++i) {
    const std::uint64_t bits = random();
    float a = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    float b = std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32));
    if (i % 2 == 0) {
      b = static_cast<float>(1 + (bits >> 40)) * 0x1p-20f;
      a = static_cast<float>(bits % (1 << (1 + i % 29))) * b;
      a = std::nextafter(a, i % 3 == 0 ? kInf : i % 3 == 1 ? -kInf : a);
    }
    const float floored = FloorDivide(a, b), wanted = expected(a, b);
    if (std::isnan(wanted) || b == 0) continue;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(floored), std::bit_cast<std::uint32_t>(wanted))
        << a << " / " << b;
  }
  EXPECT_EQ(FloorDivide(5, kInf), 0);
}

TEST_F(ElementwiseTest, DivisionByZeroAndNan) {
  const ValueId quotient =
      FloatNode("aten.div.Tensor", {{"self", Floats({1, -1, 0})}, {"other", Floats({0, 0, 0})}}, 3);
  const std::vector<float> got = Elements<float>(quotient);
  EXPECT_EQ(got[0], kInf);
  EXPECT_EQ(got[1], -kInf);
  EXPECT_TRUE(std::isnan(got[2]));
}

TEST_F(ElementwiseTest, MinimumAndMaximumLetNanThrough) {
  const ValueId a = Floats({1, kNan, 2});
  const ValueId b = Floats({2, 1, kNan});
  const auto low =
      Elements<float>(FloatNode("aten.minimum.default", {{"self", a}, {"other", b}}, 3));
  const auto high =
      Elements<float>(FloatNode("aten.maximum.default", {{"self", a}, {"other", b}}, 3));
  EXPECT_EQ(low[0], 1);
  EXPECT_EQ(high[0], 2);
  for (const std::size_t i : {1u, 2u}) EXPECT_TRUE(std::isnan(low[i]) && std::isnan(high[i]));
}

TEST_F(ElementwiseTest, Int8ArithmeticWraps) {
  const ValueId a = Int8s({5, -5, 100});
  const auto elements = [&](const char* target, const ConstantProgram::Arguments& arguments) {
    return Elements<std::int8_t>(Node(target, arguments, ScalarType::kInt8, {3}));
  };
  const std::int64_t two = 2, three = 3, many = 200;
  EXPECT_THAT(elements("aten.add.Tensor", {{"self", a}, {"other", many}}),
              ElementsAre(-51, -61, 44));  // 205 - 256, 195 - 256, 300 - 256
  EXPECT_THAT(elements("aten.mul.Tensor", {{"self", a}, {"other", a}}), ElementsAre(25, 25, 16));
  EXPECT_THAT(elements("aten.add.Tensor", {{"self", a}, {"other", a}, {"alpha", three}}),
              ElementsAre(20, -20, -112));  // 400 - 512
  const std::string floor = "floor", trunc = "trunc";
  EXPECT_THAT(
      elements("aten.div.Tensor_mode", {{"self", a}, {"other", two}, {"rounding_mode", floor}}),
      ElementsAre(2, -3, 50));
  EXPECT_THAT(
      elements("aten.div.Tensor_mode", {{"self", a}, {"other", two}, {"rounding_mode", trunc}}),
      ElementsAre(2, -2, 50));
  EXPECT_THAT(elements("aten.maximum.default", {{"self", a}, {"other", Int8s({6, -7, 0})}}),
              ElementsAre(6, -5, 100));
}

TEST_F(ElementwiseTest, TrueDivisionOfIntegersIsFloat32) {
  const std::int64_t two = 2;
  const ValueId half =
      FloatNode("aten.div.Tensor", {{"self", Int8s({5, -5, 100})}, {"other", two}}, 3);
  EXPECT_THAT(Elements<float>(half), ElementsAre(2.5f, -2.5f, 50.0f));
}

TEST_F(ElementwiseTest, TensorsWithoutDimensionsDoNotWiden) {
  const ValueId seven = Stored<std::int64_t>(ScalarType::kInt64, {}, {7});
  const ValueId narrow = Node("aten.add.Tensor", {{"self", Int8s({5, 125})}, {"other", seven}},
                              ScalarType::kInt8, {2});
  EXPECT_THAT(Elements<std::int8_t>(narrow), ElementsAre(12, -124));
  const ValueId large = Stored<std::int64_t>(ScalarType::kInt64, {}, {16777217});
  const ValueId sum = FloatNode("aten.add.Tensor", {{"self", Floats({0})}, {"other", large}}, 1);
  EXPECT_EQ(Elements<float>(sum)[0], 16777216.0f);  // 2^24 + 1 is no float32
  EXPECT_EQ(Find(sum).Ideal()[0], 16777217.0);
  const ValueId wide = Stored<double>(ScalarType::kFloat64, {}, {0.1});
  const ValueId tenth = FloatNode("aten.mul.Tensor", {{"self", Floats({1})}, {"other", wide}}, 1);
  EXPECT_EQ(Elements<float>(tenth)[0], 0.1f);
}

TEST_F(ElementwiseTest, MixedTypesPromote) {
  const ValueId bytes = Stored<std::uint8_t>(ScalarType::kUInt8, {2}, {255, 1});
  const ValueId sum = Node("aten.add.Tensor", {{"self", Int8s({-128, 1})}, {"other", bytes}},
                           ScalarType::kInt16, {2});
  EXPECT_THAT(Elements<std::int16_t>(sum), ElementsAre(127, 2));
  const ValueId doubles = Stored<double>(ScalarType::kFloat64, {2}, {0.1, 0.2});
  const ValueId product = Node("aten.mul.Tensor", {{"self", Floats({3, 3})}, {"other", doubles}},
                               ScalarType::kFloat64, {2});
  EXPECT_EQ(Elements<double>(product)[0], 3 * 0.1);
}

TEST_F(ElementwiseTest, ShapesBroadcastFromTheLastDimension) {
  const ValueId column = Stored<float>(ScalarType::kFloat32, {2, 1}, {10, 20});
  const ValueId row = Floats({1, 2, 3});
  const ValueId sum =
      Node("aten.add.Tensor", {{"self", column}, {"other", row}}, ScalarType::kFloat32, {2, 3});
  EXPECT_THAT(Elements<float>(sum), ElementsAre(11, 12, 13, 21, 22, 23));
  EXPECT_THAT(Find(sum).Ideal(), ElementsAre(11, 12, 13, 21, 22, 23));
  const ValueId cube = Stored<float>(ScalarType::kFloat32, {2, 1, 2}, {1, 2, 3, 4});
  const ValueId three = Stored<float>(ScalarType::kFloat32, {2, 1}, {100, 200});
  const ValueId mixed =
      Node("aten.sub.Tensor", {{"self", three}, {"other", cube}}, ScalarType::kFloat32, {2, 2, 2});
  EXPECT_THAT(Elements<float>(mixed), ElementsAre(99, 98, 199, 198, 97, 96, 197, 196));
}

// 3 * 700 * 2 elements are four blocks and a bit: a block begins in the middle of a row.
TEST_F(ElementwiseTest, ShapesBroadcastOverManyBlocks) {
  std::vector<float> matrix, middle;
  for (int i = 0; i < 700; ++i) middle.push_back(static_cast<float>(i));
  for (int i = 0; i < 3 * 700 * 2; ++i) matrix.push_back(static_cast<float>(i) * 0.5f);
  const std::vector<std::int64_t> sizes{3, 700, 2};
  const ValueId all = Stored<float>(ScalarType::kFloat32, sizes, matrix);
  const ValueId column = Stored<float>(ScalarType::kFloat32, {700, 1}, middle);
  const ValueId sum =
      Node("aten.add.Tensor", {{"self", column}, {"other", all}}, ScalarType::kFloat32, sizes);
  const ValueId doubled =
      Node("aten.mul.Tensor", {{"self", all}, {"other", 2.0}}, ScalarType::kFloat32, sizes);
  const std::vector<float> sums = Elements<float>(sum), products = Elements<float>(doubled);
  const std::vector<double> ideal = Find(sum).Ideal();
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    ASSERT_EQ(sums[i], matrix[i] + middle[i / 2 % 700]) << i;
    ASSERT_EQ(ideal[i], static_cast<double>(sums[i])) << i;  // exact
    ASSERT_EQ(products[i], matrix[i] * 2) << i;
  }
}

TEST_F(ElementwiseTest, SqrtIsIeeeAndRsqrtRoundsTwice) {
  const ValueId root = FloatNode("aten.sqrt.default", {{"self", Floats({2, -1})}}, 2);
  EXPECT_EQ(Bits(root)[0], 0x3fb504f3u);
  EXPECT_TRUE(std::isnan(Elements<float>(root)[1]));
  EXPECT_EQ(Find(root).Ideal()[0], std::sqrt(2.0));
  const ValueId inverse = FloatNode("aten.rsqrt.default", {{"self", Floats({6})}}, 1);
  EXPECT_EQ(Bits(inverse)[0], 0x3ed105ebu);  // 1 / sqrt(6) rounded once would end in ec
}

TEST_F(ElementwiseTest, FunctionsOfFloats) {
  const ValueId x = Floats({-2, -0.0f, 3});
  const auto elements = [&](const char* target) {
    return Elements<float>(FloatNode(target, {{"self", x}}, 3));
  };
  EXPECT_THAT(elements("aten.relu.default"), ElementsAre(0, 0, 3));
  EXPECT_TRUE(std::signbit(elements("aten.relu.default")[1]));
  EXPECT_THAT(elements("aten.neg.default"), ElementsAre(2, 0, -3));
  EXPECT_THAT(elements("aten.abs.default"), ElementsAre(2, 0, 3));
  EXPECT_THAT(elements("aten.reciprocal.default"), ElementsAre(-0.5f, -kInf, 1 / 3.0f));
}

TEST_F(ElementwiseTest, HardswishRoundsAfterEveryOperation) {
  // As PyTorch 2.13 gives, in the body of a vector and in its rest.
  const ValueId x = Floats({1.1f, -1.7f, 2.9f, -2.3f});
  EXPECT_THAT(Bits(FloatNode("aten.hardswish.default", {{"self", x}}, 4)),
              ElementsAre(0x3f406d3bu, 0xbebc9630u, 0x403681b5u, 0xbe8962fdu));
  EXPECT_THAT(Bits(FloatNode("aten.hardsigmoid.default", {{"self", x}}, 4)),
              ElementsAre(0x3f2eeeefu, 0x3e5dddddu, 0x3f7bbbbcu, 0x3deeeef0u));
}

TEST_F(ElementwiseTest, FunctionsThatBuildsDoNotAgreeOnAreNoConstants) {
  for (const char* target : {"aten.exp.default", "aten.sigmoid.default", "aten.tanh.default"}) {
    EXPECT_THAT(WhyNot(FloatNode(target, {{"self", Floats({1})}}, 1)),
                HasSubstr("from one PyTorch to another"));
  }
  const ValueId wide = Stored<double>(ScalarType::kFloat64, {1}, {2});
  EXPECT_THAT(WhyNot(Node("aten.sqrt.default", {{"self", wide}}, ScalarType::kFloat64, {1})),
              HasSubstr("from one PyTorch to another"));
}

TEST_F(ElementwiseTest, FunctionsOfIntegers) {
  const ValueId x = Int8s({-128, -5, 100});
  const auto codes = [&](const char* target) {
    return Elements<std::int8_t>(Node(target, {{"self", x}}, ScalarType::kInt8, {3}));
  };
  EXPECT_THAT(codes("aten.relu.default"), ElementsAre(0, 0, 100));
  EXPECT_THAT(codes("aten.neg.default"), ElementsAre(-128, 5, -100));  // 128 wraps
  EXPECT_THAT(codes("aten.abs.default"), ElementsAre(-128, 5, 100));
  EXPECT_EQ(Elements<float>(FloatNode("aten.sqrt.default", {{"self", x}}, 3))[2], 10);
}

TEST_F(ElementwiseTest, ClampRoundsItsBoundsAndKeepsNan) {
  const ValueId x = Floats({-3, 0.5f, 7, kNan});
  const ValueId bounded =
      FloatNode("aten.clamp.default", {{"self", x}, {"min", -0.1}, {"max", 6.0}}, 4);
  const auto got = Elements<float>(bounded);
  EXPECT_EQ(got[0], -0.1f);
  EXPECT_EQ(got[1], 0.5f);
  EXPECT_EQ(got[2], 6);
  EXPECT_TRUE(std::isnan(got[3]));
  EXPECT_EQ(Find(bounded).Ideal()[0], -0.1);
  const std::int64_t low = -1, high = 2;
  const ValueId codes =
      Node("aten.clamp.default", {{"self", Int8s({5, -5, 1})}, {"min", low}, {"max", high}},
           ScalarType::kInt8, {3});
  EXPECT_THAT(Elements<std::int8_t>(codes), ElementsAre(2, -1, 1));
}

TEST_F(ElementwiseTest, ClampOfIntegersWithRealBoundsIsNotTakenByItsDeclaredType) {
  // PyTorch's result is float32, whatever is declared.
  for (const ScalarType declared : {ScalarType::kInt8, ScalarType::kFloat32}) {
    const ValueId codes =
        Node("aten.clamp.default", {{"self", Int8s({5, -5, 1})}, {"min", 0.0}, {"max", 6.0}},
             declared, {3});
    EXPECT_THAT(WhyNot(codes), HasSubstr("real bounds"));
  }
}

TEST_F(ElementwiseTest, CastsConvertAsX86) {
  const ValueId x = Floats({1.9f, -1.9f, kNan, 1e10f});
  const ValueId ints =
      Node("aten.to.dtype", {{"self", x}, {"dtype", ScalarType::kInt32}}, ScalarType::kInt32, {4});
  constexpr std::int32_t kLowest = std::numeric_limits<std::int32_t>::min();
  EXPECT_THAT(Elements<std::int32_t>(ints), ElementsAre(1, -1, kLowest, kLowest));
  EXPECT_EQ(Find(ints).Ideal()[0], 1);
  const ValueId doubles = Stored<double>(ScalarType::kFloat64, {1}, {0.1});
  const ValueId narrow = Node("aten.to.dtype", {{"self", doubles}, {"dtype", ScalarType::kFloat32}},
                              ScalarType::kFloat32, {1});
  EXPECT_EQ(Elements<float>(narrow)[0], 0.1f);
  EXPECT_EQ(Find(narrow).Ideal()[0], 0.1);  // the double goes on beside
}

TEST_F(ElementwiseTest, RefusesWhatPyTorchRefuses) {
  const std::int64_t zero = 0;
  const std::string floor = "floor";
  EXPECT_THAT(WhyNot(Node("aten.div.Tensor_mode",
                          {{"self", Int8s({5})}, {"other", zero}, {"rounding_mode", floor}},
                          ScalarType::kInt8, {1})),
              HasSubstr("divided by 0"));
  EXPECT_THAT(
      WhyNot(Node("aten.add.Tensor", {{"self", Int8s({5})}, {"other", Int8s({5})}, {"alpha", 0.5}},
                  ScalarType::kInt8, {1})),
      HasSubstr("alpha"));
  EXPECT_THAT(WhyNot(FloatNode("aten.add.Tensor",
                               {{"self", Floats({1, 2})}, {"other", Floats({1, 2, 3})}}, 3)),
              HasSubstr("broadcast"));
  const ValueId wide = Stored<std::uint16_t>(ScalarType::kUInt16, {1}, {1});
  EXPECT_THAT(
      WhyNot(Node("aten.sub.Tensor", {{"self", wide}, {"other", wide}}, ScalarType::kUInt16, {1})),
      HasSubstr("uint16"));
}

}  // namespace
}  // namespace foldproof::prove
