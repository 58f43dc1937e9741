// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "harness/prove/sites/site_match.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

// Conditions that one program alone puts to its inputs by nodes without results (_assert_scalar):
// it raises where the other may answer. The same condition may be spelt in two ways, so they are
// parts that are not proved. What differs in the ranges of sizes is a finding of the interface.
std::vector<UnprovedPart> CompareConditions(const Side& before, const Side& after);

}  // namespace foldproof::prove
