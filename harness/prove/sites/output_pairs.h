// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/ir/functional/functional_program.h"

namespace foldproof::prove {

// What stands for the same in both programs: the user's outputs in order, and what a call leaves in
// a buffer or input, by its name. A state that one program alone updates stays what it was in the
// other.
struct OutputPair {
  std::optional<std::uint32_t> before, after;  // indices of outputs; absent: not updated there
  std::string state;  // "state of buffer mean"; empty for an output of the user
};

std::vector<OutputPair> PairOutputs(const ir::Program& before, const ir::Program& after);

// A pair of values that are outputs of both programs, and that are tensors, or numbers that nodes
// make, in both.
struct PairedValue {
  std::uint32_t before = 0, after = 0;  // indices of outputs
  ir::ValueId before_value, after_value;
  std::string state;  // as in OutputPair
};

std::vector<PairedValue> PairValues(const ir::Program& before, const ir::Program& after);

// The value of `program` that holds the pair's state where it is not updated: its input, nullopt
// where it has none of that name.
std::optional<ir::ValueId> UnchangedState(const ir::Program& program, const ir::OutputSpec& spec);

// Whether output `index` is the batch counter of a batch_norm (int64 NAME.num_batches_tracked), and
// nothing else of the program depends on that counter: what a fold drops with the batch_norm.
bool IsUnreadBatchCounter(const ir::FunctionalProgram& program, std::uint32_t index);

}  // namespace foldproof::prove
