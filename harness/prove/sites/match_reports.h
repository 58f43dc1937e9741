// SPDX-License-Identifier: BSD-3-Clause
//
// What the matcher of sites tells besides the sites; its types are those of site_match.h. The
// functions are in explain_output.cc and matched_values.cc.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "harness/prove/sites/frontier_pairs.h"
#include "harness/prove/sites/value_numbers.h"

namespace foldproof::prove {

struct ChangedOutput;
struct MatchedSite;
struct MatchedValue;
struct Side;

// Follows the two values back to where the programs part: while both are made by the same operator
// with the same attributes, to the first operand in which they differ.
// `unmatched`: convs of before that have integers and are no site.
ChangedOutput ExplainOutput(const Side& before_side, const Numbering& before_numbers,
                            const Side& after_side, const Numbering& after_numbers,
                            const std::set<ir::NodeId>& unmatched, std::uint32_t output,
                            ir::ValueId before, ir::ValueId after);

// Matching::values: what the frontiers of the sites, the outputs of the programs and equal numbers
// say. `after_values`: the first value of after of each number.
std::vector<MatchedValue> FindMatchedValues(const Side& before_side, const Side& after_side,
                                            const Numbering& before_numbers,
                                            const std::map<ValueNumber, ir::ValueId>& after_values,
                                            const OutputPairs& output_pairs,
                                            const std::vector<MatchedSite>& sites);

}  // namespace foldproof::prove
