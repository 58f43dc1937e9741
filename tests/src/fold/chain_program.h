// SPDX-License-Identifier: BSD-3-Clause
//
// One quantized 1x1 convolution of two channels with the chain of quantization-aware training
// behind it, in the variations that a fold must know or refuse.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::fold {

using prove::ConvProgram;
using prove::ConvSpec;
using prove::Int8;

struct ChainSpec {
  std::vector<float> gamma{1.5f, 0.75f};
  std::vector<float> beta{0.25f, -0.5f};
  std::vector<float> mean{0.125f, -0.25f};
  std::vector<float> variance{2.0f, 0.5f};
  double norm_eps = 1e-5;
  double chain_eps = 1e-5;
  std::optional<std::vector<float>> original_bias;
  std::optional<std::vector<float>> numerator;  // gamma where nothing else is said
  std::optional<std::vector<float>> chain_variance;
  // int32 codes of the conv's bias, at scale(x)·scale(w); none: the conv has no bias.
  std::optional<std::vector<std::int32_t>> bias_codes;
  double add_alpha = 1;
  bool affine = true;           // batch_norm has weight and bias
  bool rsqrt = false;           // numerator · rsqrt(...) in place of numerator / sqrt(...)
  bool swapped = false;         // add(orig, div)
  bool relu_quantized = false;  // relu and another quantizer behind
  ir::QuantParams quantizer = Int8(0.015625, 3);  // between conv and chain
  std::string reshape = "aten.reshape.default";
  // Another target than conv2d.default: conv2d.padding, convolution.default,
  // conv_transpose2d.input.
  std::string conv;
  bool native_norm = false;  // _native_batch_norm_legit_no_training, with its three results
};

// Weights {3, -2, 5} and {-4, 7, 1} at scale 2^-6, input at 2^-4: the bias scale is 2^-10, exactly.
inline constexpr double kBiasScale = 0.0009765625;

class ChainProgram {
 public:
  explicit ChainProgram(const ChainSpec& spec)
      : spec_(spec),
        program_({{{3, -2, 5}, {-4, 7, 1}}, Int8(0.0625, 5), {0.015625f, 0.015625f}, {}}) {
    conv_ = program_.conv();
    if (spec.bias_codes) {
      const ConvSpec same{{{3, -2, 5}, {-4, 7, 1}}, Int8(0.0625, 5), {0.015625f, 0.015625f}, {}};
      conv_ = program_.AddConvOf(program_.AddWeight(same),
                                 program_.AddQuantizedBias(*spec.bias_codes, kBiasScale));
    }
    if (!spec.conv.empty()) conv_ = AddConvNamed(spec.conv);
  }

  // The same convolution under another name: a 1x1 kernel is its own transpose but for the order of
  // the weight's dimensions.
  ir::ValueId AddConvNamed(const std::string& target) {
    const bool transposed = target == "aten.conv_transpose2d.input";
    const std::vector<std::int8_t> rows{3, -2, 5, -4, 7, 1}, columns{3, -4, -2, 7, 5, 1};
    const std::vector<std::int64_t> sizes{transposed ? 3 : 2, transposed ? 2 : 3, 1, 1};
    const ir::ValueId codes = program_.nodes().Stored(
        "named_weight",
        exec::Tensor::Of(ir::ScalarType::kInt8, sizes, transposed ? columns : rows));
    const ir::ValueId weight = program_.Dequantize(codes, Int8(0.015625, 0));
    const std::vector<std::int64_t> ones{1, 1}, zeros{0, 0};
    ConvProgram::Arguments arguments{
        {"input", program_.input()}, {"weight", weight}, {"bias", ir::None{}}, {"stride", ones}};
    if (target == "aten.conv2d.padding") {
      arguments.push_back({"padding", std::string("same")});
    } else if (target == "aten.convolution.default") {
      arguments.insert(arguments.end(), {{"padding", zeros},
                                         {"dilation", ones},
                                         {"transposed", false},
                                         {"output_padding", zeros},
                                         {"groups", std::int64_t{1}}});
    }
    return program_.nodes().Node("named_conv", target, arguments, ir::ScalarType::kFloat32,
                                 {1, 2, 1, 1});
  }

  // The program as it goes in; `also` reads a value of the chain as a second output.
  enum class Also { kNothing, kConv, kDequantized, kDiv };
  ir::Program Build(Also also = Also::kNothing) {
    const ir::ValueId dequantized = program_.Step(conv_, spec_.quantizer);
    ir::ValueId value = Divide(dequantized);
    const ir::ValueId div = value;
    if (spec_.original_bias) value = AddOriginalBias(value);
    value = Normalize(value);
    if (spec_.relu_quantized) {
      value = program_.Step(program_.Call("aten.relu.default", value), Int8(0.0625, -128));
    }
    std::vector<ir::ValueId> outputs{value};
    if (also == Also::kConv) outputs.push_back(conv_);
    if (also == Also::kDequantized) outputs.push_back(dequantized);
    if (also == Also::kDiv) outputs.push_back(div);
    ir::Program program = program_.Return(outputs);
    // As convert_pt2e leaves them; ExecuTorch's passes look for scales among the buffers alone.
    for (ir::InputSpec& spec : program.inputs) {
      if (!spec.target.starts_with("scales")) continue;
      spec.kind = ir::InputSpec::Kind::kBuffer;
      program.constants.at(spec.target).kind = ir::Constant::Kind::kBuffer;
    }
    return program;
  }

 private:
  ir::ValueId Vector(const std::string& name, const std::vector<float>& elements) {
    return program_.nodes().Floats(name, {static_cast<std::int64_t>(elements.size())}, elements);
  }
  ir::ValueId Made(const std::string& name, const std::string& target,
                   const ConvProgram::Arguments& arguments,
                   const std::vector<std::int64_t>& sizes) {
    return program_.nodes().Node(name, target, arguments, ir::ScalarType::kFloat32, sizes);
  }
  ir::ValueId Reshaped(const std::string& name, ir::ValueId value) {
    return Made(name, spec_.reshape,
                {{"self", value}, {"shape", std::vector<std::int64_t>{1, -1, 1, 1}}}, {1, 2, 1, 1});
  }

  ir::ValueId Divide(ir::ValueId value) {
    gamma_ = Vector("bn.weight", spec_.gamma);
    variance_ = Vector("bn.running_var", spec_.variance);
    const ir::ValueId variance =
        spec_.chain_variance ? Vector("other_var", *spec_.chain_variance) : variance_;
    const ir::ValueId numerator =
        spec_.numerator ? Vector("other_weight", *spec_.numerator) : gamma_;
    const ir::ValueId sum =
        Made("add", "aten.add.Tensor", {{"self", variance}, {"other", spec_.chain_eps}}, {2});
    const ir::ValueId root = Made("root", spec_.rsqrt ? "aten.rsqrt.default" : "aten.sqrt.default",
                                  {{"self", sum}}, {2});
    const ir::ValueId scale =
        spec_.rsqrt ? Made("scale", "aten.mul.Tensor", {{"self", root}, {"other", numerator}}, {2})
                    : Made("scale", "aten.div.Tensor", {{"self", numerator}, {"other", root}}, {2});
    return Made("div", "aten.div.Tensor", {{"self", value}, {"other", Reshaped("reshape", scale)}},
                {1, 2, 1, 1});
  }

  ir::ValueId AddOriginalBias(ir::ValueId value) {
    const ir::ValueId bias = Reshaped("reshape_1", Vector("conv.bias", *spec_.original_bias));
    return Made("add_1", "aten.add.Tensor",
                {{"self", spec_.swapped ? bias : value},
                 {"other", spec_.swapped ? value : bias},
                 {"alpha", spec_.add_alpha}},
                {1, 2, 1, 1});
  }

  ir::ValueId Normalize(ir::ValueId value) {
    ir::ArgumentValue weight = ir::None{}, bias = ir::None{};
    if (spec_.affine) {
      weight = gamma_;
      bias = Vector("bn.bias", spec_.beta);
    }
    if (spec_.native_norm) return NativeNorm(value, weight, bias);
    return Made("batch_norm", "aten.batch_norm.default",
                {{"input", value},
                 {"weight", weight},
                 {"bias", bias},
                 {"running_mean", Vector("bn.running_mean", spec_.mean)},
                 {"running_var", variance_},
                 {"training", false},
                 {"momentum", 0.1},
                 {"eps", spec_.norm_eps},
                 {"cudnn_enabled", false}},
                {1, 2, 1, 1});
  }

  ir::ValueId NativeNorm(ir::ValueId value, ir::ArgumentValue weight, ir::ArgumentValue bias) {
    const auto type = [](std::vector<std::int64_t> sizes) {
      return ir::MakeTensorType(ir::ScalarType::kFloat32, sizes);
    };
    const std::vector<ir::Argument> arguments{
        {"input", value},
        {"weight", weight},
        {"bias", bias},
        {"running_mean", Vector("bn.running_mean", spec_.mean)},
        {"running_var", variance_},
        {"momentum", 0.1},
        {"eps", spec_.norm_eps}};
    ir::Graph& graph = program_.nodes().program().graph;
    const ir::NodeId node = graph.Append(
        "batch_norm", "aten._native_batch_norm_legit_no_training.default", arguments,
        {{"normalized", type({1, 2, 1, 1})}, {"save_mean", type({0})}, {"save_rstd", type({0})}});
    return graph.node(node).outputs.front();
  }

  ChainSpec spec_;
  ConvProgram program_;
  ir::ValueId conv_, gamma_, variance_;
};

}  // namespace foldproof::fold
