// SPDX-License-Identifier: BSD-3-Clause
//
//   dequantize_per_tensor(x) ─ [unsqueeze] ─┐
//   dequantize(w)  ─────────────────────────┤ conv          bias: none, or a float constant
//
// becomes the same conv with bias = dequantize(int32 constant), at scale(x)·scale(w).
#include "src/fold/upstream/upstream_quantize_bias.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/fold/upstream/float32_bias.h"
#include "src/fold/upstream/upstream_raise.h"
#include "src/ir/constant_vector.h"
#include "src/ir/half_quantizer.h"

namespace foldproof::fold {
namespace {

using ir::Argument;
using ir::Editor;
using ir::Node;
using ir::ScalarType;
using ir::ValueId;

constexpr std::string_view kDequantize = "quantized_decomposed.dequantize_per_tensor.default";
constexpr std::string_view kDequantizePerChannel =
    "quantized_decomposed.dequantize_per_channel.default";
constexpr std::int64_t kMaxInt32 = 2147483647;
// A shape that a file declares is no promise of that much memory.
constexpr std::int64_t kMostNewChannels = std::int64_t{1} << 24;

bool IsTarget(const Node& node, UpstreamQuantizeBias::Targets targets) {
  for (const char* target :
       {"aten.convolution.default", "aten.conv2d.default", "aten.conv_transpose2d.input"}) {
    if (node.target == target) return true;
  }
  return targets == UpstreamQuantizeBias::Targets::kFuseQatConvBn &&
         node.target == "aten.conv1d.default";
}

class BiasPreparation {
 public:
  BiasPreparation(Editor& editor, const UpstreamQuantizeBias::Options& options)
      : editor_(editor),
        options_(options),
        quant_min_(options.symmetric ? -kMaxInt32 : ~kMaxInt32) {}

  ir::PassReport Run() {
    const std::vector<ir::NodeId> order = editor_.Order();
    for (const ir::NodeId id : order) {
      if (IsTarget(Node_(id), options_.targets)) Visit(id);
    }
    return std::move(report_);
  }

 private:
  const ir::Graph& graph() const { return editor_.graph(); }
  const Node& Node_(ir::NodeId id) const { return graph().node(id); }

  static std::optional<ValueId> Tensor(const Node& node, std::string_view name) {
    const ir::ArgumentValue* value = node.Find(name);
    const auto* id = value == nullptr ? nullptr : std::get_if<ValueId>(value);
    return id == nullptr ? std::nullopt : std::optional(*id);
  }

  void Visit(ir::NodeId id) {
    added_zeros_ = false;
    QuantizeBiasOf(id);
    if (added_zeros_) {
      report_.missed.push_back(
          {"bias-missing", Node_(id).name, "a float bias of zeros was added and left as it is"});
    }
  }

  void QuantizeBiasOf(ir::NodeId id) {
    std::optional<ValueId> bias = Tensor(Node_(id), "bias");
    if (!bias) {
      if (!options_.default_zero_bias) return;
      bias = AddZeroBias(id);
    }
    if (!IsFloatBias(*bias)) return;
    const Node* input = graph().ProducerOf(*Tensor(Node_(id), "input"));
    if (input != nullptr && (input->target == "aten.unsqueeze.default" ||
                             input->target == "aten.unsqueeze_copy.default")) {
      input = graph().ProducerOf(std::get<ValueId>(input->arguments.front().value));
    }
    if (input == nullptr || input->target != kDequantize) return;
    const auto dequantize = ir::ReadDequantize(graph(), input);
    if (!dequantize) NotReproduced(*input, "it makes no float32, float16 or bfloat16");
    const double input_scale = dequantize->params.scale;
    const Node* weight = graph().ProducerOf(*Tensor(Node_(id), "weight"));
    if (weight == nullptr || weight->arguments.size() < 2) return;
    const ir::ArgumentValue& scale = weight->arguments[1].value;
    if (const auto* scales = std::get_if<ValueId>(&scale)) {
      QuantizePerChannel(id, *bias, input_scale, *scales);
    } else if (const auto* number = std::get_if<double>(&scale)) {
      QuantizePerTensor(id, *bias, input_scale * *number);
    } else {
      Raise(*weight, "the weight's scale is no number and no tensor");
    }
  }

  // A float zero bias, as many zeros as dimension 1 of the output has, whatever that is.
  ValueId AddZeroBias(ir::NodeId id) {
    const auto& type = graph().value(Node_(id).outputs.front()).type;
    if (!type || type->rank() < 2) Raise(Node_(id), "IndexError: tuple index out of range");
    const std::int64_t channels = type->dims[1].size;
    if (!type->dims[1].is_static() || channels > kMostNewChannels) {
      Raise(Node_(id), "no bias of " + type->ToString() + "'s dimension 1 is made here");
    }
    const std::string attribute = Node_(id).name + "_default_zero_bias";
    const std::vector<float> zeros(static_cast<std::size_t>(channels), 0.0f);
    const ValueId bias = editor_.AddParameter(id, attribute, "arg_" + attribute,
                                              ir::MakeTensorType(ScalarType::kFloat32, {channels}),
                                              ir::Bytes(zeros));
    editor_.SetArgument(id, "bias", bias);
    added_zeros_ = true;
    return bias;
  }

  // In an ExportedProgram the pass looks at parameters and tensor constants, not at buffers.
  bool IsFloatBias(ValueId bias) const {
    const ir::Constant* constant = editor_.program().ConstantOf(bias);
    if (constant == nullptr || constant->type.dtype == ScalarType::kInt32) return false;
    return editor_.program().form == ir::Program::Form::kGraphModule ||
           constant->kind != ir::Constant::Kind::kBuffer;
  }

  std::vector<float> Floats(ir::NodeId id, ValueId bias) const {
    auto floats = WidenedFloatsOf(editor_.program(), bias);
    if (!floats) Raise(Node_(id), "AssertionError: expecting the bias to have dtype torch.float32");
    return std::move(*floats);
  }

  void QuantizePerTensor(ir::NodeId id, ValueId bias, double scale) {
    std::vector<std::int32_t> codes;
    for (const float b : Floats(id, bias)) {
      codes.push_back(QuantizeBias32(b, scale, quant_min_, kMaxInt32));
    }
    StoreCodes(bias, codes);
    Dequantize(id, bias, kDequantize,
               {{"input", bias},
                {"scale", scale},
                {"zero_point", std::int64_t{0}},
                {"quant_min", quant_min_},
                {"quant_max", kMaxInt32},
                {"dtype", ScalarType::kInt32}});
  }

  void QuantizePerChannel(ir::NodeId id, ValueId bias, double input_scale, ValueId scales) {
    const ir::Constant* constant = editor_.program().ConstantOf(scales);
    const bool readable =
        constant != nullptr && (editor_.program().form == ir::Program::Form::kGraphModule ||
                                constant->kind == ir::Constant::Kind::kBuffer);
    if (!readable) {
      Raise(Node_(id), "TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'");
    }
    const std::vector<float> floats = Floats(id, bias);
    std::vector<std::int32_t> codes;
    ValueId scale_value;
    if (const auto narrow = FloatsOf(editor_.program(), scales)) {
      // A float64 number times a float32 tensor: the number is rounded to float32 first.
      const float factor = static_cast<float>(input_scale);
      scale_value = QuantizeWith<float>(id, bias, floats, *narrow, factor, QuantizeBias32PerChannel,
                                        ScalarType::kFloat32);
    } else if (const auto wide = RealsOf(editor_.program(), scales)) {
      scale_value = QuantizeWith<double>(id, bias, floats, *wide, input_scale,
                                         QuantizeBias64PerChannel, ScalarType::kFloat64);
    } else {
      Raise(Node_(id), "the weight's scales are no floats");
    }
    const auto count = *graph().value(scale_value).type->element_count();
    const std::vector<std::int32_t> zeros(static_cast<std::size_t>(count), 0);
    const std::string attribute = Node_(id).name + "_bias_zero_point";
    const ValueId zero_points =
        editor_.AddParameter(id, attribute, "arg_" + attribute,
                             ir::MakeTensorType(ScalarType::kInt32, {count}), ir::Bytes(zeros));
    Dequantize(id, bias, kDequantizePerChannel,
               {{"input", bias},
                {"scales", scale_value},
                {"zero_points", zero_points},
                {"axis", std::int64_t{0}},
                {"quant_min", quant_min_},
                {"quant_max", kMaxInt32},
                {"dtype", ScalarType::kInt32}});
  }

  // Stores the codes, and returns the new constant of the bias's scales. Lengths broadcast.
  template <typename Float>
  ValueId QuantizeWith(ir::NodeId id, ValueId bias, const std::vector<float>& floats,
                       std::vector<Float> scales, Float factor,
                       std::int32_t (*quantize)(float, Float, std::int64_t, std::int64_t),
                       ScalarType type) {
    for (Float& scale : scales) scale = factor * scale;
    const std::size_t length = std::max(floats.size(), scales.size());
    if ((floats.size() != length && floats.size() != 1) ||
        (scales.size() != length && scales.size() != 1)) {
      Raise(Node_(id), "RuntimeError: The size of tensor a (" + std::to_string(floats.size()) +
                           ") must match the size of tensor b (" + std::to_string(scales.size()) +
                           ") at non-singleton dimension 0");
    }
    std::vector<std::int32_t> codes;
    for (std::size_t c = 0; c < length; ++c) {
      codes.push_back(quantize(floats[floats.size() == 1 ? 0 : c],
                               scales[scales.size() == 1 ? 0 : c], quant_min_, kMaxInt32));
    }
    StoreCodes(bias, codes);
    const std::string attribute = Node_(id).name + "_bias_scale";
    return editor_.AddParameter(
        id, attribute, "arg_" + attribute,
        ir::MakeTensorType(type, {static_cast<std::int64_t>(scales.size())}), ir::Bytes(scales));
  }

  // In place: whoever else reads this constant reads the codes from now on.
  void StoreCodes(ValueId bias, const std::vector<std::int32_t>& codes) {
    const auto length = static_cast<std::int64_t>(codes.size());
    editor_.SetConstant(bias, ir::MakeTensorType(ScalarType::kInt32, {length}), ir::Bytes(codes));
  }

  void Dequantize(ir::NodeId id, ValueId bias, std::string_view target,
                  std::vector<Argument> arguments) {
    const ir::TensorType type{ScalarType::kFloat32, graph().value(bias).type->dims};
    const bool channels = target == kDequantizePerChannel;
    const ir::NodeId made = editor_.InsertBefore(
        id, channels ? "dequantize_per_channel_default" : "dequantize_per_tensor_default",
        std::string(target), std::move(arguments), {type});
    editor_.SetArgument(id, "bias", graph().node(made).outputs.front());
    report_.rewritten.push_back(
        {Node_(id).name, added_zeros_ ? "zero bias added and quantized" : "float bias quantized"});
    added_zeros_ = false;
  }

  Editor& editor_;
  UpstreamQuantizeBias::Options options_;
  std::int64_t quant_min_;
  bool added_zeros_ = false;
  ir::PassReport report_{"QuantizeFusedConvBnBias", {}, {}};
};

}  // namespace

ir::PassReport UpstreamQuantizeBias::Run(ir::Editor& editor) const {
  return BiasPreparation(editor, options_).Run();
}

}  // namespace foldproof::fold
