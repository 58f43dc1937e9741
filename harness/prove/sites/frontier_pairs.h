// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "harness/prove/sites/pair_plan.h"
#include "harness/prove/tail/register_places.h"

namespace foldproof::prove {

// Two frontiers, one of either side, by their indices, and how their elements lie to each other.
struct FrontierPair {
  std::uint32_t before = 0;
  std::uint32_t after = 0;
  PlaceRelation relation = PlaceRelation::kSame;
  bool same_memory = true;  // the same strides, where those of the two convs' results are the same
};

// Outputs that stand for the same, by their indices.
using OutputPairs = std::set<std::pair<std::uint32_t, std::uint32_t>>;

// Frontiers of the two sides that stand for the same place: a pair of `outputs`, or consumers of
// equal operator, attributes and operand position that see the elements in the same places; of
// several, the one whose consumer has the same name, else the first that is free. What is left is
// paired with a consumer that is known to see them in other places: that is a difference to be
// shown. Where the places are not known nothing is paired.
std::vector<FrontierPair> PairFrontiers(const FunctionalView& before_view, const Tail& before,
                                        const FunctionalView& after_view, const Tail& after,
                                        const OutputPairs& outputs);

}  // namespace foldproof::prove
