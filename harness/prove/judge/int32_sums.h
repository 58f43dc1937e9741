// SPDX-License-Identifier: BSD-3-Clause
//
// What an int32 accumulator has to hold (docs/proof.md, "Int32 sums").
#pragma once

#include <cstddef>

#include "harness/prove/conv/conv_side.h"
#include "harness/prove/judge/site_reach.h"
#include "harness/prove/question/site_answer.h"
#include "harness/prove/reach/accumulator_set.h"
#include "src/ir/graph.h"

namespace foldproof::prove {

// The sums of one channel of one side. Where the bias is no integer of the accumulator's step
// (BiasInAccumulator), it takes no part.
struct ChannelSums {
  SumRange final_sum;  // A + q_b - z_b over the hull of the reach
  SumRange partial;    // of any taps in any order, with or without the bias, 0 included
};
ChannelSums SumsOf(const ConvSide& side, std::size_t channel, const AccumulatorSet& reach);

// Both sides of a site over all channels.
SiteSums JudgeSums(const ConvSide& before, const ConvSide& after, const SiteReach& reach);

// Rule accumulator-overflow: after's sum leaves int32. It is only_after where that is for an
// accumulator that an input produces, in a channel in which before's sum stays inside.
StructureFinding FindingOf(const SumOverflow& overflow, const ir::Node& after_conv);

}  // namespace foldproof::prove
