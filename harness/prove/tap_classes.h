// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "harness/prove/accumulator_set.h"
#include "src/ir/graph.h"

namespace foldproof::prove {

struct TapClass;

struct TapClasses {
  std::vector<TapClass> classes;
  // True where padding puts a 0 among the taps that no code stands for, so that a window that hangs
  // over the edge can sum to what no full window reaches.
  bool padding_adds_zero = false;
};

// Which kernel positions meet the input, over all output positions of `op`. Where x may be 0 a
// class that is part of another adds nothing and is left out; the largest comes first. Sizes that
// are not known (symbolic) count as large enough.
TapClasses FindTapClasses(const ir::Graph& graph, const ir::Convolution& op, TapRange x);

// Where in its input, an index a spatial dimension, `op` reads for output `position` at flattened
// kernel position `kernel`; nullopt: in the padding.
std::optional<std::vector<std::int64_t>> InputPosition(const ir::Graph& graph,
                                                       const ir::Convolution& op,
                                                       std::uint32_t kernel,
                                                       const std::vector<std::int64_t>& position);

}  // namespace foldproof::prove
