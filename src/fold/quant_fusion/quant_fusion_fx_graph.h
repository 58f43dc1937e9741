// SPDX-License-Identifier: BSD-3-Clause
//
// A graph as torch.fx keeps it. ExecuTorch's passes look at "the first user" and at "the nodes in
// order"; which those are depends on what torch.fx does to the order of users at every edit.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::fold {

using FxId = std::size_t;

struct FxNode {
  enum class Kind { kPlaceholder, kGetAttr, kCall, kGetItem, kOutput };

  Kind kind = Kind::kCall;
  std::string name;
  std::string target;                   // of a call
  std::vector<ir::Argument> arguments;  // the index of a ValueId in them is an FxId
  std::vector<FxId> users;              // each once: the keys of Python's dict, in their order
  std::optional<ir::NodeId> node;       // of the program
  std::optional<ir::ValueId> value;     // what it stands for in the program
  std::optional<ir::TensorType> type;   // meta["val"]
  bool impure = false;                  // eliminate_dead_code leaves it

  // args[i], nullptr where there are fewer; kwargs are no args.
  const ir::ArgumentValue* Positional(std::size_t i) const;
  std::size_t PositionalCount() const;
  bool HasKeywords() const { return PositionalCount() != arguments.size(); }
  // get_arg(node, name): however it was given; nullptr where it was not.
  const ir::ArgumentValue* Named(std::string_view argument) const;
};

class FxGraph {
 public:
  explicit FxGraph(const ir::Program& program);
  // The graph of a program under an editor, in the editor's Order(): what was erased is no node,
  // and what was inserted stands where it runs.
  FxGraph(const ir::Program& program, const std::vector<ir::NodeId>& order);

  const FxNode& at(FxId id) const { return nodes_[id]; }
  const std::vector<FxId>& order() const { return order_; }
  // find_nodes(op="call_function", target=target), in order.
  std::vector<FxId> FindCalls(std::string_view target) const;
  // The node that args[i] is; nullopt where it is a number, None or a list. Not for a missing one.
  std::optional<FxId> NodeArgument(FxId id, std::size_t i) const;

  FxId InsertBefore(FxId place, FxNode node);
  FxId InsertAfter(FxId place, FxNode node);
  // Whoever reads `from` reads `to`. torch.fx takes each of these readers out of the users of all
  // that it reads and puts it behind them again.
  void ReplaceAllUses(FxId from, FxId to);
  // What eliminate_dead_code erases, last to first.
  std::vector<FxId> EliminateDead();
  // legalize_graph: sorted anew, breadth first, all nodes copied in that order. Of a graph that
  // nobody edited since but EliminateDead, it gives the same order again.
  void Legalize();

 private:
  FxId Add(FxNode node);
  void AddResults(const ir::Graph& graph, const ir::Node& node, FxId call,
                  std::map<ir::ValueId, FxId>& of_value);
  FxId Insert(std::vector<FxId>::iterator place, FxNode node);
  void Reads(FxId id);    // puts `id` behind the users of each node that it reads
  void Unreads(FxId id);  // takes it out of them
  std::vector<FxId> InputsOf(FxId id) const;

  std::vector<FxNode> nodes_;
  std::vector<FxId> order_;
  bool is_legal_ = false;  // sorting it again would give order_
};

}  // namespace foldproof::fold
