// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/code_range.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "harness/prove/conv/conv_reach.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

using Make = ir::ValueId (*)(ConvProgram&);

// The integers of a second conv, with weights `row`, whose input is what `make` computes,
// quantized.
ConvSide SecondOf(Make make, const ir::QuantParams& params, const std::vector<std::int16_t>& row) {
  ConvProgram p(ConvSpec{});
  const ir::ValueId input = p.Step(make(p), params);
  ConvSpec spec;
  spec.weights = {row};
  const ir::ValueId weight = p.AddWeight(spec);
  const ir::ValueId second = p.nodes().Node(
      "second", "aten.conv2d.default", {{"input", input}, {"weight", weight}, {"bias", ir::None{}}},
      ir::ScalarType::kFloat32, {1, 1, 1, 1});
  const ir::Program program = p.Return({second});
  const Side side(program);
  ConvSideOrReason read = ReadConvSide(side.view, side.constants,
                                       program.graph.node(*program.graph.FindNode("second")));
  EXPECT_TRUE(read.side) << read.reason;
  ConvSide out = std::move(*read.side);
  // The codes lie in the program, which ends here.
  out.weights.Own({out.weights.bytes.begin(), out.weights.bytes.end()});
  return out;
}

TapRange RangeOf(Make make, const ir::QuantParams& params) {
  return SecondOf(make, params, {1}).input_range;
}

ir::ValueId Plain(ConvProgram& p) { return p.x(); }
ir::ValueId Relu(ConvProgram& p) { return p.Call("aten.relu.default", p.x()); }
ir::ValueId Clamped(ConvProgram& p) {
  return p.Call("aten.clamp.default", p.x(), {{"min", -2.0}, {"max", 3.4}});
}
ir::ValueId Coarse(ConvProgram& p) {
  return p.Step(p.x(), {16.0, 0, -4, 3, ir::ScalarType::kInt8});  // -64, -48, ..., 48
}

TEST(CodeRange, AnInputOfTheProgramTakesAllCodes) {
  EXPECT_EQ(RangeOf(Plain, Int8(1.0, 0)).low, -128);
  EXPECT_EQ(RangeOf(Plain, Int8(1.0, 0)).high, 127);
}

TEST(CodeRange, BehindAReluThereAreNoNegativeOnes) {
  EXPECT_EQ(RangeOf(Relu, Int8(1.0, 0)).low, 0);
  EXPECT_EQ(RangeOf(Relu, Int8(1.0, 0)).high, 127);
  EXPECT_EQ(RangeOf(Relu, Int8(1.0, -128)).low, 0);  // code -128 stands for 0
}

TEST(CodeRange, NanBecomesCodeZeroThroughARelu) {
  // 0 is code 10; NaN is code 0, which stands for -10.
  EXPECT_EQ(RangeOf(Relu, UInt8(1.0, 10)).low, -10);
  EXPECT_EQ(RangeOf(Relu, UInt8(1.0, 10)).high, 245);
  // Outside of the quantizer's own range, too: codes 10 to 20, and 0.
  EXPECT_EQ(RangeOf(Plain, {1.0, 0, 10, 20, ir::ScalarType::kUInt8}).low, 0);
}

// Codes 1 to 9 are none of any input, and no sum of theirs occurs.
TEST(CodeRange, BetweenTheCodeOfNanAndThoseOfNumbersIsNone) {
  const ir::QuantParams away{1.0, 0, 10, 20, ir::ScalarType::kUInt8};
  const ConvSide side = SecondOf(Plain, away, {1});
  EXPECT_EQ(side.input_range.low, 0);
  EXPECT_EQ(side.input_range.high, 20);
  EXPECT_EQ(side.numbers.low, 10);
  EXPECT_EQ(side.numbers.high, 20);
  EXPECT_FALSE(ReachOf(side, 0, Reach::kExact).exact());
  EXPECT_EQ(ReachOf(side, 0, Reach::kExact).lo(), 0);
  const TapAnswer between = FindTapsAnywhere(side, 0, 1, 9, 5);
  EXPECT_FALSE(between.found || between.none);
  EXPECT_TRUE(FindTapsAnywhere(side, 0, 5, 12, 5).found);
  // Through another quantizer, too: its floats are 0 and 10 to 20.
  const Make stepped = [](ConvProgram& p) {
    return p.Step(p.x(), {1.0, 0, 10, 20, ir::ScalarType::kUInt8});
  };
  EXPECT_EQ(SecondOf(stepped, Int8(0.5, 0), {1}).input_range.low, 0);
  EXPECT_EQ(SecondOf(stepped, Int8(0.5, 0), {1}).numbers.low, 20);
  EXPECT_TRUE(SecondOf(Relu, Int8(1.0, 0), {1}).HasAllNumbers());
}

TEST(CodeRange, AClampBoundsTheCodes) {
  EXPECT_EQ(RangeOf(Clamped, Int8(1.0, 0)).low, -2);
  EXPECT_EQ(RangeOf(Clamped, Int8(1.0, 0)).high, 3);  // rint(3.4)
}

// Of -2 to 3.4 the negative is -3.4 to 2.
TEST(CodeRange, ANegativeTurnsTheRange) {
  const Make negative = [](ConvProgram& p) { return p.Call("aten.neg.default", Clamped(p)); };
  EXPECT_EQ(RangeOf(negative, Int8(1.0, 0)).low, -3);
  EXPECT_EQ(RangeOf(negative, Int8(1.0, 0)).high, 2);
}

TEST(CodeRange, AnotherQuantizerBoundsTheCodes) {
  EXPECT_EQ(RangeOf(Coarse, Int8(1.0, 0)).low, -64);
  EXPECT_EQ(RangeOf(Coarse, Int8(1.0, 0)).high, 48);
}

// Codes -128 to 127 of scale 1 and 0 to 255 of scale 1/2, and what `make` makes of their floats.
FloatRange NumbersBehind(
    const std::function<ir::ValueId(ConvProgram&, ir::ValueId, ir::ValueId)>& make) {
  ConvProgram p(ConvSpec{});
  const ir::ValueId a = p.Step(p.x(), Int8(1.0, 0));
  const ir::ValueId b = p.Step(p.Call("aten.tan.default", p.x()), UInt8(0.5, 0));
  const ir::ValueId made = make(p, a, b);
  const ir::Program program = p.Return({made});
  const Side side(program);
  return NumbersOf(side.view, made, Inputs::kAny);
}
FloatRange NumbersOfBinary(const std::string& target, const ConvProgram::Arguments& more = {}) {
  return NumbersBehind([&](ConvProgram& p, ir::ValueId a, ir::ValueId b) {
    ConvProgram::Arguments all{{"other", b}};
    all.insert(all.end(), more.begin(), more.end());
    return p.Call(target, a, all);
  });
}
void ExpectNumbers(const FloatRange& range, float low, float high) {
  EXPECT_EQ(range.low, low);
  EXPECT_EQ(range.high, high);
  EXPECT_FALSE(range.nan);
}

TEST(CodeRange, SumsAndProductsOfDequantizedTensorsAreBoundedByTheirCodes) {
  ExpectNumbers(NumbersOfBinary("aten.add.Tensor"), -128, 254.5f);
  ExpectNumbers(NumbersOfBinary("aten.sub.Tensor"), -255.5f, 127);
  ExpectNumbers(NumbersOfBinary("aten.mul.Tensor"), -128 * 127.5f, 127 * 127.5f);
  ExpectNumbers(NumbersOfBinary("aten.maximum.default"), 0, 127.5f);
  ExpectNumbers(NumbersOfBinary("aten.minimum.default"), -128, 127);
  // A kernel may round alpha and its product, or not: 127.5 / 3 = 42.5.
  const FloatRange third = NumbersOfBinary("aten.add.Tensor", {{"alpha", 1.0 / 3}});
  EXPECT_EQ(third.low, -128);
  EXPECT_GE(third.high, 169.5f);
  EXPECT_LT(third.high, 169.5001f);
  ExpectNumbers(NumbersBehind([](ConvProgram& p, ir::ValueId a, ir::ValueId b) {
                  return p.nodes().Node(
                      "cat", "aten.cat.default",
                      {{"tensors", std::vector<ir::ValueId>{a, b}}, {"dim", std::int64_t{1}}},
                      ir::ScalarType::kFloat32, {1, 2, 1, 1});
                }),
                -128, 127.5f);
}

TEST(CodeRange, AQuotientOrASumWithAnythingMayBeAnything) {
  EXPECT_EQ(NumbersOfBinary("aten.div.Tensor").high, std::numeric_limits<float>::infinity());
  const FloatRange any = NumbersBehind([](ConvProgram& p, ir::ValueId a, ir::ValueId) {
    return p.Call("aten.add.Tensor", a, {{"other", p.x()}});
  });
  EXPECT_EQ(any.low, -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(any.nan);
}

ir::ValueId Twice(ConvProgram& p) {
  return p.nodes().Node(
      "cat", "aten.cat.default",
      {{"tensors", std::vector<ir::ValueId>{p.x(), p.x()}}, {"dim", std::int64_t{1}}},
      ir::ScalarType::kFloat32, {1, 2, 1, 1});
}

ir::ValueId WithRelu(ConvProgram& p) {
  return p.nodes().Node(
      "cat", "aten.cat.default",
      {{"tensors", std::vector<ir::ValueId>{p.x(), p.Call("aten.relu.default", p.x())}},
       {"dim", std::int64_t{1}}},
      ir::ScalarType::kFloat32, {1, 2, 1, 1});
}

TEST(SharedElements, AreTold) {
  EXPECT_FALSE(SecondOf(Plain, Int8(1.0, 0), {1}).reads_padded);
  EXPECT_TRUE(SecondOf(Twice, Int8(1.0, 0), {3, -3}).reads_padded);
  // An element and a function of it are two.
  EXPECT_FALSE(SecondOf(WithRelu, Int8(1.0, 0), {3, -3}).reads_padded);
}

// The integers of a conv on what `target` makes of x twice, on images whose height is a symbol.
bool MayShareAtAnySize(bool copies) {
  ConvProgram p(ConvSpec{});
  ir::Graph& graph = p.nodes().program().graph;
  const auto add = [&](const std::string& name, const std::string& target,
                       const std::vector<ir::Argument>& arguments, ir::ScalarType dtype) {
    ir::TensorType type = ir::MakeTensorType(dtype, {1, 2, 1, 1});
    type.dims[2] = {-1, "s0", 1};
    return graph.node(graph.Append(name, target, arguments, {{name, type}})).outputs[0];
  };
  const auto params = [](ir::ValueId read) {
    return std::vector<ir::Argument>{{"input", read, false},
                                     {"scale", 1.0, false},
                                     {"zero_point", std::int64_t{0}, false},
                                     {"quant_min", std::int64_t{-128}, false},
                                     {"quant_max", std::int64_t{127}, false},
                                     {"dtype", ir::ScalarType::kInt8, false}};
  };
  const ir::ValueId made =
      copies ? add("cat", "aten.cat.default",
                   {{"tensors", std::vector<ir::ValueId>{p.x(), p.x()}, false},
                    {"dim", std::int64_t{1}, false}},
                   ir::ScalarType::kFloat32)
             : add("relu", "aten.relu.default", {{"self", p.x(), false}}, ir::ScalarType::kFloat32);
  const ir::ValueId codes = add("q", "quantized_decomposed.quantize_per_tensor.default",
                                params(made), ir::ScalarType::kInt8);
  const ir::ValueId read = add("dq", "quantized_decomposed.dequantize_per_tensor.default",
                               params(codes), ir::ScalarType::kFloat32);
  ConvSpec spec;
  spec.weights = {{3, -3}};
  const ir::ValueId weight = p.AddWeight(spec);
  const ir::ValueId second =
      add("second", "aten.conv2d.default", {{"input", read, false}, {"weight", weight, false}},
          ir::ScalarType::kFloat32);
  const ir::Program program = p.Return({second});
  const Side side(program);
  const ConvSideOrReason found = ReadConvSide(
      side.view, side.constants, program.graph.node(*program.graph.FindNode("second")));
  EXPECT_TRUE(found.side) << found.reason;
  return found.side && found.side->reads_padded;
}

TEST(SharedElements, AreToldWhereTheirSizesAreNotKnown) {
  EXPECT_TRUE(MayShareAtAnySize(true));
  EXPECT_FALSE(MayShareAtAnySize(false));
}

}  // namespace
}  // namespace foldproof::prove
