// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>

#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {

// By the name of a node, the module that it comes from, from the nn_module_stack of its metadata;
// nodes without one are left out. `graph_module` is the archive's.
std::map<std::string, std::string> ReadModulePaths(Json graph_module);

}  // namespace foldproof::pt2
