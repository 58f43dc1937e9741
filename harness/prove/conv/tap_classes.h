// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/prove/reach/accumulator_set.h"
#include "src/ir/program.h"

namespace foldproof::prove {

// The kernel positions that meet the input at one output position: with padding, the conv's window
// hangs over the edge and some taps read the padding's zeros.
struct TapClass {
  std::vector<std::uint32_t> kernel_positions;  // sorted; indices into the flattened kernel
  std::vector<std::int64_t> output_position;    // one where it happens; empty: not known to happen
};

struct TapClasses {
  std::vector<TapClass> classes;
  // True where padding puts a 0 among the taps that no code stands for, so that a window that hangs
  // over the edge can sum to what no full window reaches.
  bool padding_adds_zero = false;
};

// Which kernel positions meet the input, over all output positions of `op` and, where a size is a
// symbol, over all sizes that it can have (NoIntegers where that is too much to look at). Where x
// may be 0 a class that is part of another adds nothing and is left out; the largest comes first.
TapClasses FindTapClasses(const ir::Program& program, const ir::Convolution& op, TapRange x);

// Where in its input, an index a spatial dimension, `op` reads for output `position` at flattened
// kernel position `kernel`; nullopt: in the padding.
std::optional<std::vector<std::int64_t>> InputPosition(const ir::Graph& graph,
                                                       const ir::Convolution& op,
                                                       std::uint32_t kernel,
                                                       const std::vector<std::int64_t>& position);

}  // namespace foldproof::prove
