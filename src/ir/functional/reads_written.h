// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>

#include "src/ir/program.h"

namespace foldproof::ir {

// The nodes one of whose operands is not what its producer made: another node has written into its
// memory before it is read, or may have, or it is a constant that the program updates.
std::set<NodeId> FindReadsOfWritten(const Program& program);

}  // namespace foldproof::ir
