// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/half_quantizer.h"

#include <cmath>
#include <string_view>
#include <variant>

namespace foldproof::ir {
namespace {

bool IsHalf(const Graph& graph, ValueId value) {
  const auto& type = graph.value(value).type;
  return type && (type->dtype == ScalarType::kFloat16 || type->dtype == ScalarType::kBFloat16);
}

template <typename T>
std::optional<T> ArgumentOf(const Node& node, std::string_view name) {
  const ArgumentValue* value = node.Find(name);
  const auto* found = value == nullptr ? nullptr : std::get_if<T>(value);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

// Range and type of the codes.
template <typename Params>
bool ReadCodes(const Node& node, Params& params) {
  const auto low = ArgumentOf<std::int64_t>(node, "quant_min");
  const auto high = ArgumentOf<std::int64_t>(node, "quant_max");
  const auto dtype = ArgumentOf<ScalarType>(node, "dtype");
  if (!low || !high || !dtype || !IsInteger(*dtype)) return false;
  params.quant_min = *low;
  params.quant_max = *high;
  params.dtype = *dtype;
  return true;
}

// What quantize_per_tensor and dequantize_per_tensor have in common.
template <typename Quantizer>
std::optional<Quantizer> ReadPerTensor(const Node& node, std::string_view target) {
  const auto input = ArgumentOf<ValueId>(node, "input");
  const auto scale = ArgumentOf<double>(node, "scale");
  const auto zero_point = ArgumentOf<std::int64_t>(node, "zero_point");
  Quantizer op;
  if (node.target != target || !input || !scale || !zero_point || !ReadCodes(node, op.params)) {
    return std::nullopt;
  }
  if (!(std::isfinite(*scale) && *scale > 0)) return std::nullopt;
  op.input = *input;
  op.params.scale = *scale;
  op.params.zero_point = *zero_point;
  return op;
}

template <typename Quantizer>
std::optional<Quantizer> Typed(const Node* node) {
  const auto* op = node == nullptr ? nullptr : std::get_if<Quantizer>(&node->op);
  return op == nullptr ? std::nullopt : std::optional(*op);
}

}  // namespace

std::optional<QuantizePerTensor> ReadQuantize(const Graph& graph, const Node* node) {
  if (auto typed = Typed<QuantizePerTensor>(node); typed || node == nullptr) return typed;
  const auto op =
      ReadPerTensor<QuantizePerTensor>(*node, "quantized_decomposed.quantize_per_tensor.default");
  return op && IsHalf(graph, op->input) ? op : std::nullopt;
}

std::optional<DequantizePerTensor> ReadDequantize(const Graph& graph, const Node* node) {
  if (auto typed = Typed<DequantizePerTensor>(node); typed || node == nullptr) return typed;
  const auto op = ReadPerTensor<DequantizePerTensor>(
      *node, "quantized_decomposed.dequantize_per_tensor.default");
  return op && IsHalf(graph, node->outputs.front()) ? op : std::nullopt;
}

std::optional<DequantizePerChannel> ReadDequantizePerChannel(const Graph& graph, const Node* node) {
  if (auto typed = Typed<DequantizePerChannel>(node); typed || node == nullptr) return typed;
  const auto input = ArgumentOf<ValueId>(*node, "input");
  const auto scales = ArgumentOf<ValueId>(*node, "scales");
  const auto axis = ArgumentOf<std::int64_t>(*node, "axis");
  DequantizePerChannel op;
  if (node->target != "quantized_decomposed.dequantize_per_channel.default" || !input || !scales ||
      !axis || *axis < 0 || !ReadCodes(*node, op.params) || !IsHalf(graph, node->outputs.front())) {
    return std::nullopt;
  }
  op.input = *input;
  op.params.scales = *scales;
  op.params.zero_points = ArgumentOf<ValueId>(*node, "zero_points");
  op.params.axis = *axis;
  return op;
}

}  // namespace foldproof::ir
