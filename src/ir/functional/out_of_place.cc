// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/out_of_place.h"

#include <variant>

namespace foldproof::ir {
namespace {

// Whether an in-place operator computes each element by itself and in the same way wherever it
// lies, so that a result which lies otherwise than the operand has the same bits. What is on no
// list here is not known to.
struct IsElementwise {
  const Graph& graph;
  const TensorType& operand;

  // What the operand is computed with has its type: nothing is promoted to a wider type, of which
  // the in-place operator would round the result, and nothing is broadcast beyond the operand.
  bool HasItsType(const Operand& other) const {
    const auto* value = std::get_if<ValueId>(&other);
    return value == nullptr || graph.value(*value).type == operand;
  }

  bool operator()(const Binary& op) const {
    const bool arithmetic = op.kind != Binary::Kind::kMinimum && op.kind != Binary::Kind::kMaximum;
    // Whether alpha * other is rounded by itself depends on whether an element is in a vector.
    const bool plain = std::visit([](auto alpha) { return alpha == 1; }, op.alpha);
    return op.in_place && arithmetic && plain && HasItsType(op.self) && HasItsType(op.other);
  }
  bool operator()(const Clamp& op) const { return op.in_place; }
  bool operator()(const Unary& op) const {
    using Kind = Unary::Kind;
    if (!op.in_place) return false;
    switch (op.kind) {
      case Kind::kRelu:
      case Kind::kNeg:
      case Kind::kAbs:
      case Kind::kLeakyRelu:
      case Kind::kHardswish:
      case Kind::kHardsigmoid:
      case Kind::kRound:
      case Kind::kFloor:
      case Kind::kCeil:
      case Kind::kTrunc:
      case Kind::kThreshold: return true;
      default: return false;
    }
  }
  bool operator()(const auto&) const { return false; }
};

}  // namespace

std::optional<std::string> OutOfPlace(const Graph& graph, const Node& node) {
  const auto* self =
      node.arguments.empty() ? nullptr : std::get_if<ValueId>(&node.arguments[0].value);
  if (self == nullptr || node.outputs.size() != 1) return std::nullopt;
  const auto& type = graph.value(*self).type;
  // An integer operator may round or wrap where the other one gives floats.
  if (!type || !IsFloat(type->dtype) || graph.value(node.outputs[0]).type != type)
    return std::nullopt;
  if (!std::visit(IsElementwise{graph, *type}, node.op)) return std::nullopt;
  return WithoutInPlaceMark(node.target);
}

}  // namespace foldproof::ir
