// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "src/ir/graph.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/json_text.h"
#include "src/pt2/value_names.h"

namespace foldproof::pt2 {

// One torch._export.serde.schema.Argument: what ReadArgument reads as `value`.
void WriteArgument(const ir::ArgumentValue& value, const ValueNames& names, JsonText& out);
// The TensorArgument in it.
void WriteTensorName(ir::ValueId id, const ValueNames& names, JsonText& out);

// The same, in the form that the archive had it in where that still says the same: several forms
// are read as one value.
void WriteArgumentAs(const std::optional<Json>& kept, const ir::ArgumentValue& value,
                     const ValueNames& names, JsonText& out);

// Whether every value that an Argument of the archive names is there.
bool NamesAreThere(Json argument, const ValueNames& names);

}  // namespace foldproof::pt2
