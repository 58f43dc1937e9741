// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "src/ir/program.h"
#include "src/pt2/input_order.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/kept_model.h"
#include "src/pt2/value_names.h"

namespace foldproof::pt2 {

// An archive's "signature". `outputs` is what the graph has as "outputs": an output is named as
// the graph names it, whatever ir::OutputSpec::name says.
Json WriteSignature(const ir::Program& program, const KeptModel& kept, const ValueNames& names,
                    const std::vector<WrittenInput>& inputs, const Json& outputs);

}  // namespace foldproof::pt2
