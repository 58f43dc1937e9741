// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/ir/graph.h"

namespace foldproof::prove {

// Whether the sizes that are declared of `value` are known to be those that PyTorch gives it. Those
// of inputs and constants are; so are those that a typed operator makes of sizes that are numbers,
// which are checked when a program is read (src/ir/check_shapes), and those of a pooling, an
// upsampling, a cat, a slice or a pick of elements that are what its arguments ask for. What any
// other operator makes is only declared, and a pass that edits its arguments may leave that behind.
bool SizesAreMade(const ir::Graph& graph, ir::ValueId value);

}  // namespace foldproof::prove
