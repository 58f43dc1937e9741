// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "harness/prove/sites/pair_plan.h"

namespace foldproof::prove {

// Frontiers of the two sides, by index, that stand for the same place: the same output of the
// program, or consumers of equal operator, attributes and operand position that see the elements in
// the same places; of several, the one whose consumer has the same name, else the first that is
// free. What is left is paired with a consumer that is known to see them in other places: that is a
// difference to be shown. Where the places are not known nothing is paired.
std::vector<std::pair<std::uint32_t, std::uint32_t>> PairFrontiers(const ir::Graph& before_graph,
                                                                   const ir::Graph& after_graph,
                                                                   const SiteSide& before,
                                                                   const SiteSide& after);

}  // namespace foldproof::prove
