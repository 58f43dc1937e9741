// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/ir/program.h"
#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {

// Fills program.graph, .inputs and .outputs from an archive's "graph_module". Faults name the node.
void ReadGraphModule(Json graph_module, ir::Program& program);

}  // namespace foldproof::pt2
