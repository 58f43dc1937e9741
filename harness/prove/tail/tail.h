// SPDX-License-Identifier: BSD-3-Clause
//
// What happens to a conv's value v within its output channel, as a list of instructions over
// registers: register 0 is v, register i + 1 the result of instruction i. The list is the same for
// all channels; constants differ.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/prove/conv/edge.h"
#include "harness/prove/tail/op/tail_operator.h"
#include "src/ir/graph.h"

namespace foldproof::prove {

struct TailInstruction {
  ir::NodeId node;
  TailOperator op;
};

// The instructions that register `reg` depends on, ascending.
std::vector<std::uint32_t> PathTo(const std::vector<TailInstruction>& instructions,
                                  std::uint32_t reg);

// Where the value leaves what is a function of the same A.
struct Frontier {
  Edge edge;  // node = number of nodes where it is an output of the program
  std::optional<std::uint32_t> output;
  std::uint32_t reg = 0;  // which register is seen there
  ir::ValueId value;
  std::vector<std::uint32_t> path;  // instructions that the register depends on, ascending
  bool codes = false;               // integer codes leave, not floats
  double scale = 1;                 // of LSB, per design: nearest dequantize along first operands
  bool measured = true;             // such a dequantize, or the conv's own, gives the scale
};

struct Tail {
  std::vector<TailInstruction> instructions;
  std::vector<ir::ValueId> values;  // the program's value of each register
  std::vector<Frontier> frontiers;  // in the order of execution, outputs last
  std::size_t channels = 0;
};

// The nodes between the conv and register `reg`, in order, along first operands that are registers.
std::vector<ir::NodeId> NodesTo(const Tail& tail, std::uint32_t reg);

// Which square root the constants of a channel were computed from.
RootId RootOf(const Tail& tail, std::size_t channel);

// The tail where every square root of the program's constants is one float32 step higher, or lower.
Tail WithRootsStepped(const Tail& tail, bool up);

// Whether that changes a bit of a constant in this channel.
bool StepChanges(const Tail& tail, std::size_t channel, bool up);

// The instructions that read a constant which depends on a root, and all that depend on their
// results, ascending: no other result changes with a root.
std::vector<std::uint32_t> InstructionsBehindRoots(const Tail& tail);

// Why what kernels give is not settled for [low, high], over all Requantize of the tail; empty: it
// is.
std::string KernelUnsettled(const Tail& tail, std::size_t channel, std::int64_t low,
                            std::int64_t high);

}  // namespace foldproof::prove
