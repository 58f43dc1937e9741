// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <vector>

#include "harness/prove/sites/frontier_pairs.h"
#include "harness/prove/sites/site_match.h"

namespace foldproof::prove {

// Matching::values: what the frontiers of the sites, the outputs of the programs and equal numbers
// say. `after_values`: the first value of after of each number.
std::vector<MatchedValue> FindMatchedValues(const Side& before_side, const Side& after_side,
                                            const Numbering& before_numbers,
                                            const std::map<ValueNumber, ir::ValueId>& after_values,
                                            const OutputPairs& output_pairs,
                                            const std::vector<MatchedSite>& sites);

}  // namespace foldproof::prove
