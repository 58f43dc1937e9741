// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/ir/argument.h"
#include "src/ir/name_index.h"
#include "src/ir/op.h"
#include "src/ir/tensor_type.h"

namespace foldproof::ir {

// A tensor (or a symbolic integer) that a node computes or a caller passes in.
struct Value {
  std::string name;                // unique in the graph
  std::optional<TensorType> type;  // nullopt for what is no tensor
  std::optional<NodeId> producer;  // nullopt for an input of the graph
  std::uint32_t output = 0;        // which result of its producer
};

struct Node {
  NodeId id;
  std::string name;    // unique among the nodes; a node without results has one too
  std::string target;  // "aten.conv2d.default", "quantized_decomposed...", "get_attr"
  std::vector<Argument> arguments;
  std::vector<ValueId> outputs;
  Op op;  // what target and arguments say; set by Graph::Append, never by hand

  const ArgumentValue* Find(std::string_view argument) const;  // nullptr where it is not given
};

// Where a value is read: an argument of a node, or an output of the program (node is nullopt and
// `argument` the index of the output).
struct Use {
  std::optional<NodeId> node;
  std::uint32_t argument = 0;
  friend auto operator<=>(const Use&, const Use&) = default;
};

// A program's computation: values in the order of their making, nodes in the order of execution.
class Graph {
 public:
  ValueId AddInput(std::string name, std::optional<TensorType> type);
  // Appends a node whose results are `outputs` (name and type each), and decodes its op.
  NodeId Append(std::string name, std::string target, std::vector<Argument> arguments,
                std::vector<std::pair<std::string, std::optional<TensorType>>> outputs);
  void SetOutputs(std::vector<ArgumentValue> outputs);
  // `inputs` are those there are, in another order.
  void OrderInputs(std::vector<ValueId> inputs);

  // Gives a value, whose type has as many sizes, numbers for them: what a run made of it.
  void SetSizes(ValueId id, const std::vector<std::int64_t>& sizes);

  // What values of another graph are called in this one.
  class Numbering {
   public:
    explicit Numbering(const Graph& from) : renumbered_(from.values().size()) {}
    void Set(ValueId from, ValueId to) { renumbered_.at(from.index) = to; }
    ValueId operator()(ValueId from) const;

   private:
    std::vector<std::optional<ValueId>> renumbered_;
  };
  // Moves node `id` here out of `from`, its names and types too. What it reads is in `renumbered`;
  // its results are added to it. `from` is of no use then but for SetOutputsAs.
  NodeId Take(Graph& from, NodeId id, Numbering& renumbered);
  // The same of input `id` of `from`, which keeps its name there.
  ValueId TakeInput(const Graph& from, ValueId id, Numbering& renumbered);
  void SetOutputsAs(const Graph& from, const Numbering& renumbered);

  const Value& value(ValueId id) const;
  const Node& node(NodeId id) const;
  const std::vector<Value>& values() const { return values_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<ValueId>& inputs() const { return inputs_; }
  const std::vector<ArgumentValue>& outputs() const { return outputs_; }
  const std::vector<Use>& users(ValueId id) const;
  std::optional<ValueId> FindValue(std::string_view name) const;
  std::optional<NodeId> FindNode(std::string_view name) const;
  // The node that makes `id`, nullptr for an input of the graph.
  const Node* ProducerOf(ValueId id) const;

 private:
  // Editing (src/ir/editor.h), which keeps nodes() in the order of their making and their order of
  // execution for itself.
  friend class Editor;
  void SetArgument(NodeId id, std::uint32_t index, ArgumentValue value);
  void SetOutput(std::uint32_t index, ArgumentValue value);
  void DropReads(NodeId id);  // nobody's user any more

  void AddUse(Use use, const ArgumentValue& value);
  void RemoveUse(Use use, const ArgumentValue& value);
  ValueId AddValue(std::string name, std::optional<TensorType> type);

  std::vector<Value> values_;
  std::vector<Node> nodes_;
  std::vector<ValueId> inputs_;
  std::vector<ArgumentValue> outputs_;
  std::vector<std::vector<Use>> users_;
  NameIndex value_names_;
  NameIndex node_names_;
};

}  // namespace foldproof::ir
