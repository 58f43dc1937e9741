// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "src/ir/program.h"
#include "src/pt2/input_order.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/kept_model.h"
#include "src/pt2/value_names.h"

namespace foldproof::pt2 {

// An archive's "module_call_graph": how the program is called, and its modules were. The calling
// convention stays as long as the inputs and the number of outputs do; else the inputs are given
// one by one and the outputs come as one, or as a tuple. A module whose signature names a value
// that is gone loses the signature. `signature` is what WriteSignature wrote.
Json WriteModuleCalls(const ir::Program& program, const KeptModel& kept, const ValueNames& names,
                      const Json& signature);

}  // namespace foldproof::pt2
