// SPDX-License-Identifier: BSD-3-Clause
//
// Convs that read one input with one geometry, whatever their weights (docs/proof.md, "Pairs of
// sums").
#pragma once

#include <string>
#include <vector>

#include "harness/prove/sites/frontier_pairs.h"
#include "harness/prove/sites/value_numbers.h"

namespace foldproof::prove {

// Two convs that share a key sum the same taps: what they read, and how their windows lie in it.
// The operator's spelling takes no part, nor do, in the second key, codes that are shifted together
// with their zero point.
std::vector<std::string> JointKeys(const FunctionalView& view, const Numbering& numbers,
                                   const ConvSide& conv);

// Which channels are judged as a pair of sums: those whose weights differ (in w_q - z_w), depend on
// how a square root is rounded or are floats, and those whose codes came out as they were under a
// scale that was chosen for other channels, or for int32. Where that scale is another, or another
// channel's codes are, or before's batch_norm is gone between a pair of frontiers, a fold
// multiplied their weights, and rounded them. Empty: none.
std::vector<char> JointChannels(const SiteSide& before, const SiteSide& after,
                                const std::vector<FrontierPair>& pairs);

// 0 where the channels' weights are multiples of each other, up to 1 a channel.
double WeightDistance(const ConvSide& before, const ConvSide& after);

}  // namespace foldproof::prove
