// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quantized_conv.h"

#include <algorithm>
#include <string>

#include "src/fold/product.h"
#include "src/ir/constant_vector.h"
#include "src/ir/half_quantizer.h"

namespace foldproof::fold {
namespace {

using ir::Miss;
using ir::Node;
using ir::Program;
using ir::ValueId;

// A shape that a file declares is no promise of that much memory.
constexpr std::int64_t kMostChannels = std::int64_t{1} << 24;

// The operator that makes `value`, nullptr where it is another one.
template <typename Op>
const Op* MakerOf(const ir::Graph& graph, ValueId value) {
  const Node* node = graph.ProducerOf(value);
  return node == nullptr ? nullptr : std::get_if<Op>(&node->op);
}

// Which codes a weight that is no constant may have: those of the quantizer that makes them, else
// any of their type.
void ReadCodeRange(const ir::Graph& graph, ir::ScalarType dtype, QuantizedConv& out) {
  out.weight_min = ir::LowestOf(dtype);
  out.weight_max = ir::HighestOf(dtype);
  const auto narrow = [&](const auto* quantize) {
    if (quantize == nullptr) return;
    out.weight_min = quantize->params.quant_min;
    out.weight_max = quantize->params.quant_max;
  };
  narrow(MakerOf<ir::QuantizePerTensor>(graph, out.weight_codes));
  narrow(MakerOf<ir::QuantizePerChannel>(graph, out.weight_codes));
}

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
                        const Product& product, QuantizedConv& out) {
  if (params.axis != (product.transposed ? 1 : 0)) return false;
  const auto scales = RealsOf(program, params.scales);
  if (!scales || scales->empty()) return false;
  std::vector<std::int64_t> zero_points(scales->size(), 0);
  if (params.zero_points) {
    const auto stored = CodesOf(program, *params.zero_points);
    if (!stored || stored->size() != scales->size()) return false;
    zero_points = *stored;
  }
  const std::size_t groups = product.transposed ? static_cast<std::size_t>(product.groups) : 1;
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

bool ReadWeight(const Program& program, const Product& product, QuantizedConv& out) {
  const Node* weight = program.graph.ProducerOf(product.weight);
  if (weight == nullptr) return false;
  if (const auto tensor = ir::ReadDequantize(program.graph, weight)) {
    out.weight_codes = tensor->input;
    ReadCodeRange(program.graph, tensor->params.dtype, out);
    out.weight_scales = {tensor->params.scale};
    out.weight_zero_points = {tensor->params.zero_point};
    return true;
  }
  const auto channels = ir::ReadDequantizePerChannel(program.graph, weight);
  if (!channels) return false;
  out.weight_codes = channels->input;
  ReadCodeRange(program.graph, channels->params.dtype, out);
  return ReadWeightChannels(program, channels->params, product, out);
}

bool IsFilledWithZeros(const ir::Graph& graph, ValueId value) {
  const auto* fill = MakerOf<ir::Fill>(graph, value);
  return fill != nullptr && fill->value == 0;
}

// Whether zero points of one quantizer are constants among its codes, so that 0 comes back as 0.
bool ZeroIsACode(const Program& program, const ir::ChannelQuantParams& params) {
  if (!params.zero_points) return params.quant_min <= 0 && 0 <= params.quant_max;
  const auto stored = CodesOf(program, *params.zero_points);
  return stored && std::ranges::all_of(*stored, [&](std::int64_t zero_point) {
           return params.quant_min <= zero_point && zero_point <= params.quant_max;
         });
}

}  // namespace

std::optional<ir::QuantParams> InputParams(const Program& program, const Product& product) {
  const Node* input = BehindUnsqueeze(program.graph, product.input);
  const auto dequantize = ir::ReadDequantize(program.graph, input);
  return dequantize ? std::optional(dequantize->params) : std::nullopt;
}

std::variant<QuantizedConv, Miss> ReadQuantizedConv(const Program& program, const Node& node) {
  const Product product = ReadProduct(node).value();
  QuantizedConv out;
  out.node = node.id;
  const auto channels = OutputChannels(program.graph, product);
  if (!channels) return Miss{"bias-missing", node.name, "its weight's shape is not known"};
  out.channels = *channels;
  if (out.channels > kMostChannels) {
    return Miss{"bias-missing", node.name, "it has more than 2^24 output channels"};
  }
  const auto input = InputParams(program, product);
  if (!input) {
    return Miss{"bias-missing", node.name,
                "its input is not dequantized, so its bias has no scale"};
  }
  out.input = *input;
  if (!ReadWeight(program, product, out)) {
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
  if (const auto tensor = ir::ReadDequantize(program.graph, node)) {
    out.codes = tensor->input;
    scales = {tensor->params.scale};
    out.zero_points = {tensor->params.zero_point};
    out.quant_min = tensor->params.quant_min;
    out.quant_max = tensor->params.quant_max;
  } else if (const auto channels = ir::ReadDequantizePerChannel(program.graph, node)) {
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

bool IsComputedZero(const Program& program, ValueId bias) {
  const ir::Graph& graph = program.graph;
  if (IsFilledWithZeros(graph, bias)) return true;
  if (const auto* tensor = MakerOf<ir::DequantizePerTensor>(graph, bias)) {
    const ir::QuantParams& params = tensor->params;
    const auto* quantize = MakerOf<ir::QuantizePerTensor>(graph, tensor->input);
    return quantize != nullptr && quantize->params == params &&
           params.quant_min <= params.zero_point && params.zero_point <= params.quant_max &&
           IsFilledWithZeros(graph, quantize->input);
  }
  const auto* channels = MakerOf<ir::DequantizePerChannel>(graph, bias);
  if (channels == nullptr) return false;
  const auto* quantize = MakerOf<ir::QuantizePerChannel>(graph, channels->input);
  return quantize != nullptr && quantize->params == channels->params &&
         ZeroIsACode(program, channels->params) && IsFilledWithZeros(graph, quantize->input);
}

bool OnlyQuantized(const ir::Graph& graph, ValueId value) {
  std::vector<ValueId> open{value};
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (graph.users(open[i]).empty()) return false;
    for (const ir::Use& use : graph.users(open[i])) {
      if (!use.node) return false;
      const Node& reader = graph.node(*use.node);
      if (ir::ReadQuantize(graph, &reader)) continue;
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
      if (ir::ReadQuantize(graph, &reader)) continue;
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
