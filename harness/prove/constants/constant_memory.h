// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::prove {

// For each value of the program: empty, or why what it holds depends on when it is read, in one
// line.
//
// Values may share memory: a view and its source, an in-place node's result and its operand,
// constants of one storage. What a value holds when it is made stays until the next node writes
// into its memory, so it must not be read behind that node; the node itself may read it as the
// operand it overwrites.
std::vector<std::string> FindOverwritten(const ir::Program& program);

}  // namespace foldproof::prove
