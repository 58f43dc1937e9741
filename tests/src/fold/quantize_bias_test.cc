// SPDX-License-Identifier: BSD-3-Clause
//
// Folds, DoesNotFold… of the pass for biases. Scales are powers of two, so that each code is a
// quotient that a reader can do.
#include "src/fold/quantize_bias.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "src/fold/quantized_conv.h"
#include "tests/src/fold/chain_program.h"
#include "tests/src/fold/judge.h"

namespace foldproof::fold {
namespace {

using testing::ElementsAre;

struct Prepared {
  ir::Program program;
  ir::PassReport report;
};

Prepared Prepare(ir::Program program, const QuantizeBias::Options& options = {}) {
  ir::Editor editor(std::move(program));
  ir::PassReport report = QuantizeBias(options).Run(editor);
  return {std::move(editor).Finish(), std::move(report)};
}

// conv(x, w, bias) -> quantize -> dequantize, weights at 2^-6 per channel, input at 2^-4.
ConvSpec Spec(std::optional<std::vector<float>> bias) {
  return {{{3, -2, 5}, {-4, 7, 1}}, Int8(0.0625, 5), {0.015625f, 0.03125f}, std::move(bias)};
}
ir::Program Quantized(std::optional<std::vector<float>> bias) {
  ConvProgram program(Spec(std::move(bias)));
  return program.Return({program.Step(program.conv(), Int8(0.0625, 0))});
}

std::optional<QuantizedBias> BiasOf(const ir::Program& program, std::size_t which = 0) {
  for (const ir::Node& node : program.graph.nodes()) {
    const auto* conv = std::get_if<ir::Convolution>(&node.op);
    if (conv == nullptr || which-- > 0) continue;
    return conv->bias ? ReadQuantizedBias(program, *conv->bias) : std::nullopt;
  }
  return std::nullopt;
}

TEST(QuantizeBiasFolds, AMissingBiasIntoZeros) {
  const Prepared done = Prepare(Quantized(std::nullopt));
  const auto bias = BiasOf(done.program);
  ASSERT_TRUE(bias);
  EXPECT_THAT(bias->values, ElementsAre(0, 0));
  EXPECT_EQ(Judge(Quantized(std::nullopt), done.program).verdict, prove::Verdict::kEqual);
}

// Channel scales 2^-10 and 2^-9: 0.5 is 512 of one and -0.25 is -128 of the other.
TEST(QuantizeBiasFolds, AFloatBiasPerChannel) {
  const auto bias = BiasOf(Prepare(Quantized({{0.5f, -0.25f}})).program);
  ASSERT_TRUE(bias);
  EXPECT_THAT(bias->values, ElementsAre(512, -128));
  EXPECT_THAT(bias->scales, ElementsAre(1.0 / 1024, 1.0 / 512));
}

// Half a step: 512.5 goes to the even 512, 513.5 to 514.
TEST(QuantizeBiasFolds, TiesToEven) {
  const auto bias = BiasOf(Prepare(Quantized({{512.5f / 1024, 513.5f / 512}})).program);
  EXPECT_THAT(bias->values, ElementsAre(512, 514));
}

// The second convolution keeps reading floats until its own bias is made of them.
TEST(QuantizeBiasFolds, ASharedBiasIntoOneEach) {
  ConvProgram program(Spec({{0.5f, -0.25f}}));
  ir::Graph& graph = program.nodes().program().graph;
  const auto& first = std::get<ir::Convolution>(graph.ProducerOf(program.conv())->op);
  ConvSpec other = Spec(std::nullopt);
  other.weight_scales = {0.03125f, 0.015625f};
  const ir::ValueId second = program.AddConvOf(program.AddWeight(other), *first.bias);
  const ir::QuantParams params = Int8(0.0625, 0);
  const ir::Program before =
      program.Return({program.Step(program.conv(), params), program.Step(second, params)});
  const Prepared done = Prepare(before);
  EXPECT_THAT(BiasOf(done.program, 0)->values, ElementsAre(512, -128));
  EXPECT_THAT(BiasOf(done.program, 1)->values, ElementsAre(256, -256));
}

TEST(QuantizeBiasFolds, SymmetricallyWhereAsked) {
  QuantizeBias::Options options;
  options.symmetric = true;
  EXPECT_EQ(BiasOf(Prepare(Quantized(std::nullopt), options).program)->quant_min, -2147483647LL);
}

TEST(QuantizeBiasFolds, Once) {
  const Prepared once = Prepare(Quantized({{0.5f, -0.25f}}));
  EXPECT_FALSE(Prepare(once.program).report.changed());
}

TEST(QuantizeBiasDoesNotFold, WhatDoesNotFit) {
  const Prepared done = Prepare(Quantized({{2097153.0f, 0.0f}}));  // 2^21 + 1 at 2^-10
  EXPECT_FALSE(done.report.changed());
  EXPECT_EQ(done.report.missed.front().rule, "bias-clamp");
}

TEST(QuantizeBiasDoesNotFold, WhatIsNotFinite) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const Prepared done = Prepare(Quantized({{value, 0.0f}}));
    EXPECT_EQ(done.report.missed.front().rule, "nonfinite");
  }
}

// Rounding the bias of a convolution whose value nobody quantizes would be loss alone.
TEST(QuantizeBiasDoesNotFold, WhereNoQuantizerFollows) {
  ConvProgram program(Spec({{0.5f, -0.25f}}));
  const Prepared done = Prepare(program.Return({program.conv()}));
  EXPECT_FALSE(done.report.changed());
  EXPECT_TRUE(done.report.missed.empty());
}

TEST(QuantizeBiasDoesNotFold, AMissingBiasWhereThatIsNotWanted) {
  QuantizeBias::Options options;
  options.default_zero_bias = false;
  EXPECT_FALSE(Prepare(Quantized(std::nullopt), options).report.changed());
}

// A transposed convolution of two groups: weight [4 inputs, 3 of a group's channels, 1, 1], one
// scale for each of the three; both groups use the same ones.
TEST(ReadQuantizedConv, KnowsTheChannelsOfATransposedConvolutionsGroups) {
  prove::ConstantProgram program;
  const ir::ValueId x =
      program.UserInput("x", ir::MakeTensorType(ir::ScalarType::kInt8, {1, 4, 1, 1}));
  const ir::QuantParams input = Int8(0.5, 0);
  const auto dequantize = [&](const std::string& name, ir::ValueId codes,
                              const std::vector<std::int64_t>& sizes) {
    return program.Node(name, "quantized_decomposed.dequantize_per_tensor.default",
                        {{"input", codes},
                         {"scale", input.scale},
                         {"zero_point", input.zero_point},
                         {"quant_min", input.quant_min},
                         {"quant_max", input.quant_max},
                         {"dtype", input.dtype}},
                        ir::ScalarType::kFloat32, sizes);
  };
  const ir::ValueId real = dequantize("dq", x, {1, 4, 1, 1});
  const ir::ValueId codes = program.Stored(
      "weight",
      exec::Tensor::Of(ir::ScalarType::kInt8, {4, 3, 1, 1}, std::vector<std::int8_t>(12)));
  const ir::ValueId weight =
      program.Node("dq_1", "quantized_decomposed.dequantize_per_channel.default",
                   {{"input", codes},
                    {"scales", program.Floats("scales", {3}, {1, 2, 4})},
                    {"zero_points", ir::None{}},
                    {"axis", std::int64_t{1}},
                    {"quant_min", std::int64_t{-128}},
                    {"quant_max", std::int64_t{127}},
                    {"dtype", ir::ScalarType::kInt8}},
                   ir::ScalarType::kFloat32, {4, 3, 1, 1});
  const std::vector<std::int64_t> ones{1, 1}, zeros{0, 0};
  program.Node("conv_transpose2d", "aten.conv_transpose2d.input",
               {{"input", real},
                {"weight", weight},
                {"bias", ir::None{}},
                {"stride", ones},
                {"padding", zeros},
                {"output_padding", zeros},
                {"groups", std::int64_t{2}},
                {"dilation", ones}},
               ir::ScalarType::kFloat32, {1, 6, 1, 1});
  const auto read = ReadQuantizedConv(program.program(), program.program().graph.nodes().back());
  const auto& conv = std::get<QuantizedConv>(read);
  EXPECT_EQ(conv.channels, 6);
  EXPECT_THAT(conv.weight_scales, ElementsAre(1, 2, 4, 1, 2, 4));
}

}  // namespace
}  // namespace foldproof::fold
