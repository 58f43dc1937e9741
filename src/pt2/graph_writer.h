// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "src/ir/program.h"
#include "src/pt2/json_text.h"
#include "src/pt2/kept_model.h"
#include "src/pt2/model_parts.h"
#include "src/pt2/value_names.h"

namespace foldproof::pt2 {

// The values that `program` makes, and what those without a type are: what `kept` calls them, else
// what the node that makes them says. Error(kOutput) names one that is read and of no known kind.
ValueNames NameValues(const ir::Program& program, const KeptModel& kept);

// What the graph's outputs are, as Arguments.
std::vector<std::string> WriteOutputs(const ir::Graph& graph, const KeptModel& kept,
                                      const ValueNames& names);

// An archive's "graph".
void WriteGraph(const ModelParts& model, JsonText& out);

}  // namespace foldproof::pt2
