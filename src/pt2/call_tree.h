// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {

// How a caller's arguments and results are nested ("in_spec" and "out_spec" of the program's own
// entry in module_call_graph), in one spelling: * for a tensor, else TYPE(context)[children]. Empty
// where the archive does not say.
struct CallTrees {
  std::string inputs, outputs;
};
CallTrees ReadCallTrees(Json graph_module);

}  // namespace foldproof::pt2
