// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/quant_fusion_fx_graph.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "src/base/error.h"
#include "src/ir/editor.h"

namespace foldproof::fold {
namespace {

using ir::ValueId;

ValueId AsValue(FxId id) { return {static_cast<std::uint32_t>(id)}; }

std::vector<ir::NodeId> OrderOf(const ir::Graph& graph) {
  std::vector<ir::NodeId> order;
  for (const ir::Node& node : graph.nodes()) order.push_back(node.id);
  return order;
}

}  // namespace

const ir::ArgumentValue* FxNode::Positional(std::size_t i) const {
  if (kind == Kind::kOutput && i > 0) return nullptr;  // its args are one tuple
  for (const ir::Argument& argument : arguments) {
    if (argument.keyword) continue;
    if (i-- == 0) return &argument.value;
  }
  return nullptr;
}

std::size_t FxNode::PositionalCount() const {
  return static_cast<std::size_t>(
      std::count_if(arguments.begin(), arguments.end(), [](const auto& a) { return !a.keyword; }));
}

const ir::ArgumentValue* FxNode::Named(std::string_view argument) const {
  for (const ir::Argument& candidate : arguments) {
    if (candidate.name == argument) return &candidate.value;
  }
  return nullptr;
}

FxGraph::FxGraph(const ir::Program& program) : FxGraph(program, OrderOf(program.graph)) {}

FxGraph::FxGraph(const ir::Program& program, const std::vector<ir::NodeId>& order) {
  const ir::Graph& graph = program.graph;
  std::map<ValueId, FxId> of_value;
  const auto renumber = [&](ValueId value) { return AsValue(of_value.at(value)); };
  for (const ValueId input : graph.inputs()) {
    const ir::Value& value = graph.value(input);
    of_value[input] =
        Add({FxNode::Kind::kPlaceholder, value.name, {}, {}, {}, {}, input, value.type, true});
  }
  for (const ir::NodeId id : order) {
    const ir::Node& node = graph.node(id);
    FxNode call{FxNode::Kind::kCall, node.name, node.target, node.arguments, {}, node.id, {}, {},
                ir::HasEffect(node)};
    for (ir::Argument& argument : call.arguments) {
      argument.value = ir::Renumbered(std::move(argument.value), renumber);
    }
    if (std::holds_alternative<ir::GetAttr>(node.op)) call.kind = FxNode::Kind::kGetAttr;
    AddResults(graph, node, Add(std::move(call)), of_value);
  }
  FxNode output{FxNode::Kind::kOutput, "output", "output", {}, {}, {}, {}, {}, true};
  for (const ir::ArgumentValue& value : graph.outputs()) {
    output.arguments.push_back({"", ir::Renumbered(value, renumber)});
  }
  Add(std::move(output));
}

// A call with one result is that result; the several of another are getitems behind it. What
// torch.export named "_unused_" nobody read when the program was saved, and torch.fx had no node.
void FxGraph::AddResults(const ir::Graph& graph, const ir::Node& node, FxId call,
                         std::map<ir::ValueId, FxId>& of_value) {
  if (node.outputs.size() == 1) {
    of_value[node.outputs[0]] = call;
    nodes_[call].value = node.outputs[0];
    nodes_[call].type = graph.value(node.outputs[0]).type;
    return;
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    const ir::Value& value = graph.value(node.outputs[i]);
    const bool unused = value.name.find("_unused_") != std::string::npos;
    if (unused && graph.users(node.outputs[i]).empty()) continue;
    FxNode item{FxNode::Kind::kGetItem, value.name, "getitem", {}, {}, {},
                node.outputs[i],        value.type, false};
    item.arguments = {{"a", AsValue(call)}, {"b", static_cast<std::int64_t>(i)}};
    of_value[node.outputs[i]] = Add(std::move(item));
  }
}

FxId FxGraph::Add(FxNode node) { return Insert(order_.end(), std::move(node)); }

FxId FxGraph::Insert(std::vector<FxId>::iterator place, FxNode node) {
  const FxId id = nodes_.size();
  nodes_.push_back(std::move(node));
  order_.insert(place, id);
  is_legal_ = false;
  Reads(id);
  return id;
}

FxId FxGraph::InsertBefore(FxId place, FxNode node) {
  const auto at = std::find(order_.begin(), order_.end(), place);
  FP_CHECK(at != order_.end());
  return Insert(at, std::move(node));
}

FxId FxGraph::InsertAfter(FxId place, FxNode node) {
  const auto at = std::find(order_.begin(), order_.end(), place);
  FP_CHECK(at != order_.end());
  return Insert(at + 1, std::move(node));
}

std::vector<FxId> FxGraph::InputsOf(FxId id) const {
  std::vector<FxId> inputs;
  const auto read = [&](ValueId value) {
    if (std::find(inputs.begin(), inputs.end(), value.index) == inputs.end()) {
      inputs.push_back(value.index);
    }
  };
  for (const bool keyword : {false, true}) {
    for (const ir::Argument& argument : nodes_[id].arguments) {
      if (argument.keyword == keyword) ir::ForEachRead(argument.value, read);
    }
  }
  return inputs;
}

void FxGraph::Reads(FxId id) {
  for (const FxId input : InputsOf(id)) nodes_[input].users.push_back(id);
}

void FxGraph::Unreads(FxId id) {
  for (const FxId input : InputsOf(id)) std::erase(nodes_[input].users, id);
}

std::vector<FxId> FxGraph::FindCalls(std::string_view target) const {
  std::vector<FxId> found;
  for (const FxId id : order_) {
    if (nodes_[id].kind == FxNode::Kind::kCall && nodes_[id].target == target) found.push_back(id);
  }
  return found;
}

std::optional<FxId> FxGraph::NodeArgument(FxId id, std::size_t i) const {
  const ir::ArgumentValue* value = nodes_[id].Positional(i);
  FP_CHECK(value != nullptr);
  const auto* node = std::get_if<ValueId>(value);
  return node == nullptr ? std::nullopt : std::optional<FxId>(node->index);
}

void FxGraph::ReplaceAllUses(FxId from, FxId to) {
  const std::vector<FxId> readers = nodes_[from].users;
  is_legal_ = false;
  for (const FxId reader : readers) {
    Unreads(reader);
    for (ir::Argument& argument : nodes_[reader].arguments) {
      argument.value = ir::Renumbered(std::move(argument.value), [&](ValueId value) {
        return value.index == from ? AsValue(to) : value;
      });
    }
    Reads(reader);
  }
}

std::vector<FxId> FxGraph::EliminateDead() {
  std::vector<FxId> erased;
  const std::vector<FxId> order = order_;
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    if (nodes_[*at].impure || !nodes_[*at].users.empty()) continue;
    Unreads(*at);
    std::erase(order_, *at);
    erased.push_back(*at);
  }
  return erased;
}

void FxGraph::Legalize() {
  if (is_legal_) return;
  is_legal_ = true;
  std::vector<std::size_t> open(nodes_.size());
  std::deque<FxId> queue;
  for (const FxId id : order_) {
    open[id] = InputsOf(id).size();
    if (open[id] == 0) queue.push_back(id);
  }
  std::vector<FxId> sorted;
  while (!queue.empty()) {
    const FxId id = queue.front();
    queue.pop_front();
    sorted.push_back(id);
    for (const FxId user : nodes_[id].users) {
      if (--open[user] != 0) continue;
      const std::string_view target = nodes_[user].target;
      const bool first = target.starts_with("aten._assert_async.msg") ||
                         target.starts_with("aten._assert_scalar.default") ||
                         target.starts_with("aten.scalar_tensor.default") ||
                         target.starts_with("aten.sym_constrain_range");
      first ? queue.push_front(user) : queue.push_back(user);
      if (first) is_legal_ = false;  // two of them change places each time
    }
  }
  FP_CHECK(sorted.size() == order_.size());
  order_ = std::move(sorted);
  for (const FxId id : order_) nodes_[id].users.clear();
  for (const FxId id : order_) Reads(id);
}

}  // namespace foldproof::fold
