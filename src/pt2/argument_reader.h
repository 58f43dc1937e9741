// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>

#include "src/ir/graph.h"
#include "src/pt2/argument_order.h"
#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {

// One torch._export.serde.schema.Argument. Values are looked up by name in `graph`, which holds
// those made so far; a name that is not there is an Error. Kinds that no typed op takes become
// Unsupported.
ir::ArgumentValue ReadArgument(Json argument, const ir::Graph& graph);

// NamedArgument.kind.
inline constexpr std::int64_t kPositional = 1;
inline constexpr std::int64_t kKeyword = 2;
Given GivenOf(Json named_argument);

// The name in a TensorArgument.
std::string_view TensorName(Json tensor);

}  // namespace foldproof::pt2
