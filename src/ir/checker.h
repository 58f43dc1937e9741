// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "src/ir/program.h"

namespace foldproof::ir {

// Whether `program` is whole: every value is made before it is read and knows its readers, names
// are unique, the signature and the graph agree, every constant is there, has its declared type and
// lies inside its storage, and the declared shapes are those that typed ops make. Throws
// Error(kInput) that names the value, node or constant. Not errors, but findings of a comparison:
// an output whose name in the signature is stale, a bias of the wrong length.
void CheckProgram(const Program& program);

// Whether the elements of `constant` lie inside a storage of that many bytes, and are not so many
// more than it (by strides of 0) that copying them out would exhaust memory.
void CheckConstant(const Constant& constant, std::size_t storage_bytes);

// Whether the shapes around `node`, where they are static, are those that its op makes. Called by
// CheckProgram.
void CheckShapes(const Graph& graph, const Node& node);

}  // namespace foldproof::ir
