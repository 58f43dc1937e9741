// SPDX-License-Identifier: BSD-3-Clause
//
// Programs of one quantized 1x1 convolution, written one node at a time:
//   x -> quantize -> dequantize -> conv2d(dequantized weights, bias) -> ...
// With a 1x1 kernel on a 1x1 image the accumulator of channel c is sum_t x_t * w[c][t], so reaches
// and values are sums that a reader can do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/sites/pair_plan.h"
#include "harness/prove/sites/site_match.h"
#include "tests/harness/prove/constant_program.h"

namespace foldproof::prove {

inline ir::QuantParams Int8(double scale, std::int64_t zero_point) {
  return {scale, zero_point, -128, 127, ir::ScalarType::kInt8};
}
inline ir::QuantParams UInt8(double scale, std::int64_t zero_point) {
  return {scale, zero_point, 0, 255, ir::ScalarType::kUInt8};
}
inline ir::QuantParams Int16(double scale, std::int64_t zero_point) {
  return {scale, zero_point, -32768, 32767, ir::ScalarType::kInt16};
}

// What the conv is made of; weights as codes of zero point 0, a row a channel.
struct ConvSpec {
  std::vector<std::vector<std::int16_t>> weights{{1}};
  ir::QuantParams input = Int8(1.0, 0);
  std::vector<float> weight_scales{1.0f};
  std::optional<std::vector<float>> bias;  // a float bias
  std::vector<std::int64_t> image{1, 1};
  bool batched = true;
};

class ConvProgram {
 public:
  using Arguments = ConstantProgram::Arguments;

  explicit ConvProgram(const ConvSpec& spec)
      : channels_(Size(spec.weights)), image_(spec.image), batched_(spec.batched) {
    const std::int64_t taps = Size(spec.weights.at(0));
    x_ = program_.UserInput("x", ir::MakeTensorType(ir::ScalarType::kFloat32, Image(taps)));
    input_ = Dequantize(Quantize(x_, spec.input), spec.input);
    conv_ = AddConv(spec);
  }

  // Another conv, on the same input.
  ir::ValueId AddConv(const ConvSpec& spec) {
    const ir::ValueId weight = AddWeight(spec);
    ir::ArgumentValue bias = ir::None{};
    if (spec.bias) bias = program_.Floats(Name("bias"), {channels_}, *spec.bias);
    return AddConvOf(weight, bias);
  }
  ir::ValueId AddConvOf(ir::ValueId weight, const ir::ArgumentValue& bias) {
    return program_.Node(Name("conv2d"), "aten.conv2d.default",
                         {{"input", input_}, {"weight", weight}, {"bias", bias}},
                         ir::ScalarType::kFloat32, Image(channels_));
  }
  // The shape of an image of so many channels.
  std::vector<std::int64_t> Image(std::int64_t channels) const {
    std::vector<std::int64_t> sizes{channels};
    if (batched_) sizes.insert(sizes.begin(), 1);
    sizes.insert(sizes.end(), image_.begin(), image_.end());
    return sizes;
  }
  ir::ValueId AddWeight(const ConvSpec& spec) {
    std::vector<std::int16_t> codes;
    for (const auto& row : spec.weights) codes.insert(codes.end(), row.begin(), row.end());
    const std::int64_t taps = Size(spec.weights.at(0));
    const ir::ValueId stored = program_.Stored(
        Name("weight"), exec::Tensor::Of(ir::ScalarType::kInt16, {channels_, taps, 1, 1}, codes));
    const ir::ValueId scales = program_.Floats(Name("scales"), {channels_}, spec.weight_scales);
    return program_.Node(Name("dq_weight"), "quantized_decomposed.dequantize_per_channel.default",
                         {{"input", stored},
                          {"scales", scales},
                          {"zero_points", ir::None{}},
                          {"axis", std::int64_t{0}},
                          {"quant_min", std::int64_t{-32768}},
                          {"quant_max", std::int64_t{32767}},
                          {"dtype", ir::ScalarType::kInt16}},
                         ir::ScalarType::kFloat32, {channels_, taps, 1, 1});
  }
  // int32 codes, dequantized with one scale: a conv's quantized bias.
  ir::ValueId AddQuantizedBias(const std::vector<std::int32_t>& codes, double scale) {
    const ir::ValueId stored = program_.Stored(
        Name("bias_codes"), exec::Tensor::Of(ir::ScalarType::kInt32, {Size(codes)}, codes));
    return Dequantize(stored, {scale, 0, -2147483648, 2147483647, ir::ScalarType::kInt32});
  }

  ir::ValueId Quantize(ir::ValueId value, const ir::QuantParams& params) {
    return Quantization("quantize_per_tensor", value, params, params.dtype);
  }
  ir::ValueId Dequantize(ir::ValueId value, const ir::QuantParams& params) {
    return Quantization("dequantize_per_tensor", value, params, ir::ScalarType::kFloat32);
  }
  // Quantizes and dequantizes: the usual end of a tail.
  ir::ValueId Step(ir::ValueId value, const ir::QuantParams& params) {
    return Dequantize(Quantize(value, params), params);
  }

  // A float32 node of `self`'s shape. A target that ends in "_." writes in place.
  ir::ValueId Call(const std::string& target, ir::ValueId self, const Arguments& more = {}) {
    Arguments arguments{{"self", self}};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return program_.Node(Name("call"), target, arguments, ir::ScalarType::kFloat32, SizesOf(self));
  }
  // One float a channel, shaped to broadcast.
  ir::ValueId PerChannel(const std::vector<float>& elements) {
    return program_.Floats(Name("constant"), {Size(elements), 1, 1}, elements);
  }
  ir::ValueId BatchNorm(ir::ValueId value, const std::vector<float>& gamma,
                        const std::vector<float>& beta, const std::vector<float>& mean,
                        const std::vector<float>& var, double eps) {
    const auto one = [&](const std::vector<float>& v) {
      return program_.Floats(Name("bn"), {Size(v)}, v);
    };
    const Arguments arguments{{"input", value},          {"weight", one(gamma)},
                              {"bias", one(beta)},       {"running_mean", one(mean)},
                              {"running_var", one(var)}, {"training", false},
                              {"momentum", 0.1},         {"eps", eps},
                              {"cudnn_enabled", false}};
    return program_.Node(Name("batch_norm"), "aten.batch_norm.default", arguments,
                         ir::ScalarType::kFloat32, SizesOf(value));
  }

  ir::Program Return(const std::vector<ir::ValueId>& outputs) { return program_.Return(outputs); }

  ir::ValueId x() const { return x_; }
  ir::ValueId input() const { return input_; }  // dequantized
  ir::ValueId conv() const { return conv_; }
  ConstantProgram& nodes() { return program_; }

 private:
  template <typename T>
  static std::int64_t Size(const std::vector<T>& list) {
    return static_cast<std::int64_t>(list.size());
  }
  // "conv2d", "conv2d_1", ...: names of one kind count by themselves, as torch.export's do.
  std::string Name(const std::string& kind) {
    const int n = counts_[kind]++;
    return n == 0 ? kind : kind + "_" + std::to_string(n);
  }
  std::vector<std::int64_t> SizesOf(ir::ValueId value) {
    return program_.program().graph.value(value).type->sizes();
  }
  ir::ValueId Quantization(const std::string& kind, ir::ValueId value,
                           const ir::QuantParams& params, ir::ScalarType dtype) {
    return program_.Node(Name(kind), "quantized_decomposed." + kind + ".default",
                         {{"input", value},
                          {"scale", params.scale},
                          {"zero_point", params.zero_point},
                          {"quant_min", params.quant_min},
                          {"quant_max", params.quant_max},
                          {"dtype", params.dtype}},
                         dtype, SizesOf(value));
  }

  ConstantProgram program_;
  std::int64_t channels_;
  std::vector<std::int64_t> image_;
  bool batched_;
  std::map<std::string, int> counts_;
  ir::ValueId x_, input_, conv_;
};

// A program with its first conv read of those that its outputs depend on; everything that points
// into it lives as long as this.
struct ReadProgram {
  explicit ReadProgram(ir::Program from) : program(std::move(from)), side(program) {
    for (const ir::Node& node : side.view.program().graph.nodes()) {
      if (!std::holds_alternative<ir::Convolution>(node.op) || !side.view.IsLive(node.id)) continue;
      ConvSideOrReason read = ReadConvSide(side.view, side.constants, node);
      reason = read.reason;
      if (read.side) {
        site =
            MakeSiteSide(side.view, side.constants, std::move(*read.side), BatchNormVariant::kFma);
      }
      return;
    }
  }
  ReadProgram(const ReadProgram&) = delete;

  ir::Program program;
  Side side;
  std::optional<SiteSide> site;
  std::string reason;
};

}  // namespace foldproof::prove
