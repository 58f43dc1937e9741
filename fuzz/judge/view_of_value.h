// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "fuzz/judge/change_spots.h"

namespace foldproof::fuzz {

// Operators whose result shares memory with their operand. Each puts its node in front of `at` and
// returns the result; nullopt where the value has not the shape for the operator that was chosen.

// Operators that everybody knows to be views, of any shape.
std::optional<ir::ValueId> PutPlainView(Sketch& sketch, Chooser& chooser, std::size_t at,
                                        ir::ValueId value);
// Less known ones: lists of views, other dtypes, names that do not sound like views, operators that
// return their operand where there is nothing to do.
std::optional<ir::ValueId> PutOddView(Sketch& sketch, Chooser& chooser, std::size_t at,
                                      ir::ValueId value);
// A view of the same shape, type and elements.
std::optional<ir::ValueId> PutAlias(Sketch& sketch, Chooser& chooser, std::size_t at,
                                    ir::ValueId value);

}  // namespace foldproof::fuzz
