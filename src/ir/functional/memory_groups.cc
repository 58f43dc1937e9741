// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/memory_groups.h"

#include <map>
#include <numeric>

#include "src/ir/functional/effect.h"

namespace foldproof::ir {
namespace {

std::vector<ValueId> Operands(const Node& node) {
  std::vector<ValueId> operands;
  for (const Argument& argument : node.arguments) {
    ForEachRead(argument.value, [&](ValueId id) { operands.push_back(id); });
  }
  return operands;
}

}  // namespace

MemoryGroups::MemoryGroups(const Program& program, const std::set<ValueId>& fed)
    : parent_(program.graph.values().size()) {
  std::iota(parent_.begin(), parent_.end(), 0u);
  JoinConstants(program, fed);
  for (const Node& node : program.graph.nodes()) {
    const Effect effect = EffectOf(program.graph, node);
    std::vector<ValueId> shared;
    if (effect.kind == Effect::Kind::kView) shared = {effect.viewed};
    if (effect.kind == Effect::Kind::kWrites && effect.returns_written) shared = effect.written;
    if (effect.kind == Effect::Kind::kUnlisted || effect.kind == Effect::Kind::kShares) {
      shared = Operands(node);
    }
    for (const ValueId made : node.outputs) {
      if (fed.contains(made)) continue;
      for (const ValueId id : shared) Join(made, id);
    }
  }
}

// Values of one storage, under whatever names, are one piece of memory.
void MemoryGroups::JoinConstants(const Program& program, const std::set<ValueId>& fed) {
  std::map<std::uint32_t, ValueId> first;
  const auto add = [&](ValueId id, const std::string& name) {
    const auto constant = program.constants.find(name);
    if (constant == program.constants.end() || fed.contains(id)) return;
    Join(id, first.emplace(constant->second.storage, id).first->second);
  };
  for (const InputSpec& spec : program.inputs) {
    if (spec.kind != InputSpec::Kind::kUserInput) add(spec.value, spec.target);
  }
  for (const Node& node : program.graph.nodes()) {
    const auto* get = std::get_if<GetAttr>(&node.op);
    if (get != nullptr && node.outputs.size() == 1) add(node.outputs.front(), get->attribute);
  }
}

std::uint32_t MemoryGroups::Of(ValueId value) {
  std::uint32_t at = value.index;
  while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
  return at;
}

std::vector<ValueId> MayWrite(const Graph& graph, const Node& node) {
  const Effect effect = EffectOf(graph, node);
  if (effect.kind == Effect::Kind::kUnlisted) return Operands(node);
  return effect.written;
}

}  // namespace foldproof::ir
