// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "src/ir/graph.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/value_names.h"

namespace foldproof::pt2 {

// One torch._export.serde.schema.Argument: what ReadArgument reads as `value`.
Json WriteArgument(const ir::ArgumentValue& value, const ValueNames& names);

// The same, in the form that the archive had it in where that still says the same: several forms
// are read as one value. `kept` may be nullptr.
Json WriteArgumentAs(const Json* kept, const ir::ArgumentValue& value, const ValueNames& names);

// Whether every value that an Argument of the archive names is there.
bool NamesAreThere(const Json& argument, const ValueNames& names);

}  // namespace foldproof::pt2
