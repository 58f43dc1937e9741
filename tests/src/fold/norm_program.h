// SPDX-License-Identifier: BSD-3-Clause
//
// x -> [quantize -> dequantize] -> product(weight, bias) -> batch_norm -> quantize -> dequantize,
// in the variations that FoldConvBN must know or refuse. Images are one pixel, so that a weight is
// a row of numbers a channel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::fold {

struct NormSpec {
  // "conv2d", "convolution", "conv_transpose2d" or "linear".
  std::string product = "conv2d";
  std::int64_t inputs = 2, outputs = 2, groups = 1;
  std::vector<float> gamma{1.5f, 0.75f}, beta{0.25f, -0.5f}, mean{0.125f, -0.25f},
      variance{2.0f, 0.5f};
  bool affine = true;
  double eps = 1e-5;
  bool training = false, native = false;
  bool quantized_input = true;
  // Row-major as the product lays its weight out; of codes they are dequantized.
  std::vector<float> weights{1.5f, -0.5f, 0.25f, 2.0f};
  std::optional<std::vector<std::int64_t>> codes;
  std::vector<float> scales{0.015625f};  // one, or one a channel
  std::int64_t zero_point = 0, lowest = -128, highest = 127;
  std::optional<std::vector<float>> bias;
  std::optional<std::vector<std::int32_t>> bias_codes;  // at scale(x) · scales[0]
  bool batched = true, second_reader = false, weight_read_twice = false, mean_doubled = false;
  bool statistics_read = false, weight_computed = false, positions = false, quantized = true;
  bool relu_before = false;  // between product and batch_norm
};

class NormProgram {
 public:
  explicit NormProgram(const NormSpec& spec) : spec_(spec) {}

  ir::Program Build() {
    const ir::ValueId x = nodes_.UserInput("x", ir::MakeTensorType(kFloat, Sizes(spec_.inputs)));
    ir::ValueId value = x;
    if (spec_.quantized_input) value = Step("input", value, prove::Int8(0.03125, 3));
    const ir::ValueId weight = Weight();
    const ir::ValueId product = Product("product", value, weight, Bias());
    ir::ValueId before_norm = product;
    if (spec_.relu_before) {
      before_norm = nodes_.Node("relu", "aten.relu.default", {{"self", product}}, kFloat,
                                Sizes(spec_.outputs));
    }
    const ir::ValueId normed = Norm(before_norm);
    std::vector<ir::ValueId> outputs{
        spec_.quantized ? Step("output", normed, prove::Int8(0.0625, -3)) : normed};
    if (spec_.second_reader) outputs.push_back(product);
    if (spec_.weight_read_twice) {
      outputs.push_back(Product("other", value, weight, ir::None{}));
    }
    if (statistics_) outputs.push_back(*statistics_);
    return Return(outputs);
  }

 private:
  static constexpr ir::ScalarType kFloat = ir::ScalarType::kFloat32;
  using Arguments = prove::ConstantProgram::Arguments;
  using Shape = std::vector<std::int64_t>;

  bool Linear() const { return spec_.product == "linear"; }
  bool Transposed() const { return spec_.product == "conv_transpose2d"; }
  Shape Sizes(std::int64_t channels) const {
    Shape sizes;
    if (spec_.batched) sizes.push_back(1);
    if (Linear()) {
      if (spec_.positions) sizes.push_back(spec_.outputs);
      sizes.push_back(channels);
      return sizes;
    }
    sizes.insert(sizes.end(), {channels, spec_.batched ? 1 : spec_.outputs, 1});
    return sizes;
  }
  Shape WeightSizes() const {
    Shape sizes{spec_.outputs, spec_.inputs / spec_.groups};
    if (Transposed()) sizes = {spec_.inputs, spec_.outputs / spec_.groups};
    if (!Linear()) sizes.insert(sizes.end(), {1, 1});
    return sizes;
  }

  ir::ValueId Step(const std::string& name, ir::ValueId value, const ir::QuantParams& p) {
    const Shape sizes = nodes_.program().graph.value(value).type->sizes();
    const auto arguments = [&](ir::ValueId of) {
      return Arguments{{"input", of},
                       {"scale", p.scale},
                       {"zero_point", p.zero_point},
                       {"quant_min", p.quant_min},
                       {"quant_max", p.quant_max},
                       {"dtype", p.dtype}};
    };
    const ir::ValueId codes =
        nodes_.Node(name + "_q", "quantized_decomposed.quantize_per_tensor.default",
                    arguments(value), p.dtype, sizes);
    return nodes_.Node(name + "_dq", "quantized_decomposed.dequantize_per_tensor.default",
                       arguments(codes), kFloat, sizes);
  }

  ir::ValueId Weight() {
    const Shape sizes = WeightSizes();
    if (!spec_.codes) {
      const ir::ValueId stored = nodes_.Floats("weight", sizes, spec_.weights);
      if (!spec_.weight_computed) return stored;
      return nodes_.Node("weight_relu", "aten.relu.default", {{"self", stored}}, kFloat, sizes);
    }
    std::vector<std::int8_t> codes(spec_.codes->begin(), spec_.codes->end());
    const ir::ValueId stored =
        nodes_.Stored("weight", exec::Tensor::Of(ir::ScalarType::kInt8, sizes, codes));
    Arguments arguments{{"input", stored}};
    const bool per_channel = spec_.scales.size() > 1;
    const auto entries = static_cast<std::int64_t>(spec_.scales.size());
    if (per_channel) {
      const std::vector<std::int64_t> zeros(spec_.scales.size(), spec_.zero_point);
      arguments.push_back({"scales", nodes_.Floats("scales", {entries}, spec_.scales)});
      arguments.push_back(
          {"zero_points",
           nodes_.Stored("zeros", exec::Tensor::Of(ir::ScalarType::kInt64, {entries}, zeros))});
      arguments.push_back({"axis", std::int64_t{Transposed() ? 1 : 0}});
    } else {
      arguments.push_back({"scale", static_cast<double>(spec_.scales[0])});
      arguments.push_back({"zero_point", spec_.zero_point});
    }
    arguments.push_back({"quant_min", spec_.lowest});
    arguments.push_back({"quant_max", spec_.highest});
    arguments.push_back({"dtype", ir::ScalarType::kInt8});
    const std::string kind = per_channel ? "channel" : "tensor";
    return nodes_.Node("weight_dq", "quantized_decomposed.dequantize_per_" + kind + ".default",
                       arguments, kFloat, sizes);
  }

  ir::ArgumentValue Bias() {
    if (spec_.bias) return nodes_.Floats("bias", {spec_.outputs}, *spec_.bias);
    if (!spec_.bias_codes) return ir::None{};
    const ir::ValueId stored = nodes_.Stored(
        "bias", exec::Tensor::Of(ir::ScalarType::kInt32, {spec_.outputs}, *spec_.bias_codes));
    return nodes_.Node("bias_dq", "quantized_decomposed.dequantize_per_tensor.default",
                       {{"input", stored},
                        {"scale", 0.03125 * static_cast<double>(spec_.scales[0])},
                        {"zero_point", std::int64_t{0}},
                        {"quant_min", std::int64_t{INT32_MIN}},
                        {"quant_max", std::int64_t{INT32_MAX}},
                        {"dtype", ir::ScalarType::kInt32}},
                       kFloat, {spec_.outputs});
  }

  ir::ValueId Product(const std::string& name, ir::ValueId input, ir::ValueId weight,
                      const ir::ArgumentValue& bias) {
    Arguments arguments{{"input", input}, {"weight", weight}, {"bias", bias}};
    const Shape ones{1, 1}, zeros{0, 0};
    std::string target = "aten." + spec_.product + ".default";
    if (!Linear()) arguments.push_back({"stride", ones});
    if (spec_.product == "convolution") {
      arguments.insert(arguments.end(), {{"padding", zeros},
                                         {"dilation", ones},
                                         {"transposed", false},
                                         {"output_padding", zeros},
                                         {"groups", spec_.groups}});
    } else if (Transposed()) {
      target = "aten.conv_transpose2d.input";
      arguments.insert(arguments.end(), {{"padding", zeros},
                                         {"output_padding", zeros},
                                         {"groups", spec_.groups},
                                         {"dilation", ones}});
    } else if (!Linear()) {
      arguments.insert(arguments.end(),
                       {{"padding", zeros}, {"dilation", ones}, {"groups", spec_.groups}});
    }
    return nodes_.Node(name, target, arguments, kFloat, Sizes(spec_.outputs));
  }

  ir::ValueId Norm(ir::ValueId value) {
    ir::ArgumentValue gamma = ir::None{}, beta = ir::None{};
    const std::int64_t count = static_cast<std::int64_t>(spec_.mean.size());
    if (spec_.affine) {
      gamma = nodes_.Floats("gamma", {count}, spec_.gamma);
      beta = nodes_.Floats("beta", {count}, spec_.beta);
    }
    const ir::ValueId mean = nodes_.Floats("mean", {count}, spec_.mean);
    if (spec_.mean_doubled) {
      nodes_.Node("doubled", "aten.mul_.Tensor", {{"self", mean}, {"other", 2.0}}, kFloat, {count});
    }
    const ir::ValueId variance = nodes_.Floats("variance", {count}, spec_.variance);
    Arguments arguments{{"input", value},
                        {"weight", gamma},
                        {"bias", beta},
                        {"running_mean", mean},
                        {"running_var", variance}};
    const Shape sizes = nodes_.program().graph.value(value).type->sizes();
    if (!spec_.native) {
      arguments.insert(arguments.end(), {{"training", spec_.training},
                                         {"momentum", 0.1},
                                         {"eps", spec_.eps},
                                         {"cudnn_enabled", false}});
      return nodes_.Node("norm", "aten.batch_norm.default", arguments, kFloat, sizes);
    }
    arguments.insert(arguments.end(), {{"momentum", 0.1}, {"eps", spec_.eps}});
    std::vector<ir::Argument> list;
    for (const auto& [name, argument] : arguments) list.push_back({name, argument, false});
    ir::Graph& graph = nodes_.program().graph;
    const ir::NodeId node =
        graph.Append("norm", "aten._native_batch_norm_legit_no_training.default", list,
                     {{"norm", ir::MakeTensorType(kFloat, sizes)},
                      {"norm_mean", ir::MakeTensorType(kFloat, Shape{0})},
                      {"norm_var", ir::MakeTensorType(kFloat, Shape{0})}});
    if (spec_.statistics_read) statistics_ = graph.node(node).outputs[1];
    return graph.node(node).outputs[0];
  }

  ir::Program Return(const std::vector<ir::ValueId>& outputs) {
    ir::Program& program = nodes_.program();
    program.graph.SetOutputs({outputs.begin(), outputs.end()});
    for (const ir::ValueId value : outputs) {
      program.outputs.push_back(
          {ir::OutputSpec::Kind::kUserOutput, program.graph.value(value).name, ""});
    }
    return std::move(program);
  }

  NormSpec spec_;
  prove::ConstantProgram nodes_;
  std::optional<ir::ValueId> statistics_;
};

}  // namespace foldproof::fold
