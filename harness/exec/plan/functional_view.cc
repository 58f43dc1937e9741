// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/functional_view.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <string_view>

#include "src/base/error.h"

namespace foldproof::exec {
namespace {

// An operator whose name ends in "_" writes into its first operand: "aten.add_.Tensor".
bool IsInPlace(const std::string& target) {
  const std::size_t overload = target.rfind('.');
  if (overload == std::string::npos || overload == 0 || target[overload - 1] != '_') return false;
  const std::size_t name = target.rfind('.', overload - 1);
  return name == std::string::npos || target.compare(name + 1, 2, "__") != 0;
}

// The operand whose memory the node's result may share.
std::optional<ir::ValueId> ViewedOperand(const ir::Node& node) {
  if (const auto* reshape = std::get_if<ir::Reshape>(&node.op)) return reshape->input;
  if (const auto* permute = std::get_if<ir::Permute>(&node.op)) return permute->input;
  if (const auto* copy = std::get_if<ir::Copy>(&node.op)) return copy->input;
  if (const auto* cast = std::get_if<ir::Cast>(&node.op)) return cast->input;
  // Operators that are not typed and look at their operand's memory.
  static constexpr std::string_view kViews[] = {"aten.slice.Tensor",     "aten.select.int",
                                                "aten.expand.default",   "aten.narrow.default",
                                                "aten.diagonal.default", "aten.as_strided.default",
                                                "aten.unfold.default",   "aten.expand_as.default"};
  if (std::ranges::find(kViews, node.target) == std::end(kViews)) return std::nullopt;
  const auto* operand =
      node.arguments.empty() ? nullptr : std::get_if<ir::ValueId>(&node.arguments.front().value);
  return operand == nullptr ? std::nullopt : std::optional(*operand);
}

}  // namespace

std::optional<ir::ValueId> OverwrittenOperand(const ir::Node& node) {
  if (!IsInPlace(node.target) || node.arguments.empty()) return std::nullopt;
  const auto* operand = std::get_if<ir::ValueId>(&node.arguments.front().value);
  return operand == nullptr ? std::nullopt : std::optional(*operand);
}

FunctionalView::FunctionalView(const ir::Program& program) : program_(&program) {
  Substitute();
  MarkOverwritten();
  MarkLive();
  CollectUsers();
}

void FunctionalView::Substitute() {
  const ir::Graph& graph = program_->graph;
  std::map<ir::ValueId, ir::ValueId> current;
  const auto note = [&](std::uint32_t reader, ir::ValueId value) {
    const auto found = current.find(value);
    if (found != current.end()) reads_[{reader, value.index}] = found->second;
  };
  for (const ir::Node& node : graph.nodes()) {
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId value) { note(node.id.index, value); });
    }
    const auto operand = OverwrittenOperand(node);
    if (operand && !node.outputs.empty()) {
      const ir::ValueId before = Read(node.id, *operand);
      for (auto& [from, to] : current) {
        if (to == before) to = node.outputs[0];
      }
      current[*operand] = node.outputs[0];
      current[before] = node.outputs[0];
    }
  }
  const auto end = static_cast<std::uint32_t>(graph.nodes().size());
  for (const ir::ArgumentValue& output : graph.outputs()) {
    ir::ForEachRead(output, [&](ir::ValueId value) { note(end, value); });
  }
}

ir::ValueId FunctionalView::Read(ir::NodeId node, ir::ValueId value) const {
  const auto found = reads_.find({node.index, value.index});
  return found == reads_.end() ? value : found->second;
}

ir::ValueId FunctionalView::Output(std::size_t, ir::ValueId value) const {
  return Read({static_cast<std::uint32_t>(program_->graph.nodes().size())}, value);
}

void FunctionalView::MarkOverwritten() {
  const ir::Graph& graph = program_->graph;
  std::vector<std::uint32_t> root(graph.values().size());
  std::iota(root.begin(), root.end(), 0u);
  const auto find = [&](std::uint32_t value) {
    while (root[value] != value) value = root[value];
    return value;
  };
  for (const ir::Node& node : graph.nodes()) {
    if (const auto viewed = ViewedOperand(node); viewed && !node.outputs.empty()) {
      root[find(node.outputs[0].index)] = find(viewed->index);
    }
  }
  // An in-place node's result is its operand's memory. Readers of one are given the other
  // (Substitute); only views of either see what they should not.
  std::vector<std::uint32_t> chain(graph.values().size());
  std::iota(chain.begin(), chain.end(), 0u);
  for (const ir::Node& node : graph.nodes()) {
    const auto operand = OverwrittenOperand(node);
    if (!operand || node.outputs.empty()) continue;
    root[find(node.outputs[0].index)] = find(operand->index);
    chain[node.outputs[0].index] = chain[operand->index];
  }
  for (const ir::Node& node : graph.nodes()) {
    const auto operand = OverwrittenOperand(node);
    if (!operand) continue;
    for (std::uint32_t other = 0; other < root.size(); ++other) {
      if (chain[other] == chain[operand->index] || find(other) != find(operand->index)) continue;
      const auto maker = graph.value({other}).producer;
      if (maker && maker->index > node.id.index) continue;  // made of what the node left
      for (const ir::Use& use : graph.users({other})) {
        if (!use.node || use.node->index > node.id.index) overwritten_.insert({other});
      }
    }
  }
}

void FunctionalView::MarkLive() {
  const ir::Graph& graph = program_->graph;
  live_.assign(graph.nodes().size(), 0);
  std::vector<char> wanted(graph.values().size(), 0);
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    ir::ForEachRead(graph.outputs()[i], [&](ir::ValueId v) { wanted[Output(i, v).index] = 1; });
  }
  for (std::size_t n = graph.nodes().size(); n-- > 0;) {
    const ir::Node& node = graph.nodes()[n];
    for (const ir::ValueId made : node.outputs) live_[n] |= wanted[made.index];
    if (!live_[n]) continue;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId v) { wanted[Read(node.id, v).index] = 1; });
    }
  }
}

void FunctionalView::CollectUsers() {
  const ir::Graph& graph = program_->graph;
  users_.resize(graph.values().size());
  for (const ir::Node& node : graph.nodes()) {
    if (!IsLive(node.id)) continue;
    for (std::uint32_t i = 0; i < node.arguments.size(); ++i) {
      ir::ForEachRead(node.arguments[i].value, [&](ir::ValueId v) {
        users_[Read(node.id, v).index].push_back({node.id, i});
      });
    }
  }
  for (std::uint32_t i = 0; i < graph.outputs().size(); ++i) {
    ir::ForEachRead(graph.outputs()[i], [&](ir::ValueId v) {
      users_[Output(i, v).index].push_back({std::nullopt, i});
    });
  }
}

}  // namespace foldproof::exec
