// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "harness/prove/verdict/verdict.h"
#include "src/ir/program.h"

namespace foldproof::prove {

// Where a caller would see another program (signature-changed): numbers, types and shapes of its
// inputs and outputs, how they are nested, and by which keys.
std::vector<StructureFinding> CompareInterface(const ir::Program& before, const ir::Program& after);

}  // namespace foldproof::prove
