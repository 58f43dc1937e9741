// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/quant_fusion_mirror.h"

#include <algorithm>
#include <utility>

#include "src/base/error.h"
#include "src/fold/quant_fusion/quant_fusion_patterns.h"
#include "src/fold/upstream/upstream_raise.h"

namespace foldproof::fold {
namespace {

using ir::ArgumentValue;

// torch.fx's name for a call: "quantized_add_per_tensor".
std::string BaseName(std::string_view target) {
  std::string name(target.substr(target.find('.') + 1));
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

}  // namespace

bool FxMirror::IsCall(FxId id, std::string_view target) const {
  return fx_.at(id).kind == FxNode::Kind::kCall && fx_.at(id).target == target;
}

std::optional<FxId> FxMirror::Dequantize(FxId id, std::size_t i) const {
  if (fx_.at(id).Positional(i) == nullptr) Raise(id, "IndexError: tuple index out of range");
  const auto node = fx_.NodeArgument(id, i);
  return node && IsCall(*node, kDequantizeTarget) ? node : std::nullopt;
}

void FxMirror::Raise(FxId id, const std::string& what) const {
  fold::Raise(editor_.graph().node(*fx_.at(id).node), what);
}

ArgumentValue FxMirror::Read(FxId id, std::string_view name) const {
  const ArgumentValue* value = fx_.at(id).Named(name);
  if (value == nullptr) Raise(id, "KeyError: '" + std::string(name) + "'");
  return *value;
}

ArgumentValue FxMirror::ReadOr(FxId id, std::string_view name, ArgumentValue otherwise) const {
  const ArgumentValue* value = fx_.at(id).Named(name);
  return value == nullptr ? std::move(otherwise) : *value;
}

double FxMirror::Real(FxId id, std::string_view name) const {
  const ArgumentValue value = Read(id, name);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  Raise(id, "TypeError: get_arg: expected <class 'float'> for '" + std::string(name) + "'");
}

std::int64_t FxMirror::Integer(FxId id, std::string_view name) const {
  const ArgumentValue value = Read(id, name);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  Raise(id, "TypeError: get_arg: expected <class 'int'> for '" + std::string(name) + "'");
}

std::int64_t FxMirror::IntegerOr(FxId id, std::string_view name, std::int64_t otherwise) const {
  return fx_.at(id).Named(name) == nullptr ? otherwise : Integer(id, name);
}

FxId FxMirror::NodeOf(FxId id, std::string_view name) const {
  const ArgumentValue value = Read(id, name);
  if (const auto* node = std::get_if<ir::ValueId>(&value)) return node->index;
  Raise(id, "TypeError: get_arg: expected <class 'torch.fx.node.Node'> for '" + std::string(name) +
                "'");
}

FxNode FxMirror::Call(ir::NodeId before, std::string_view target,
                      std::vector<ir::Argument> arguments, std::optional<ir::TensorType> type) {
  std::vector<ir::Argument> in_program = arguments;
  for (ir::Argument& argument : in_program) {
    argument.value = ir::Renumbered(std::move(argument.value), [&](ir::ValueId id) {
      FP_CHECK(fx_.at(id.index).value.has_value());
      return *fx_.at(id.index).value;
    });
  }
  const ir::NodeId made = editor_.InsertBefore(before, BaseName(target), std::string(target),
                                               std::move(in_program), {type});
  const ir::Node& node = editor_.graph().node(made);
  return {FxNode::Kind::kCall,  node.name,       node.target, std::move(arguments), {}, made,
          node.outputs.front(), std::move(type), false};
}

FxId FxMirror::InsertBefore(FxId place, std::string_view target,
                            std::vector<ir::Argument> arguments,
                            std::optional<ir::TensorType> type) {
  return fx_.InsertBefore(place,
                          Call(*fx_.at(place).node, target, std::move(arguments), std::move(type)));
}

ir::NodeId FxMirror::NextTo(FxId anchor) const {
  const auto& order = editor_.Order();
  const auto at = std::find(order.begin(), order.end(), *fx_.at(anchor).node);
  FP_CHECK(at != order.end() && at + 1 != order.end());
  return *(at + 1);
}

void FxMirror::Replace(FxId anchor, FxId old, std::string_view target,
                       std::vector<ir::Argument> arguments) {
  // An anchor that is replaced itself is gone soon, so before it is where it was.
  const ir::NodeId place = anchor == old ? *fx_.at(anchor).node : NextTo(anchor);
  const FxId made =
      fx_.InsertAfter(anchor, Call(place, target, std::move(arguments), fx_.at(old).type));
  FP_CHECK(fx_.at(old).value.has_value());
  fx_.ReplaceAllUses(old, made);
  editor_.ReplaceUses(*fx_.at(old).value, *fx_.at(made).value);
}

// A node with several results goes when the getitems that read it, which a program has not, are
// gone.
void FxMirror::EliminateDead() {
  for (const FxId id : fx_.EliminateDead()) {
    if (fx_.at(id).node) editor_.Erase(*fx_.at(id).node);
  }
}

}  // namespace foldproof::fold
