// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "src/ir/graph.h"

namespace foldproof::ir {

// Whether the declared shape of a node's output is the one that its arguments ask for.
enum class ShapeAgreement { kAgrees, kDiffers, kUnknown };

struct MadeShape {
  ShapeAgreement agreement = ShapeAgreement::kUnknown;
  std::string made;  // "[1, 1, 4, 1]": what the arguments ask for; a size that is not known is "?"
};

// The shape that a reshape, view, flatten, unflatten, squeeze or unsqueeze makes of its input, and
// the one that zeros, ones and full make of their sizes and their _like of another tensor, from
// their arguments as torch's schemas have them. PyTorch runs a program by these and never by what
// is declared, which a pass leaves behind where it edits a node. kUnknown: any other operator, or
// symbolic sizes from which the shape does not follow.
MadeShape ShapeOfArguments(const Graph& graph, const Node& node);

// The size that `node` asks for, where it is an aten.sym_size.int of a dimension that there is;
// else nullptr.
const Dim* SizeAskedFor(const Graph& graph, const Node& node);

}  // namespace foldproof::ir
