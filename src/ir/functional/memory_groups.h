// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::ir {

// Which values of a program may share memory, whatever the order of its nodes: a coarser question
// than that of a functional program, for an executor that runs the writes themselves.
class MemoryGroups {
 public:
  // A value of `fed` is given from outside: what its producer would have shared does not count.
  MemoryGroups(const Program& program, const std::set<ValueId>& fed);

  std::uint32_t Of(ValueId value);

 private:
  void Join(ValueId a, ValueId b) { parent_[Of(a)] = Of(b); }
  void JoinConstants(const Program& program, const std::set<ValueId>& fed);

  std::vector<std::uint32_t> parent_;  // union-find over the graph's values
};

// The operands that `node` writes into, or may.
std::vector<ValueId> MayWrite(const Graph& graph, const Node& node);

}  // namespace foldproof::ir
