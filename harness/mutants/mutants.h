// SPDX-License-Identifier: BSD-3-Clause
//
// Fold engines with one fault each. A harness that does not notice every one of them would not
// notice a real fault of that kind either.
#pragma once

#include <span>

#include "harness/mutants/mutant.h"

namespace foldproof::mutants {

// All of them, by kind; names are unique. docs/mutants.md has the table.
std::span<const Mutant> Mutants();

}  // namespace foldproof::mutants
