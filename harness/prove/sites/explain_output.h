// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>

#include "harness/prove/sites/site_match.h"

namespace foldproof::prove {

// Follows the two values back to where the programs part: while both are made by the same operator
// with the same attributes, to the first operand in which they differ.
// `unmatched`: convs of before that have integers and are no site.
ChangedOutput ExplainOutput(const Side& before_side, const Numbering& before_numbers,
                            const Side& after_side, const Numbering& after_numbers,
                            const std::set<ir::NodeId>& unmatched, std::uint32_t output,
                            ir::ValueId before, ir::ValueId after);

}  // namespace foldproof::prove
