// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/pt2/json_text.h"
#include "src/pt2/model_parts.h"

namespace foldproof::pt2 {

// An archive's "module_call_graph": how the program is called, and its modules were. The calling
// convention stays as long as the inputs and the number of outputs do; else the inputs are given
// one by one and the outputs come as one, or as a tuple. A module whose signature names a value
// that is gone loses the signature.
void WriteModuleCalls(const ModelParts& model, JsonText& out);

}  // namespace foldproof::pt2
