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

// A second convolution of the same input, and what of its bias is the first one's.
enum class Twin { kNone, kDequantizedBias, kBiasCodes, kFloatBias };

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
  std::optional<std::vector<float>> float_bias;  // in place of codes
  bool bias_per_channel = false;                 // bias_codes have one scale a channel
  std::optional<double> computed_bias;           // as many of this number as there are channels
  Twin twin = Twin::kNone;                       // has the program's second output
  double add_alpha = 1;
  bool affine = true;            // batch_norm has weight and bias
  bool rsqrt = false;            // numerator · rsqrt(...) in place of numerator / sqrt(...)
  bool swapped = false;          // add(orig, div)
  bool relu_quantized = false;   // relu and another quantizer behind
  bool clamp_quantized = false;  // hardtanh and another quantizer behind
  ir::QuantParams quantizer = Int8(0.015625, 3);  // between conv and chain
  bool between = true;                            // false: there is none
  std::optional<double> dequantizer_scale;        // another one than the quantizer's
  std::string reshape = "aten.reshape.default";
  // Where the scale and the original bias go along; -1 is the two channels.
  std::vector<std::int64_t> scale_shape{1, -1, 1, 1}, bias_shape{1, -1, 1, 1};
  std::optional<std::string> rounding_mode;  // of the division by the scale
  std::string division = "aten.div.Tensor", addition = "aten.add.Tensor";
  // A target by which the convolution is called, conv2d.default, conv2d.padding,
  // convolution.default or conv_transpose2d.input; its weight has one scale, and it has no bias.
  std::string conv;
  bool native_norm = false;   // _native_batch_norm_legit_no_training, with its three results
  bool training = false;      // batch_norm takes the statistics of the batch
  bool mean_doubled = false;  // in place, before batch_norm reads it
  bool chain = true;          // false: the convolution's quantizer is all that follows
  std::vector<float> weight_scales{0.015625f, 0.015625f};
  std::vector<std::int64_t> image{1, 1};
  bool batched = true;
};

// Weights {3, -2, 5} and {-4, 7, 1} at scale 2^-6, input at 2^-4: the bias scale is 2^-10, exactly.
inline constexpr double kBiasScale = 0.0009765625;

class ChainProgram {
 public:
  explicit ChainProgram(const ChainSpec& spec) : spec_(spec), program_(ConvOf(spec)) {
    conv_ = program_.conv();
    ir::ArgumentValue bias = ir::None{};
    if (spec.bias_codes) bias = QuantizedBias();
    if (spec.computed_bias) bias = ComputedBias(*spec.computed_bias);
    if (spec.float_bias) bias = float_bias_ = Vector("float_bias", *spec.float_bias);
    if (!std::holds_alternative<ir::None>(bias)) {
      conv_ = program_.AddConvOf(program_.AddWeight(ConvOf(spec)), bias);
    }
    if (!spec.conv.empty()) conv_ = AddConvNamed(spec.conv);
  }

  // The program as it goes in; `also` reads a value of the chain as a second output.
  enum class Also { kNothing, kConv, kQuantized, kDequantized, kDiv };
  ir::Program Build(Also also = Also::kNothing) {
    ir::QuantParams params = spec_.quantizer;
    params.scale = spec_.dequantizer_scale.value_or(params.scale);
    ir::ValueId quantized = conv_, dequantized = conv_;
    if (spec_.between) {
      quantized = program_.Quantize(conv_, spec_.quantizer);
      dequantized = program_.Dequantize(quantized, params);
    }
    ir::ValueId value = dequantized;
    if (spec_.chain) value = Divide(dequantized);
    const ir::ValueId div = value;
    if (spec_.original_bias) value = AddOriginalBias(value);
    if (spec_.chain) value = Normalize(value);
    if (spec_.relu_quantized) {
      value = program_.Step(program_.Call("aten.relu.default", value), Int8(0.0625, -128));
    }
    if (spec_.clamp_quantized) {
      value = program_.Step(
          program_.Call("aten.hardtanh.default", value, {{"min_val", 0.0}, {"max_val", 6.0}}),
          Int8(0.0625, -128));
    }
    std::vector<ir::ValueId> outputs{value};
    if (spec_.twin != Twin::kNone) outputs.push_back(AddTwin());
    if (also == Also::kConv) outputs.push_back(conv_);
    if (also == Also::kQuantized) outputs.push_back(quantized);
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
  static ConvSpec ConvOf(const ChainSpec& spec) {
    return {{{3, -2, 5}, {-4, 7, 1}},
            Int8(0.0625, 5),
            spec.weight_scales,
            {},
            spec.image,
            spec.batched};
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
                                 program_.Image(2));
  }

  // full, quantized and dequantized: what TorchAO does with a bias of zeros.
  ir::ValueId ComputedBias(double number) {
    const ir::ValueId filled =
        Made("full", "aten.full.default",
             {{"size", std::vector<std::int64_t>{2}}, {"fill_value", number}}, {2});
    return program_.Step(filled, {kBiasScale, 0, -2147483648, 2147483647, ir::ScalarType::kInt32});
  }
  ir::ValueId QuantizedBias() {
    bias_codes_ = program_.nodes().Stored(
        "conv_bias_codes", exec::Tensor::Of(ir::ScalarType::kInt32, {2}, *spec_.bias_codes));
    if (!spec_.bias_per_channel) return dequantized_bias_ = DequantizedBias();
    std::vector<float> scales;
    for (const float scale : spec_.weight_scales) scales.push_back(0.0625f * scale);
    return dequantized_bias_ = program_.nodes().Node(
               "dequantized_bias", "quantized_decomposed.dequantize_per_channel.default",
               {{"input", bias_codes_},
                {"scales", Vector("bias_scales", scales)},
                {"zero_points", ir::None{}},
                {"axis", std::int64_t{0}},
                {"quant_min", std::int64_t{-2147483648}},
                {"quant_max", std::int64_t{2147483647}},
                {"dtype", ir::ScalarType::kInt32}},
               ir::ScalarType::kFloat32, {2});
  }
  ir::ValueId DequantizedBias() {
    return program_.Dequantize(bias_codes_,
                               {kBiasScale, 0, -2147483648, 2147483647, ir::ScalarType::kInt32});
  }

  // Adds a conv with weights of its own; it ends in a quantizer, so that its bias is prepared too.
  ir::ValueId AddTwin() {
    const ir::ValueId bias = spec_.twin == Twin::kDequantizedBias ? dequantized_bias_
                             : spec_.twin == Twin::kBiasCodes     ? DequantizedBias()
                                                                  : float_bias_;
    ConvSpec other = ConvOf(spec_);
    other.weights = {{1, 2, -3}, {5, -1, 2}};
    return program_.Step(program_.AddConvOf(program_.AddWeight(other), bias), Int8(0.03125, 0));
  }

  ir::ValueId Vector(const std::string& name, const std::vector<float>& elements) {
    return program_.nodes().Floats(name, {static_cast<std::int64_t>(elements.size())}, elements);
  }
  ir::ValueId Made(const std::string& name, const std::string& target,
                   const ConvProgram::Arguments& arguments,
                   const std::vector<std::int64_t>& sizes) {
    return program_.nodes().Node(name, target, arguments, ir::ScalarType::kFloat32, sizes);
  }
  ir::ValueId Reshaped(const std::string& name, ir::ValueId value,
                       const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> sizes = shape;
    for (std::int64_t& size : sizes) size = size == -1 ? 2 : size;
    const char* argument = spec_.reshape == "aten.view.default" ? "size" : "shape";
    return Made(name, spec_.reshape, {{"self", value}, {argument, shape}}, sizes);
  }
  std::vector<std::int64_t> Sizes() const { return program_.Image(2); }

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
    ConvProgram::Arguments arguments{{"self", value},
                                     {"other", Reshaped("reshape", scale, spec_.scale_shape)}};
    if (!spec_.rounding_mode) return Made("div", spec_.division, arguments, Sizes());
    arguments.push_back({"rounding_mode", *spec_.rounding_mode});
    return Made("div", "aten.div.Tensor_mode", arguments, Sizes());
  }

  ir::ValueId AddOriginalBias(ir::ValueId value) {
    const ir::ValueId bias =
        Reshaped("reshape_1", Vector("conv.bias", *spec_.original_bias), spec_.bias_shape);
    return Made("add_1", spec_.addition,
                {{"self", spec_.swapped ? bias : value},
                 {"other", spec_.swapped ? value : bias},
                 {"alpha", spec_.add_alpha}},
                Sizes());
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
                 {"running_mean", Mean()},
                 {"running_var", variance_},
                 {"training", spec_.training},
                 {"momentum", 0.1},
                 {"eps", spec_.norm_eps},
                 {"cudnn_enabled", false}},
                Sizes());
  }

  ir::ValueId Mean() {
    const ir::ValueId mean = Vector("bn.running_mean", spec_.mean);
    if (spec_.mean_doubled) program_.Call("aten.mul_.Tensor", mean, {{"other", 2.0}});
    return mean;
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
        {{"normalized", type(Sizes())}, {"save_mean", type({0})}, {"save_rstd", type({0})}});
    return graph.node(node).outputs.front();
  }

  ChainSpec spec_;
  ConvProgram program_;
  ir::ValueId conv_, gamma_, variance_;
  ir::ValueId bias_codes_, dequantized_bias_, float_bias_;
};

}  // namespace foldproof::fold
