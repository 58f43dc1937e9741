// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/quantized_tail.h"

#include <algorithm>
#include <set>
#include <string>

namespace foldproof::fold {
namespace {

using ir::Graph;
using ir::Miss;
using ir::Node;
using ir::ValueId;

// The one node that reads `node`'s first result, whose others nobody reads.
const Node* OnlyReader(const Graph& graph, const Node& node) {
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    if (!graph.users(node.outputs[i]).empty()) return nullptr;
  }
  if (node.outputs.empty() || graph.users(node.outputs[0]).size() != 1) return nullptr;
  const ir::Use& use = graph.users(node.outputs[0]).front();
  return use.node ? &graph.node(*use.node) : nullptr;
}

const ir::Unary* ReluOf(const Node* node) {
  const auto* unary = node == nullptr ? nullptr : std::get_if<ir::Unary>(&node->op);
  return unary != nullptr && unary->kind == ir::Unary::Kind::kRelu ? unary : nullptr;
}

// The tensor whose memory `value` may lie in: layout operators, operators in place and unknown ones
// may give their first operand back.
ValueId MemoryOf(const Graph& graph, ValueId value) {
  for (;;) {
    const Node* node = graph.ProducerOf(value);
    if (node == nullptr) return value;
    const bool may_alias = std::holds_alternative<ir::Reshape>(node->op) ||
                           std::holds_alternative<ir::Permute>(node->op) ||
                           std::holds_alternative<ir::Copy>(node->op) ||
                           std::holds_alternative<ir::Cast>(node->op) ||
                           std::holds_alternative<ir::Opaque>(node->op) || ir::HasEffect(*node);
    std::optional<ValueId> first;
    for (const ir::Argument& argument : node->arguments) {
      ir::ForEachRead(argument.value, [&](ValueId read) {
        if (!first) first = read;
      });
    }
    if (!may_alias || !first) return value;
    value = *first;
  }
}

}  // namespace

std::variant<QuantizedTail, Miss> MatchTail(const Graph& graph, const Node& anchor) {
  QuantizedTail tail;
  const Node* reader = OnlyReader(graph, anchor);
  if (const ir::Unary* relu = ReluOf(reader)) {
    tail.relu = reader->id;
    tail.relu_in_place = relu->in_place;
    reader = OnlyReader(graph, *reader);
  }
  if (reader == nullptr) {
    return Miss{"other-reader", anchor.name, "more than one place reads its value, or the caller"};
  }
  const auto* quantize = std::get_if<ir::QuantizePerTensor>(&reader->op);
  if (quantize == nullptr) {
    return Miss{"no-quantize", anchor.name, "what reads its value is no quantize_per_tensor"};
  }
  tail.quantize = reader->id;
  tail.out = quantize->params;
  return tail;
}

// relu and quantize make max(rint(y / s_y), 0) + z_y, the clamp max(rint(y / s_y), q_min - z_y) +
// z_y: the same for every y where z_y = q_min, and for no other z_y (docs/quant_fusion.md, eq. 4).
std::optional<Miss> TailFailure(const Node& anchor, const QuantizedTail& tail,
                                ir::ScalarType input_type) {
  if (tail.out.dtype != input_type) {
    return Miss{"output-type", anchor.name,
                "the operator gives " + std::string(Name(input_type)) + " as its input, not " +
                    std::string(Name(tail.out.dtype))};
  }
  const std::int64_t low = ir::LowestOf(input_type), high = ir::HighestOf(input_type);
  if (tail.out.quant_min != low || tail.out.quant_max != high) {
    return Miss{"narrow-range", anchor.name,
                "the operator clamps to the whole type, its quantizer from " +
                    std::to_string(tail.out.quant_min) + " to " +
                    std::to_string(tail.out.quant_max)};
  }
  if (tail.out.zero_point < low || tail.out.zero_point > high) {
    return Miss{"code-type", anchor.name, "its quantizer's zero point is no code"};
  }
  if (tail.relu && tail.out.zero_point != low) {
    return Miss{"relu-lost", anchor.name,
                "the output's zero point " + std::to_string(tail.out.zero_point) +
                    " is not the lowest code, so the clamp is no relu"};
  }
  return std::nullopt;
}

bool WrittenInPlace(const ir::Editor& editor, const std::vector<ValueId>& values,
                    std::optional<ir::NodeId> except) {
  const Graph& graph = editor.graph();
  std::set<ValueId> memory;
  for (const ValueId value : values) memory.insert(MemoryOf(graph, value));
  return std::any_of(editor.Order().begin(), editor.Order().end(), [&](ir::NodeId id) {
    const Node& node = graph.node(id);
    if (id == except || node.outputs.empty() || !ir::HasEffect(node)) return false;
    return memory.contains(MemoryOf(graph, node.outputs.front()));
  });
}

}  // namespace foldproof::fold
