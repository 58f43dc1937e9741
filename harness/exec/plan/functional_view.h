// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::exec {

// A program as if no node wrote into its operand: which value a node really reads, given the
// in-place nodes (relu_, add_) before it, and which nodes matter for the program's outputs.
class FunctionalView {
 public:
  explicit FunctionalView(const ir::Program& program);

  const ir::Program& program() const { return *program_; }
  // The value that `node` reads where its arguments say `value`.
  ir::ValueId Read(ir::NodeId node, ir::ValueId value) const;
  // The value that output `index` of the program returns.
  ir::ValueId Output(std::size_t index, ir::ValueId value) const;
  // True where some in-place node writes into memory that `value` shares through a view, and
  // `value` is read afterwards: what it holds then is not what its producer computed.
  bool IsOverwritten(ir::ValueId value) const { return overwritten_.contains(value); }
  // True where the node's results, or its effect, reach an output of the program.
  bool IsLive(ir::NodeId node) const { return live_[node.index]; }
  // The uses of `value` after substitution, in the order of execution; dead nodes are left out.
  const std::vector<ir::Use>& Users(ir::ValueId value) const { return users_[value.index]; }

 private:
  void Substitute();
  void MarkOverwritten();
  void MarkLive();
  void CollectUsers();

  const ir::Program* program_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, ir::ValueId>
      reads_;  // (node, value), node = n: output
  std::set<ir::ValueId> overwritten_;
  std::vector<char> live_;
  std::vector<std::vector<ir::Use>> users_;
};

// The operand that `node` overwrites, nullopt for a node that writes into none.
std::optional<ir::ValueId> OverwrittenOperand(const ir::Node& node);

}  // namespace foldproof::exec
