// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/ir/functional/functional_program.h"

namespace foldproof::prove {

// Why the results of `node` are equal to nothing, not even to those of the same call in the other
// program: "rand_like (aten.rand_like.default) is drawn at random"; nullopt for a function of its
// operands.
std::optional<std::string> WhyUnlike(const ir::Node& node);

// The same of the first such node that `value` is computed from.
std::optional<std::string> WhyUnlike(const ir::Graph& graph, ir::ValueId value);

// The live operators that were taken for functions of their operands though they are not fresh:
// what calls leave in their arguments, and normalizing by the batch's own statistics. Sorted.
std::vector<std::string> TakenForFunctions(const ir::FunctionalProgram& program);

}  // namespace foldproof::prove
