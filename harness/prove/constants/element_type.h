// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "src/ir/program.h"

namespace foldproof::prove {

// The type of the elements that `value` really has, found from what makes it: a declared type may
// be stale, as where a constant was widened and what reads it was not declared anew. nullopt where
// that is not known. A user's input has the type that it is declared to have: the interface of the
// two programs is compared.
std::optional<ir::ScalarType> ElementTypeOf(const ir::Program& program, ir::ValueId value);

}  // namespace foldproof::prove
