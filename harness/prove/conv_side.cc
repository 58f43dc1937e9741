// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv_side.h"

#include <algorithm>

#include "harness/prove/tap_classes.h"

namespace foldproof::prove {
namespace {

// Thrown inside this file to carry a reason out; never leaves it.
struct NoIntegers {
  std::string reason;
};

std::vector<std::int64_t> AsIntegers(const exec::Tensor& tensor) {
  std::vector<std::int64_t> out;
  const auto widen = [&](auto element) {
    using T = decltype(element);
    for (const T x : tensor.Elements<T>()) out.push_back(static_cast<std::int64_t>(x));
  };
  switch (tensor.dtype) {
    case ir::ScalarType::kInt8: widen(std::int8_t{}); break;
    case ir::ScalarType::kUInt8: widen(std::uint8_t{}); break;
    case ir::ScalarType::kInt16: widen(std::int16_t{}); break;
    case ir::ScalarType::kUInt16: widen(std::uint16_t{}); break;
    case ir::ScalarType::kInt32: widen(std::int32_t{}); break;
    case ir::ScalarType::kInt64: widen(std::int64_t{}); break;
    default: throw NoIntegers{"holds " + std::string(ir::Name(tensor.dtype)) + ", not integer codes"};
  }
  return out;
}

std::vector<double> AsDoubles(const exec::Tensor& tensor) {
  std::vector<double> out;
  if (tensor.dtype == ir::ScalarType::kFloat32) {
    for (const float x : tensor.Elements<float>()) out.push_back(static_cast<double>(x));
  } else if (tensor.dtype == ir::ScalarType::kFloat64) {
    out = tensor.Elements<double>();
  } else {
    for (const std::int64_t x : AsIntegers(tensor)) out.push_back(static_cast<double>(x));
  }
  return out;
}

double RoundToFloat32(double x) { return static_cast<double>(static_cast<float>(x)); }

class Reader {
 public:
  Reader(const FunctionalView& view, const ConstantValues& constants, const ir::Node& node)
      : view_(view), graph_(view.program().graph), constants_(constants), node_(node) {}

  ConvSide Read() {
    ConvSide side;
    side.node = node_.id;
    side.op = std::get<ir::Convolution>(node_.op);
    side.output = node_.outputs.at(0);
    ReadInput(side);
    ReadWeight(side);
    ReadBias(side);
    const TapClasses classes = FindTapClasses(graph_, side.op, side.input_range);
    if (classes.classes.empty()) throw NoIntegers{"its output has no elements"};
    side.tap_classes = classes.classes;
    side.padded_zero_only = classes.padding_adds_zero;
    return side;
  }

 private:
  ir::ValueId Operand(ir::ValueId value) const { return view_.Read(node_.id, value); }

  // The tensor of a constant codes value: straight from the program where it is stored, else computed.
  exec::Tensor ConstantTensor(ir::ValueId value, const char* what) const {
    const ir::Program& program = view_.program();
    if (const ir::Constant* stored = program.ConstantOf(value)) {
      return {stored->type.dtype, stored->type.sizes(), program.BytesOf(*stored)};
    }
    if (const ConstantValue* computed = constants_.Find(value)) return computed->value;
    const std::string why = constants_.WhyNot(value);
    throw NoIntegers{std::string(what) + " (" + graph_.value(value).name + ") is not a constant" +
                     (why.empty() ? "" : ": " + why)};
  }

  void ReadInput(ConvSide& side) const;
  void ReadWeight(ConvSide& side) const;
  void ReadWeightScales(ConvSide& side, const ir::DequantizePerChannel& dq,
                        std::vector<std::int64_t>& zero_points) const;
  void ReadBias(ConvSide& side) const;
  void ReadPerChannelBias(ConvSide& side, const ir::DequantizePerChannel& dq) const;

  const FunctionalView& view_;
  const ir::Graph& graph_;
  const ConstantValues& constants_;
  const ir::Node& node_;
};

// Follows the conv's input back through nodes that only move elements, to the dequantize that made them.
void Reader::ReadInput(ConvSide& side) const {
  ir::ValueId value = Operand(side.op.input);
  const ir::Node* node = graph_.ProducerOf(value);
  bool zero = false;
  while (node != nullptr && !std::holds_alternative<ir::DequantizePerTensor>(node->op)) {
    if (view_.IsOverwritten(value)) throw NoIntegers{"its input is overwritten in place"};
    std::optional<ir::ValueId> moved;
    if (const auto* reshape = std::get_if<ir::Reshape>(&node->op)) moved = reshape->input;
    if (const auto* permute = std::get_if<ir::Permute>(&node->op)) moved = permute->input;
    if (const auto* copy = std::get_if<ir::Copy>(&node->op)) moved = copy->input;
    if (const auto* pad = std::get_if<ir::Pad>(&node->op)) {
      if (pad->mode != ir::Pad::Mode::kConstant || pad->value == 0) moved = pad->input;
      zero |= pad->mode == ir::Pad::Mode::kConstant;
    }
    if (!moved) throw NoIntegers{"its input is not dequantized: " + node->name + " (" + node->target + ")"};
    value = view_.Read(node->id, *moved);
    node = graph_.ProducerOf(value);
  }
  if (node == nullptr) throw NoIntegers{"its input is not quantized: " + graph_.value(value).name};
  const auto& dq = std::get<ir::DequantizePerTensor>(node->op);
  side.input_cut = value;
  side.input_codes = view_.Read(node->id, dq.input);
  side.input_params = dq.params;
  std::int64_t low = dq.params.quant_min;
  std::int64_t high = dq.params.quant_max;
  const ir::Node* codes = graph_.ProducerOf(side.input_codes);
  if (const auto* q = codes ? std::get_if<ir::QuantizePerTensor>(&codes->op) : nullptr) {
    low = q->params.quant_min;
    high = q->params.quant_max;
  } else if (const auto& type = graph_.value(side.input_codes).type; type && ir::IsInteger(type->dtype)) {
    low = ir::LowestOf(type->dtype);
    high = ir::HighestOf(type->dtype);
  }
  side.input_range = {low - dq.params.zero_point, high - dq.params.zero_point};
  if (high - low > 65535) throw NoIntegers{"its input has more than 16 bits"};
  if (zero) {
    side.input_range.low = std::min<std::int64_t>(side.input_range.low, 0);
    side.input_range.high = std::max<std::int64_t>(side.input_range.high, 0);
  }
}

// [O][taps] from the weight's own layout; a transposed conv's is [I][O / groups][kernel].
std::vector<std::int32_t> ByOutputChannel(const std::vector<std::int64_t>& codes,
                                          const std::vector<std::int64_t>& sizes, std::int64_t groups,
                                          bool transposed, std::size_t kernel) {
  std::vector<std::int32_t> out(codes.size());
  if (!transposed) {
    std::transform(codes.begin(), codes.end(), out.begin(),
                   [](std::int64_t w) { return static_cast<std::int32_t>(w); });
    return out;
  }
  const auto inputs = static_cast<std::size_t>(sizes[0] / groups);  // of a group
  const auto outputs = static_cast<std::size_t>(sizes[1]);
  std::size_t to = 0;
  for (std::size_t g = 0; g < static_cast<std::size_t>(groups); ++g) {
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t i = 0; i < inputs; ++i) {
        const std::size_t from = ((g * inputs + i) * outputs + o) * kernel;
        for (std::size_t k = 0; k < kernel; ++k) out[to++] = static_cast<std::int32_t>(codes[from + k]);
      }
    }
  }
  return out;
}

void Reader::ReadWeight(ConvSide& side) const {
  const ir::ValueId value = Operand(side.op.weight);
  const ir::Node* node = graph_.ProducerOf(value);
  if (view_.IsOverwritten(value)) throw NoIntegers{"its weight is overwritten in place"};
  const auto* tensor = node ? std::get_if<ir::DequantizePerTensor>(&node->op) : nullptr;
  const auto* channel = node ? std::get_if<ir::DequantizePerChannel>(&node->op) : nullptr;
  if (tensor == nullptr && channel == nullptr) {
    throw NoIntegers{"its weight is not quantized: " + graph_.value(value).name};
  }
  side.weight_codes = view_.Read(node->id, tensor ? tensor->input : channel->input);
  const exec::Tensor weight = ConstantTensor(side.weight_codes, "its weight");
  if (weight.sizes.size() != side.op.spatial() + 2) throw NoIntegers{"its weight has the wrong rank"};
  side.channels = static_cast<std::size_t>(side.op.transposed ? weight.sizes[1] * side.op.groups
                                                              : weight.sizes[0]);
  side.kernel = 1;
  for (std::size_t d = 2; d < weight.sizes.size(); ++d) {
    side.kernel *= static_cast<std::size_t>(weight.sizes[d]);
  }
  std::vector<std::int64_t> codes = AsIntegers(weight);
  if (side.channels == 0 || codes.empty()) throw NoIntegers{"its weight is empty"};
  if (side.op.transposed && weight.sizes[0] % side.op.groups != 0) {
    throw NoIntegers{"its groups do not divide its input channels"};
  }
  side.taps = codes.size() / side.channels;
  side.weights =
      ByOutputChannel(codes, weight.sizes, side.op.groups, side.op.transposed, side.kernel);
  std::vector<std::int64_t> zero_points(1, 0);
  if (tensor != nullptr) {
    zero_points[0] = tensor->params.zero_point;
    side.weight_scales.assign(side.channels, RoundToFloat32(tensor->params.scale));
  } else {
    ReadWeightScales(side, *channel, zero_points);
  }
  for (std::size_t c = 0; c < side.channels; ++c) {
    const auto z = static_cast<std::int32_t>(zero_points[zero_points.size() == 1 ? 0 : c]);
    if (z == 0) continue;
    for (std::size_t t = 0; t < side.taps; ++t) side.weights[c * side.taps + t] -= z;
  }
  side.weight_zero_points = std::move(zero_points);
}

void Reader::ReadWeightScales(ConvSide& side, const ir::DequantizePerChannel& dq,
                              std::vector<std::int64_t>& zero_points) const {
  if (dq.params.axis != (side.op.transposed ? 1 : 0)) {
    throw NoIntegers{"its weight scales vary along dimension " + std::to_string(dq.params.axis) +
                     ", not along the output channels"};
  }
  const ir::Node& node = *graph_.ProducerOf(Operand(side.op.weight));
  const auto scales = AsDoubles(ConstantTensor(view_.Read(node.id, dq.params.scales), "its scales"));
  if (dq.params.zero_points) {
    zero_points = AsIntegers(
        ConstantTensor(view_.Read(node.id, *dq.params.zero_points), "its zero points"));
  }
  const std::size_t entries = side.op.transposed
                                  ? side.channels / static_cast<std::size_t>(side.op.groups)
                                  : side.channels;
  if (scales.size() != entries || (zero_points.size() != entries && dq.params.zero_points)) {
    throw NoIntegers{"its weight has " + std::to_string(scales.size()) + " scales for " +
                     std::to_string(entries) + " channels"};
  }
  for (std::size_t c = 0; c < side.channels; ++c) {
    side.weight_scales.push_back(RoundToFloat32(scales[c % entries]));
  }
  if (zero_points.size() == entries && entries != side.channels) {
    std::vector<std::int64_t> repeated;
    for (std::size_t c = 0; c < side.channels; ++c) repeated.push_back(zero_points[c % entries]);
    zero_points = repeated;
  }
}

void Reader::ReadBias(ConvSide& side) const {
  ConvBias& bias = side.bias;
  if (!side.op.bias) {
    bias.value.assign(side.channels, 0.0);
    bias.ideal = bias.value;
    return;
  }
  const ir::ValueId value = Operand(*side.op.bias);
  const ir::Node* node = graph_.ProducerOf(value);
  if (const auto* dq = node ? std::get_if<ir::DequantizePerTensor>(&node->op) : nullptr) {
    bias.kind = ConvBias::Kind::kQuantized;
    bias.source = view_.Read(node->id, dq->input);
    bias.codes = AsIntegers(ConstantTensor(*bias.source, "its bias"));
    const double step = RoundToFloat32(dq->params.scale);
    bias.steps.assign(bias.codes.size(), step);
    for (const std::int64_t code : bias.codes) {
      bias.value.push_back(static_cast<double>(code - dq->params.zero_point) * step);
    }
    bias.ideal = bias.value;
  } else if (const auto* per_channel =
                 node ? std::get_if<ir::DequantizePerChannel>(&node->op) : nullptr) {
    ReadPerChannelBias(side, *per_channel);
  } else {
    bias.kind = ConvBias::Kind::kFloat;
    bias.source = value;
    const exec::Tensor tensor = ConstantTensor(value, "its bias");
    if (!ir::IsFloat(tensor.dtype)) {
      throw NoIntegers{"its bias is " + std::string(ir::Name(tensor.dtype)) + " and not dequantized"};
    }
    bias.value = AsDoubles(tensor);
    const ConstantValue* computed = constants_.Find(value);
    bias.ideal = computed != nullptr ? computed->ideal : bias.value;
  }
  // One entry for several channels is no bias that a conv takes (structure finding bias-length); what
  // it says of the numbers is still worth knowing.
  if (bias.value.size() == 1 && side.channels > 1) {
    for (std::vector<double>* field : {&bias.value, &bias.ideal, &bias.steps}) {
      if (!field->empty()) field->resize(side.channels, field->front());
    }
    if (!bias.codes.empty()) bias.codes.resize(side.channels, bias.codes.front());
  }
  if (bias.value.size() != side.channels) {
    throw NoIntegers{"its bias has " + std::to_string(bias.value.size()) + " entries for " +
                     std::to_string(side.channels) + " channels"};
  }
}

void Reader::ReadPerChannelBias(ConvSide& side, const ir::DequantizePerChannel& dq) const {
  const ir::Node& node = *graph_.ProducerOf(Operand(*side.op.bias));
  ConvBias& bias = side.bias;
  bias.kind = ConvBias::Kind::kQuantized;
  bias.source = view_.Read(node.id, dq.input);
  bias.codes = AsIntegers(ConstantTensor(*bias.source, "its bias"));
  const auto scales =
      AsDoubles(ConstantTensor(view_.Read(node.id, dq.params.scales), "its bias scales"));
  std::vector<std::int64_t> zero_points(bias.codes.size(), 0);
  if (dq.params.zero_points) {
    zero_points = AsIntegers(
        ConstantTensor(view_.Read(node.id, *dq.params.zero_points), "its bias zero points"));
  }
  if (scales.size() != bias.codes.size() || zero_points.size() != bias.codes.size()) {
    throw NoIntegers{"its bias has " + std::to_string(bias.codes.size()) + " codes but " +
                     std::to_string(scales.size()) + " scales"};
  }
  for (std::size_t c = 0; c < bias.codes.size(); ++c) {
    bias.steps.push_back(RoundToFloat32(scales[c]));
    bias.value.push_back(static_cast<double>(bias.codes[c] - zero_points[c]) * bias.steps[c]);
  }
  bias.ideal = bias.value;
}

}  // namespace

ConvSideOrReason ReadConvSide(const FunctionalView& view, const ConstantValues& constants,
                              const ir::Node& node) {
  try {
    return {Reader(view, constants, node).Read(), {}};
  } catch (const NoIntegers& none) {
    return {std::nullopt, none.reason};
  }
}

}  // namespace foldproof::prove
