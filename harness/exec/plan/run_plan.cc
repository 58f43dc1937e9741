// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/run_plan.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "src/ir/functional/memory_groups.h"

namespace foldproof::exec {
namespace {

std::vector<ir::ValueId> ReadsOfNode(const ir::Node& node, const NodeReads& other) {
  if (const auto found = other.find(node.id); found != other.end()) return found->second;
  std::vector<ir::ValueId> reads;
  for (const ir::Argument& argument : node.arguments) {
    ir::ForEachRead(argument.value, [&](ir::ValueId id) { reads.push_back(id); });
  }
  return reads;
}

}  // namespace

std::map<ir::ValueId, const ir::Constant*> ConstantsByValue(const ir::Program& program) {
  std::map<ir::ValueId, const ir::Constant*> out;
  const auto add = [&](ir::ValueId id, const std::string& name) {
    const auto found = program.constants.find(name);
    if (found != program.constants.end()) out.emplace(id, &found->second);
  };
  for (const ir::InputSpec& spec : program.inputs) {
    if (spec.kind != ir::InputSpec::Kind::kUserInput) add(spec.value, spec.target);
  }
  for (const ir::Node& node : program.graph.nodes()) {
    const auto* get = std::get_if<ir::GetAttr>(&node.op);
    if (get != nullptr && node.outputs.size() == 1) add(node.outputs.front(), get->attribute);
  }
  return out;
}

std::set<ir::ValueId> ReturnedValues(const ir::Graph& graph) {
  std::set<ir::ValueId> returned;
  for (const ir::ArgumentValue& output : graph.outputs()) {
    ir::ForEachRead(output, [&](ir::ValueId id) { returned.insert(id); });
  }
  return returned;
}

// One walk from the last node to the first. `needed` holds the values that a later step reads and
// `needed_memory` their memory: a node runs where it makes one of the former or writes to the
// latter.
RunPlan PlanRun(const ir::Program& program, const std::set<ir::ValueId>& fed,
                const std::vector<ir::ValueId>& fetch, const NodeReads& reads) {
  ir::MemoryGroups memory(program, fed);
  const std::set<ir::ValueId> returned = ReturnedValues(program.graph);
  std::set<ir::ValueId> needed;
  std::set<std::uint32_t> needed_memory;
  for (const ir::ValueId id : fetch) {
    needed.insert(id);
    if (returned.contains(id)) needed_memory.insert(memory.Of(id));
  }
  std::set<ir::ValueId> read_later(fetch.begin(), fetch.end());
  std::set<std::uint32_t> changed_memory;
  RunPlan plan;
  const std::vector<ir::Node>& nodes = program.graph.nodes();
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    bool runs = false;
    for (const ir::ValueId output : node->outputs) {
      runs |= needed.contains(output) && !fed.contains(output);
    }
    const std::vector<ir::ValueId> writes = ir::MayWrite(program.graph, *node);
    for (const ir::ValueId written : writes) {
      runs |= needed_memory.contains(memory.Of(written));
    }
    if (!runs) continue;
    for (const ir::ValueId written : writes) changed_memory.insert(memory.Of(written));
    RunPlan::Step step{node->id, {}};
    for (const ir::ValueId read : ReadsOfNode(*node, reads)) {
      needed.insert(read);
      needed_memory.insert(memory.Of(read));
      if (read_later.insert(read).second) step.dead.push_back(read);
    }
    for (const ir::ValueId output : node->outputs) {
      if (read_later.insert(output).second) step.dead.push_back(output);
    }
    plan.steps.push_back(std::move(step));
  }
  std::reverse(plan.steps.begin(), plan.steps.end());
  for (std::uint32_t i = 0; !changed_memory.empty() && i < program.graph.values().size(); ++i) {
    if (changed_memory.contains(memory.Of({i}))) plan.changed.insert({i});
  }
  return plan;
}

}  // namespace foldproof::exec
