// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/graph.h"

#include <algorithm>
#include <utility>

#include "src/base/error.h"

namespace foldproof::ir {
namespace {

// The names of `things`, for a NameIndex.
template <typename Thing>
auto NameIn(const std::vector<Thing>& things) {
  return [&things](std::uint32_t i) -> std::string_view { return things[i].name; };
}

}  // namespace

const ArgumentValue* Node::Find(std::string_view argument) const {
  for (const Argument& candidate : arguments) {
    if (candidate.name == argument) return &candidate.value;
  }
  return nullptr;
}

ValueId Graph::Numbering::operator()(ValueId from) const {
  FP_CHECK(from.index < renumbered_.size() && renumbered_[from.index]);
  return *renumbered_[from.index];
}

ValueId Graph::AddValue(std::string name, std::optional<TensorType> type) {
  const ValueId id{static_cast<std::uint32_t>(values_.size())};
  if (!value_names_.Add(name, id.index, NameIn(values_))) {
    throw Error(Error::Code::kInput, name, "two values have this name; export the program again");
  }
  values_.push_back({std::move(name), std::move(type), std::nullopt, 0});
  users_.emplace_back();
  return id;
}

ValueId Graph::AddInput(std::string name, std::optional<TensorType> type) {
  const ValueId id = AddValue(std::move(name), std::move(type));
  inputs_.push_back(id);
  return id;
}

NodeId Graph::Append(std::string name, std::string target, std::vector<Argument> arguments,
                     std::vector<std::pair<std::string, std::optional<TensorType>>> outputs) {
  const NodeId id{static_cast<std::uint32_t>(nodes_.size())};
  if (FindNode(name)) {
    throw Error(Error::Code::kInput, name, "two nodes have this name; export the program again");
  }
  Node node{id, std::move(name), std::move(target), std::move(arguments), {}, Opaque{}};
  for (std::uint32_t i = 0; i < node.arguments.size(); ++i) {
    AddUse({id, i}, node.arguments[i].value);
  }
  for (std::uint32_t i = 0; i < outputs.size(); ++i) {
    const ValueId made = AddValue(std::move(outputs[i].first), std::move(outputs[i].second));
    values_[made.index].producer = id;
    values_[made.index].output = i;
    node.outputs.push_back(made);
  }
  node.op = DecodeOp(*this, node);
  FP_CHECK(node_names_.Add(node.name, id.index, NameIn(nodes_)));
  nodes_.push_back(std::move(node));
  return id;
}

void Graph::SetOutputs(std::vector<ArgumentValue> outputs) {
  FP_CHECK(outputs_.empty());
  outputs_ = std::move(outputs);
  for (std::uint32_t i = 0; i < outputs_.size(); ++i) AddUse({std::nullopt, i}, outputs_[i]);
}

void Graph::SetSizes(ValueId id, const std::vector<std::int64_t>& sizes) {
  auto& type = values_.at(id.index).type;
  FP_CHECK(type && type->dims.size() == sizes.size());
  for (std::size_t d = 0; d < sizes.size(); ++d) type->dims[d] = {sizes[d], {}};
}

void Graph::OrderInputs(std::vector<ValueId> inputs) {
  FP_CHECK(std::ranges::is_permutation(inputs, inputs_));
  inputs_ = std::move(inputs);
}

ValueId Graph::TakeInput(const Graph& from, ValueId id, Numbering& renumbered) {
  const Value& value = from.value(id);
  const ValueId input = AddInput(value.name, value.type);
  renumbered.Set(id, input);
  return input;
}

NodeId Graph::Take(Graph& from, NodeId id, Numbering& renumbered) {
  Node& node = from.nodes_[id.index];
  for (Argument& argument : node.arguments) {
    argument.value = Renumbered(std::move(argument.value), renumbered);
  }
  std::vector<std::pair<std::string, std::optional<TensorType>>> results;
  results.reserve(node.outputs.size());
  for (const ValueId made : node.outputs) {
    Value& value = from.values_[made.index];
    results.emplace_back(std::move(value.name), std::move(value.type));
  }
  const NodeId taken = Append(std::move(node.name), std::move(node.target),
                              std::move(node.arguments), std::move(results));
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    renumbered.Set(node.outputs[i], nodes_[taken.index].outputs[i]);
  }
  return taken;
}

void Graph::SetOutputsAs(const Graph& from, const Numbering& renumbered) {
  std::vector<ArgumentValue> results;
  for (const ArgumentValue& output : from.outputs()) {
    results.push_back(Renumbered(output, renumbered));
  }
  SetOutputs(std::move(results));
}

void Graph::AddUse(Use use, const ArgumentValue& value) {
  ForEachRead(value, [&](ValueId read) {
    FP_CHECK(read.index < values_.size());
    users_[read.index].push_back(use);
  });
}

void Graph::RemoveUse(Use use, const ArgumentValue& value) {
  ForEachRead(value, [&](ValueId read) { std::erase(users_[read.index], use); });
}

void Graph::SetArgument(NodeId id, std::uint32_t index, ArgumentValue value) {
  Node& node = nodes_[id.index];
  FP_CHECK(index < node.arguments.size());
  RemoveUse({id, index}, node.arguments[index].value);
  node.arguments[index].value = std::move(value);
  AddUse({id, index}, node.arguments[index].value);
  node.op = DecodeOp(*this, node);
}

void Graph::SetOutput(std::uint32_t index, ArgumentValue value) {
  FP_CHECK(index < outputs_.size());
  RemoveUse({std::nullopt, index}, outputs_[index]);
  outputs_[index] = std::move(value);
  AddUse({std::nullopt, index}, outputs_[index]);
}

void Graph::DropReads(NodeId id) {
  const Node& node = nodes_[id.index];
  for (std::uint32_t i = 0; i < node.arguments.size(); ++i) {
    RemoveUse({id, i}, node.arguments[i].value);
  }
}

const Value& Graph::value(ValueId id) const {
  FP_CHECK(id.index < values_.size());
  return values_[id.index];
}

const Node& Graph::node(NodeId id) const {
  FP_CHECK(id.index < nodes_.size());
  return nodes_[id.index];
}

const std::vector<Use>& Graph::users(ValueId id) const {
  FP_CHECK(id.index < users_.size());
  return users_[id.index];
}

std::optional<ValueId> Graph::FindValue(std::string_view name) const {
  const auto found = value_names_.Find(name, NameIn(values_));
  return found ? std::optional(ValueId{*found}) : std::nullopt;
}

std::optional<NodeId> Graph::FindNode(std::string_view name) const {
  const auto found = node_names_.Find(name, NameIn(nodes_));
  return found ? std::optional(NodeId{*found}) : std::nullopt;
}

const Node* Graph::ProducerOf(ValueId id) const {
  const auto& producer = value(id).producer;
  return producer ? &nodes_[producer->index] : nullptr;
}

}  // namespace foldproof::ir
