// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/constant_memory.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "harness/exec/plan/functional_view.h"

namespace foldproof::prove {
namespace {

// Sets of values that may share memory.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t values) : parent_(values) {
    std::iota(parent_.begin(), parent_.end(), 0u);
  }

  std::uint32_t RootOf(ir::ValueId value) {
    std::uint32_t at = value.index;
    while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
    return at;
  }

  void Join(ir::ValueId a, ir::ValueId b) { parent_[RootOf(a)] = RootOf(b); }

 private:
  std::vector<std::uint32_t> parent_;
};

// True for nodes whose results are tensors of their own. Unknown operators may return views.
bool MakesFreshTensors(const ir::Node& node) {
  if (exec::OverwrittenOperand(node)) return false;
  const bool may_view =
      std::holds_alternative<ir::Opaque>(node.op) || std::holds_alternative<ir::GetAttr>(node.op) ||
      std::holds_alternative<ir::Reshape>(node.op) ||
      std::holds_alternative<ir::Permute>(node.op) || std::holds_alternative<ir::Copy>(node.op) ||
      std::holds_alternative<ir::Cast>(node.op);
  return !may_view;
}

SharedMemory FindSharedMemory(const ir::Program& program) {
  const ir::Graph& graph = program.graph;
  SharedMemory memory(graph.values().size());
  std::map<std::uint32_t, ir::ValueId> first_of_storage;
  const auto join_stored = [&](ir::ValueId value, const std::string& constant) {
    const auto found = program.constants.find(constant);
    if (found == program.constants.end()) return;
    memory.Join(value, first_of_storage.emplace(found->second.storage, value).first->second);
  };
  for (const ir::InputSpec& input : program.inputs) {
    if (input.kind != ir::InputSpec::Kind::kUserInput) join_stored(input.value, input.target);
  }
  for (const ir::Node& node : graph.nodes()) {
    const auto* get = std::get_if<ir::GetAttr>(&node.op);
    if (get != nullptr && !node.outputs.empty()) join_stored(node.outputs[0], get->attribute);
  }
  for (const ir::Node& node : graph.nodes()) {
    if (MakesFreshTensors(node)) continue;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId read) {
        const bool written = exec::OverwrittenOperand(node).has_value();
        if (written && read != *exec::OverwrittenOperand(node)) return;
        for (const ir::ValueId made : node.outputs) memory.Join(made, read);
      });
    }
  }
  return memory;
}

// A node that writes into `operand`; batch_norm in training writes its running statistics.
struct Write {
  const ir::Node* node;
  ir::ValueId operand;
};

std::vector<Write> FindWrites(const ir::Graph& graph) {
  std::vector<Write> out;
  for (const ir::Node& node : graph.nodes()) {
    if (const auto operand = exec::OverwrittenOperand(node)) out.push_back({&node, *operand});
    const auto* norm = std::get_if<ir::BatchNorm>(&node.op);
    if (norm == nullptr || !norm->training) continue;
    if (norm->running_mean) out.push_back({&node, *norm->running_mean});
    if (norm->running_var) out.push_back({&node, *norm->running_var});
  }
  return out;
}

// Whether someone reads `value` behind `write`, or in it as another operand than the overwritten
// one, which then changes while it is read.
bool IsReadBehind(const ir::Graph& graph, ir::ValueId value, const Write& write) {
  return std::ranges::any_of(graph.users(value), [&](const ir::Use& use) {
    if (!use.node || use.node->index > write.node->id.index) return true;
    return use.node == write.node->id && value != write.operand;
  });
}

}  // namespace

std::vector<std::string> FindOverwritten(const ir::Program& program) {
  const ir::Graph& graph = program.graph;
  std::vector<std::string> why(graph.values().size());
  const std::vector<Write> writes = FindWrites(graph);
  if (writes.empty()) return why;
  SharedMemory memory = FindSharedMemory(program);
  std::map<std::uint32_t, std::vector<Write>> writers;  // by root, in the order of execution
  for (const Write& write : writes) writers[memory.RootOf(write.operand)].push_back(write);
  for (std::uint32_t v = 0; v < why.size(); ++v) {
    const auto found = writers.find(memory.RootOf({v}));
    if (found == writers.end()) continue;
    const auto& producer = graph.value({v}).producer;
    const auto next = std::ranges::find_if(found->second, [&](const Write& write) {
      return !producer || write.node->id.index > producer->index;
    });
    if (next == found->second.end() || !IsReadBehind(graph, {v}, *next)) continue;
    why[v] = graph.value({v}).name + " shares memory that " + next->node->name +
             " writes into, and is read behind it";
  }
  return why;
}

}  // namespace foldproof::prove
