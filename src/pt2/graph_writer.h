// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/ir/program.h"
#include "src/pt2/input_order.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/kept_model.h"
#include "src/pt2/value_names.h"

namespace foldproof::pt2 {

// The values that `program` makes, and what those without a type are: what `kept` calls them, else
// what the node that makes them says. Error(kOutput) names one that is read and of no known kind.
ValueNames NameValues(const ir::Program& program, const KeptModel& kept);

// An archive's "graph".
Json WriteGraph(const ir::Program& program, const KeptModel& kept, const ValueNames& names,
                const std::vector<WrittenInput>& inputs);

}  // namespace foldproof::pt2
