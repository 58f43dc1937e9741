// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/read_conv_side.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/prove/conv/conv_accumulators.h"
#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

// x [rows, 3] in [-8, 7] of scale 1 -> linear with rows (1, 2, 3) and (-1, 0, 4) -> q -> dq.
struct LinearProgram {
  explicit LinearProgram(const std::vector<float>& bias, std::int8_t zero_point = 0,
                         std::int64_t rows = 2) {
    const ir::QuantParams input{1.0, zero_point, -8 + zero_point, 7 + zero_point,
                                ir::ScalarType::kInt8};
    const auto x = nodes.UserInput("x", ir::MakeTensorType(ir::ScalarType::kFloat32, {rows, 3}));
    const auto codes =
        Quantization("quantize_per_tensor", x, input, ir::ScalarType::kInt8, {rows, 3});
    const auto read =
        Quantization("dequantize_per_tensor", codes, input, ir::ScalarType::kFloat32, {rows, 3});
    const std::vector<std::int8_t> w{1, 2, 3, -1, 0, 4};
    const auto weight =
        Quantization("dequantize_per_tensor",
                     nodes.Stored("w", exec::Tensor::Of(ir::ScalarType::kInt8, {2, 3}, w)),
                     Int8(0.5, 0), ir::ScalarType::kFloat32, {2, 3});
    linear =
        nodes.Node("linear", "aten.linear.default",
                   {{"input", read}, {"weight", weight}, {"bias", nodes.Floats("b", {2}, bias)}},
                   ir::ScalarType::kFloat32, {rows, 2});
    const auto q =
        Quantization("quantize_per_tensor", linear, Int8(0.5, 0), ir::ScalarType::kInt8, {rows, 2});
    const auto out =
        Quantization("dequantize_per_tensor", q, Int8(0.5, 0), ir::ScalarType::kFloat32, {rows, 2});
    ir::Program& program = nodes.program();
    program.graph.SetOutputs({out});
    program.outputs.push_back(
        {ir::OutputSpec::Kind::kUserOutput, program.graph.value(out).name, ""});
  }

  ir::ValueId Quantization(const std::string& kind, ir::ValueId value,
                           const ir::QuantParams& params, ir::ScalarType dtype,
                           const std::vector<std::int64_t>& sizes) {
    return nodes.Node(kind + std::to_string(next++), "quantized_decomposed." + kind + ".default",
                      {{"input", value},
                       {"scale", params.scale},
                       {"zero_point", params.zero_point},
                       {"quant_min", params.quant_min},
                       {"quant_max", params.quant_max},
                       {"dtype", params.dtype}},
                      dtype, sizes);
  }

  ConstantProgram nodes;
  ir::ValueId linear;
  int next = 0;
};

// PyTorch computes with dequantized operands: 128 * 1e37 is infinite there, whatever becomes of it.
TEST(ReadConvSide, OperandsAndSumsThatMayOverflowFloat32AreNotReadAsIntegers) {
  const auto reason = [](double input_scale, float weight_scale) {
    ConvSpec spec;
    spec.weights = {{100, -100}};
    spec.input = Int8(input_scale, 0);
    spec.weight_scales = {weight_scale};
    ConvProgram made(spec);
    const ir::Program program = made.Return({made.conv()});
    const Side side(program);
    const ir::Graph& graph = side.view.program().graph;
    const auto output = std::get<ir::ValueId>(graph.outputs()[0]);
    return ReadConvSide(side.view, side.constants, *graph.ProducerOf(output)).reason;
  };
  EXPECT_EQ(reason(1.0, 1.0f), "");
  EXPECT_EQ(reason(1e12, 1e18f), "");
  const std::string overflows =
      "its dequantized operands, or sums of their products, may overflow float32";
  EXPECT_EQ(reason(1e-30, 1e37f), overflows);
  EXPECT_EQ(reason(1e37, 1e-30f), overflows);
  EXPECT_EQ(reason(1e17, 1e18f), overflows);
}

TEST(ReadConvSide, ALinearIsAConvWithoutSpatialDimensions) {
  LinearProgram made({0, 0});
  const Side side(made.nodes.program());
  const ir::Graph& graph = side.view.program().graph;
  const auto read = ReadConvSide(side.view, side.constants, *graph.ProducerOf(made.linear));
  ASSERT_TRUE(read.side) << read.reason;
  EXPECT_EQ(read.side->op.spatial(), 0u);
  EXPECT_EQ(read.side->channels, 2u);
  EXPECT_EQ(read.side->taps, 3u);
  EXPECT_EQ(read.side->WeightsOf(1), (std::vector<std::int32_t>{-1, 0, 4}));
  // Rows (1, 1, 1) and (2, 0, -1): 1 + 2 + 3 and 2 - 3 of channel 0.
  const ConvAccumulators sums(graph, *read.side, {2, 3});
  EXPECT_EQ(sums.Of(0, std::vector<std::int32_t>{1, 1, 1, 2, 0, -1}),
            (std::vector<std::int64_t>{6, -1}));
}

// A bias of 0.25 against 0 is a tie at each even sum: one code of 0.5, never more.
TEST(ReadConvSide, ALinearIsASite) {
  LinearProgram before({0, 0});
  LinearProgram after({0.25f, 0});
  const Side b(before.nodes.program());
  const Side a(after.nodes.program());
  const Proof same = Prove(b, b, ProveOptions{});
  ASSERT_EQ(same.verification.sites.size(), 1u);
  EXPECT_EQ(same.verification.verdict, Verdict::kEqual);
  const Proof proof = Prove(b, a, ProveOptions{});
  EXPECT_EQ(proof.verification.sites.at(0).tails.at(0).channels.at(0).reachable.lsb, 1);
  EXPECT_EQ(proof.verification.sites.at(0).tails.at(0).channels.at(1).reachable.lsb, 0);
}

// Codes and zero point 3 higher are the same x_q - z_x: one sum, equal everywhere.
TEST(ReadConvSide, CodesShiftedWithTheirZeroPointAreTheSameInput) {
  LinearProgram before({0, 0}, 0);
  LinearProgram after({0, 0}, 3);
  const Side b(before.nodes.program());
  const Side a(after.nodes.program());
  const Proof proof = Prove(b, a, ProveOptions{});
  ASSERT_EQ(proof.verification.sites.size(), 1u);
  EXPECT_TRUE(proof.matching.sites[0].joint.empty());
  EXPECT_EQ(proof.verification.verdict, Verdict::kEqual);
}

// dequantize_per_channel of `codes` with scales and zero points of any type.
ir::ValueId Dequantized(ConvProgram& p, const exec::Tensor& codes, const exec::Tensor& scales,
                        const exec::Tensor& zero_points) {
  const std::int64_t low = ir::LowestOf(codes.dtype), high = ir::HighestOf(codes.dtype);
  return p.nodes().Node("dq_mixed", "quantized_decomposed.dequantize_per_channel.default",
                        {{"input", p.nodes().Stored("mixed", codes)},
                         {"scales", p.nodes().Stored("mixed_scales", scales)},
                         {"zero_points", p.nodes().Stored("mixed_zero_points", zero_points)},
                         {"axis", std::int64_t{0}},
                         {"quant_min", low},
                         {"quant_max", high},
                         {"dtype", codes.dtype}},
                        ir::ScalarType::kFloat32, codes.sizes);
}

using CodeList = std::vector<std::int8_t>;
using Dtype = ir::ScalarType;

const exec::Tensor kNoShift = exec::Tensor::Of(Dtype::kInt64, {1}, std::vector<std::int64_t>{0});

std::string WhyNotRead(ConvProgram& p, ir::ValueId weight, const ir::ArgumentValue& bias) {
  const ir::ValueId conv = p.AddConvOf(weight, bias);
  const ir::Program program = p.Return({conv});
  const Side side(program);
  return ReadConvSide(side.view, side.constants, *program.graph.ProducerOf(conv)).reason;
}

TEST(ReadConvSide, ScalesOfFloat64AreNotTakenForFloat32) {
  // PyTorch computes f32(f64((q - z) * s)) with them, not f32(f32(q - z) * f32(s)).
  const auto doubles = exec::Tensor::Of(Dtype::kFloat64, {1}, std::vector<double>{0.1});
  ConvProgram of_weight({});
  const auto codes = exec::Tensor::Of(Dtype::kInt8, {1, 1, 1, 1}, CodeList{3});
  EXPECT_EQ(WhyNotRead(of_weight, Dequantized(of_weight, codes, doubles, kNoShift), ir::None{}),
            "its weight's scales hold float64, not float32");
  ConvProgram of_bias({});
  const auto int32 = exec::Tensor::Of(Dtype::kInt32, {1}, std::vector<std::int32_t>{3});
  EXPECT_EQ(
      WhyNotRead(of_bias, of_bias.AddWeight({}), Dequantized(of_bias, int32, doubles, kNoShift)),
      "its bias scales hold float64, not float32");
  ConvProgram wide({});
  EXPECT_EQ(WhyNotRead(wide, wide.AddWeight({}), wide.nodes().Stored("wide", doubles)),
            "the numbers of its bias hold float64, not float32");
}

// What PyTorch's dequantize_per_tensor and dequantize_per_channel give of codes above 2^24.
TEST(ReadConvSide, ABiasThatFloat32DoesNotHoldIsAsFarOffAsItIsRounded) {
  constexpr std::int64_t kFar = 1 << 30;
  constexpr std::int32_t kEdge = 1 << 24;
  const auto side_of = [](ConvProgram& p, ir::ValueId bias) {
    const ir::ValueId conv = p.AddConvOf(p.AddWeight({}), bias);
    const ir::Program program = p.Return({conv});
    const Side side(program);
    return ReadConvSide(side.view, side.constants, *program.graph.ProducerOf(conv)).side.value();
  };
  const auto of = [](const ConvBias& bias) { return bias.value.at(0) + bias.rounding.at(0); };
  const auto bias_of = [&](std::int32_t code, std::int64_t zero_point, bool per_channel) {
    ConvProgram p({});
    const auto codes = exec::Tensor::Of(Dtype::kInt32, {1}, std::vector<std::int32_t>{code});
    if (!per_channel) {
      const ir::QuantParams params{0.1, zero_point, INT32_MIN, INT32_MAX, Dtype::kInt32};
      return of(side_of(p, p.Dequantize(p.nodes().Stored("codes", codes), params)).bias);
    }
    const auto scale = exec::Tensor::Of(Dtype::kFloat32, {1}, std::vector<float>{0.1f});
    const auto zero = exec::Tensor::Of(Dtype::kInt64, {1}, std::vector<std::int64_t>{zero_point});
    return of(side_of(p, Dequantized(p, codes, scale, zero)).bias);
  };
  EXPECT_EQ(bias_of(kFar + 37, kFar, false), 0);
  EXPECT_EQ(bias_of(kFar + 37, kFar, true), static_cast<double>(37 * 0.1f));
  EXPECT_EQ(bias_of(kEdge + 1, 1, false), static_cast<double>((kEdge - 1) * 0.1f));
  EXPECT_EQ(bias_of(kEdge + 3, 0, false), static_cast<double>((kEdge + 4) * 0.1f));
  EXPECT_EQ(bias_of(kEdge + 3, 0, true), static_cast<double>((kEdge + 4) * 0.1f));
  EXPECT_EQ(bias_of(kEdge - 1, 0, false), (kEdge - 1) * static_cast<double>(0.1f));
}

// A zero point moved into the codes is another bias where float32 rounds both: 37 of 37 codes went.
TEST(ReadConvSide, ABiasThatFloat32RoundsIsUnproved) {
  const auto program_of = [](std::int32_t code, std::int64_t zero_point) {
    ConvProgram p({});
    const auto codes = exec::Tensor::Of(Dtype::kInt32, {1}, std::vector<std::int32_t>{code});
    const ir::QuantParams params{1.0, zero_point, INT32_MIN, INT32_MAX, Dtype::kInt32};
    const ir::ValueId bias = p.Dequantize(p.nodes().Stored("codes", codes), params);
    return p.Return({p.Step(p.AddConvOf(p.AddWeight({}), bias), Int8(1.0, 0))});
  };
  const ir::Program far = program_of((1 << 30) + 37, 1 << 30), near = program_of(37, 0);
  const Side before(far), after(near);
  const Proof proof = Prove(before, after, ProveOptions{});
  EXPECT_EQ(proof.verification.verdict, Verdict::kUnproved);
  EXPECT_EQ(proof.verification.sites.at(0).tails.at(0).channels.at(0).unproved,
            "its int32 bias is above 2^24, and what PyTorch rounds it by may move this by 37 LSB");
  EXPECT_EQ(Prove(before, before, ProveOptions{}).verification.verdict, Verdict::kEqual);

  // 2^24 + 1 and 1 are 2^24 - 1 to PyTorch, and one code less is the integer.
  const ir::Program odd = program_of((1 << 24) + 1, 1), even = program_of(1 << 24, 0);
  const Side odd_side(odd), even_side(even);
  const Verification judged = Prove(odd_side, even_side, ProveOptions{}).verification;
  EXPECT_EQ(judged.verdict, Verdict::kWithin);
  EXPECT_THAT(judged.provisos, testing::Contains(testing::HasSubstr("rounds those of conv2d")));
}

// The same of two sums: twice the codes at half the scale are the same integers, and only float32
// tells 2^24 + 1 less 1 from 2^24.
TEST(ReadConvSide, SumsWithBiasesThatAreRoundedDifferentlyAreNotEqual) {
  const auto program_of = [](std::int16_t weight, float scale, std::int32_t code,
                             std::int64_t zero_point) {
    ConvProgram p({});
    ConvSpec spec;
    spec.weights = {{weight}};
    spec.weight_scales = {scale};
    const auto codes = exec::Tensor::Of(Dtype::kInt32, {1}, std::vector<std::int32_t>{code});
    const ir::QuantParams params{1.0, zero_point, INT32_MIN, INT32_MAX, Dtype::kInt32};
    const ir::ValueId bias = p.Dequantize(p.nodes().Stored("codes", codes), params);
    return p.Return({p.Step(p.AddConvOf(p.AddWeight(spec), bias), Int8(0x1p20, 0))});
  };
  const ir::Program one = program_of(1, 1.0f, 1 << 24, 0), two = program_of(2, 0.5f, 1 << 24, 0),
                    odd = program_of(2, 0.5f, (1 << 24) + 1, 1);
  const Side before(one), same(two), rounded(odd);
  const Proof equal = Prove(before, same, ProveOptions{});
  ASSERT_FALSE(equal.matching.sites.at(0).joint.empty());
  EXPECT_EQ(equal.verification.verdict, Verdict::kEqual);
  EXPECT_EQ(Prove(before, rounded, ProveOptions{}).verification.verdict, Verdict::kWithin);
}

TEST(ReadConvSide, ZeroPointsAreSubtractedInTheTypeThatBothPromoteTo) {
  const auto scale = exec::Tensor::Of(Dtype::kFloat32, {1}, std::vector<float>{1});
  const auto codes = exec::Tensor::Of(Dtype::kInt8, {1, 1, 1, 1}, CodeList{100});
  const auto weight_of = [&](const exec::Tensor& zero_points) {
    ConvProgram p({});
    const ir::ValueId conv = p.AddConvOf(Dequantized(p, codes, scale, zero_points), ir::None{});
    const ir::Program program = p.Return({conv});
    const Side side(program);
    const auto read = ReadConvSide(side.view, side.constants, *program.graph.ProducerOf(conv));
    return read.side.value().WeightsOf(0).at(0);
  };
  EXPECT_EQ(weight_of(exec::Tensor::Of(Dtype::kInt8, {1}, CodeList{-100})), 200 - 256);
  EXPECT_EQ(weight_of(exec::Tensor::Of(Dtype::kInt64, {1}, std::vector<std::int64_t>{-100})), 200);
  // int8 and int16 meet in int16: 100 + 32700 wraps.
  EXPECT_EQ(weight_of(exec::Tensor::Of(Dtype::kInt16, {1}, std::vector<std::int16_t>{-32700})),
            32800 - 65536);
}

// No window, so no input makes an accumulator, and nothing may be claimed of one.
TEST(ReadConvSide, AnEmptyBatchIsNoSiteAndNoFault) {
  LinearProgram before({0, 0}, 0, 0);
  LinearProgram after({100, 0}, 0, 0);
  const Side b(before.nodes.program());
  const Side a(after.nodes.program());
  const auto read =
      ReadConvSide(b.view, b.constants, *b.view.program().graph.ProducerOf(before.linear));
  EXPECT_FALSE(read.side);
  EXPECT_NE(read.reason.find("its output has no elements"), std::string::npos) << read.reason;
  EXPECT_GE(Prove(b, a, {}).verification.verdict, Verdict::kUnproved);
  EXPECT_EQ(Prove(b, b, {}).verification.verdict, Verdict::kEqual);
}

}  // namespace
}  // namespace foldproof::prove
