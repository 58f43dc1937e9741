// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "src/ir/graph.h"

namespace foldproof::ir {

// What running a node does to memory, as the written lists say (op_lists.h).
struct Effect {
  enum class Kind {
    kFresh,     // its results share no memory with its operands, and it writes into none
    kView,      // its results show memory of `viewed`
    kWrites,    // it writes into `written`, and nothing else
    kShares,    // it writes into none, but its results may share memory with any operand
    kUnlisted,  // it may do any of it
  };

  Kind kind = Kind::kFresh;
  ValueId viewed;                // kView
  bool may_copy = false;         // kView: whether its results are views depends on strides
  std::vector<ValueId> written;  // kWrites, in the order of the arguments
  // kWrites: its results are the values written, in order; otherwise they are fresh.
  bool returns_written = false;
};

Effect EffectOf(const Graph& graph, const Node& node);

// How a node's results come about.
enum class Outcome {
  kFunction,  // of its operands and arguments alone
  kRandom,    // drawn, or memory that nobody has set
  kUnlisted,  // nothing is known of it
};
Outcome OutcomeOf(const Node& node);

// Nodes that making a program functional puts in. Their targets are no operators of PyTorch.
inline constexpr const char* kWrittenTarget = "foldproof.written.default";  // what a call left
inline constexpr const char* kUnknownTarget =
    "foldproof.unknown.default";  // nothing is known of it

}  // namespace foldproof::ir
