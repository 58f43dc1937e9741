// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quantized_conv.h"

#include <string>

#include "src/ir/constant_vector.h"

namespace foldproof::fold {
namespace {

using ir::Miss;
using ir::Node;
using ir::Program;
using ir::ValueId;

// A shape that a file declares is no promise of that much memory.
constexpr std::int64_t kMostChannels = std::int64_t{1} << 24;

const Node* BehindUnsqueeze(const ir::Graph& graph, ValueId value) {
  const Node* node = graph.ProducerOf(value);
  while (node != nullptr && (node->target == "aten.unsqueeze.default" ||
                             node->target == "aten.unsqueeze_copy.default")) {
    const auto* reshape = std::get_if<ir::Reshape>(&node->op);
    if (reshape == nullptr) return nullptr;
    node = graph.ProducerOf(reshape->input);
  }
  return node;
}

// The per-channel parameters as one an output channel. A transposed convolution's weight has its
// output channels, of one group, in dimension 1; any other's in dimension 0.
bool ReadWeightChannels(const Program& program, const ir::ChannelQuantParams& params,
                        const ir::Convolution& conv, QuantizedConv& out) {
  if (params.axis != (conv.transposed ? 1 : 0)) return false;
  const auto scales = RealsOf(program, params.scales);
  if (!scales || scales->empty()) return false;
  std::vector<std::int64_t> zero_points(scales->size(), 0);
  if (params.zero_points) {
    const auto stored = CodesOf(program, *params.zero_points);
    if (!stored || stored->size() != scales->size()) return false;
    zero_points = *stored;
  }
  const std::size_t groups = conv.transposed ? static_cast<std::size_t>(conv.groups) : 1;
  if (scales->size() * groups != static_cast<std::size_t>(out.channels)) return false;
  for (std::size_t group = 0; group < groups; ++group) {
    out.weight_scales.insert(out.weight_scales.end(), scales->begin(), scales->end());
    out.weight_zero_points.insert(out.weight_zero_points.end(), zero_points.begin(),
                                  zero_points.end());
  }
  out.scale_type = program.ConstantOf(params.scales)->type.dtype;
  out.per_channel = true;
  return true;
}

bool ReadWeight(const Program& program, const ir::Convolution& conv, QuantizedConv& out) {
  const Node* weight = program.graph.ProducerOf(conv.weight);
  if (weight == nullptr) return false;
  if (const auto* tensor = std::get_if<ir::DequantizePerTensor>(&weight->op)) {
    out.weight_codes = tensor->input;
    out.weight_min = tensor->params.quant_min;
    out.weight_max = tensor->params.quant_max;
    out.weight_scales = {tensor->params.scale};
    out.weight_zero_points = {tensor->params.zero_point};
    return true;
  }
  const auto* channels = std::get_if<ir::DequantizePerChannel>(&weight->op);
  if (channels == nullptr) return false;
  out.weight_codes = channels->input;
  out.weight_min = channels->params.quant_min;
  out.weight_max = channels->params.quant_max;
  return ReadWeightChannels(program, channels->params, conv, out);
}

}  // namespace

std::optional<std::int64_t> OutputChannels(const ir::Graph& graph, const ir::Convolution& conv) {
  const auto& type = graph.value(conv.weight).type;
  if (!type || !type->is_static() || type->rank() < 2) return std::nullopt;
  return conv.transposed ? type->dims[1].size * conv.groups : type->dims[0].size;
}

std::optional<ir::QuantParams> InputParams(const Program& program, const ir::Convolution& conv) {
  const Node* input = BehindUnsqueeze(program.graph, conv.input);
  const auto* dequantize =
      input == nullptr ? nullptr : std::get_if<ir::DequantizePerTensor>(&input->op);
  return dequantize == nullptr ? std::nullopt : std::optional(dequantize->params);
}

std::variant<QuantizedConv, Miss> ReadQuantizedConv(const Program& program, const Node& node) {
  const auto& conv = std::get<ir::Convolution>(node.op);
  QuantizedConv out;
  out.node = node.id;
  const auto channels = OutputChannels(program.graph, conv);
  if (!channels) return Miss{"bias-missing", node.name, "its weight's shape is not known"};
  out.channels = *channels;
  if (out.channels > kMostChannels) {
    return Miss{"bias-missing", node.name, "it has more than 2^24 output channels"};
  }
  const auto input = InputParams(program, conv);
  if (!input) {
    return Miss{"bias-missing", node.name,
                "its input is not dequantized, so its bias has no scale"};
  }
  out.input = *input;
  if (!ReadWeight(program, conv, out)) {
    return Miss{"bias-missing", node.name,
                "its weight is not dequantized per tensor or per output channel"};
  }
  return out;
}

std::optional<QuantizedBias> ReadQuantizedBias(const Program& program, ValueId bias) {
  const Node* node = program.graph.ProducerOf(bias);
  if (node == nullptr) return std::nullopt;
  QuantizedBias out;
  out.dequantize = node->id;
  std::vector<double> scales;
  if (const auto* tensor = std::get_if<ir::DequantizePerTensor>(&node->op)) {
    out.codes = tensor->input;
    scales = {tensor->params.scale};
    out.zero_points = {tensor->params.zero_point};
    out.quant_min = tensor->params.quant_min;
    out.quant_max = tensor->params.quant_max;
  } else if (const auto* channels = std::get_if<ir::DequantizePerChannel>(&node->op)) {
    const auto stored = RealsOf(program, channels->params.scales);
    if (!stored || channels->params.axis != 0) return std::nullopt;
    out.codes = channels->input;
    scales = *stored;
    out.zero_points.assign(scales.size(), 0);
    if (channels->params.zero_points) {
      const auto zero_points = CodesOf(program, *channels->params.zero_points);
      if (!zero_points || zero_points->size() != scales.size()) return std::nullopt;
      out.zero_points = *zero_points;
    }
    out.quant_min = channels->params.quant_min;
    out.quant_max = channels->params.quant_max;
  } else {
    return std::nullopt;
  }
  for (const double scale : scales) out.scales.push_back(static_cast<float>(scale));
  const ir::Constant* constant = program.ConstantOf(out.codes);
  if (constant == nullptr || constant->type.dtype != ir::ScalarType::kInt32) return std::nullopt;
  out.values = *CodesOf(program, out.codes);
  if (out.scales.size() != 1 && out.scales.size() != out.values.size()) return std::nullopt;
  return out;
}

bool OnlyQuantized(const ir::Graph& graph, ValueId value) {
  std::vector<ValueId> open{value};
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (graph.users(open[i]).empty()) return false;
    for (const ir::Use& use : graph.users(open[i])) {
      if (!use.node) return false;
      const Node& reader = graph.node(*use.node);
      if (std::holds_alternative<ir::QuantizePerTensor>(reader.op)) continue;
      const auto* unary = std::get_if<ir::Unary>(&reader.op);
      const bool passes = (unary != nullptr && unary->kind == ir::Unary::Kind::kRelu) ||
                          std::holds_alternative<ir::Clamp>(reader.op) ||
                          std::holds_alternative<ir::Reshape>(reader.op) ||
                          std::holds_alternative<ir::Permute>(reader.op) ||
                          std::holds_alternative<ir::Copy>(reader.op);
      if (!passes) return false;
      open.push_back(reader.outputs.front());
    }
  }
  return true;
}

bool IsQuantizedNext(const ir::Graph& graph, ValueId value) {
  const auto all_quantize = [&](ValueId of, bool relu_too, const auto& self) -> bool {
    if (graph.users(of).empty()) return false;
    for (const ir::Use& use : graph.users(of)) {
      if (!use.node) return false;
      const Node& reader = graph.node(*use.node);
      if (std::holds_alternative<ir::QuantizePerTensor>(reader.op)) continue;
      const auto* unary = std::get_if<ir::Unary>(&reader.op);
      const bool is_relu = unary != nullptr && unary->kind == ir::Unary::Kind::kRelu;
      if (!is_relu || !relu_too || !self(reader.outputs.front(), false, self)) return false;
    }
    return true;
  };
  return all_quantize(value, true, all_quantize);
}

std::size_t ReadersOf(const Program& program, ValueId value) {
  const ir::Constant* constant = program.ConstantOf(value);
  if (constant == nullptr) return program.graph.users(value).size();
  std::size_t readers = 0;
  const auto count = [&](ValueId candidate) {
    if (program.ConstantOf(candidate) == constant) readers += program.graph.users(candidate).size();
  };
  for (const ir::InputSpec& spec : program.inputs) count(spec.value);
  for (const Node& node : program.graph.nodes()) {
    if (std::holds_alternative<ir::GetAttr>(node.op)) count(node.outputs.front());
  }
  for (const ir::OutputSpec& spec : program.outputs) readers += spec.target == constant->name;
  return readers;
}

}  // namespace foldproof::fold
