// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/ir/graph.h"

namespace foldproof::prove {

// Whether what `node` gives may be another number where its operands, with the same elements, lie
// otherwise in memory: as_strided looks at strides, batch_norm has a formula for each layout, sums
// of floats are taken in the order of memory, and vector kernels of sigmoid and the like give other
// bits than their scalar remainder. So may every operator that is not on a list here.
bool FollowsStrides(const ir::Graph& graph, const ir::Node& node);

}  // namespace foldproof::prove
