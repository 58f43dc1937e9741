// SPDX-License-Identifier: BSD-3-Clause
//
// One output channel of a site whose weights differ: before's tail over its sum, after's over its
// own, compared wherever one input gives both (docs/proof.md, "Pairs of sums").
#pragma once

#include <cstdint>
#include <optional>

#include "harness/prove/judge/channel_judge.h"

namespace foldproof::prove {

ChannelJudgement JudgeJointChannel(const SiteSide& before, const SiteSide& after,
                                   const std::vector<PairPlan>& pairs, std::size_t channel,
                                   const JudgeOptions& options, const RootSteps& roots,
                                   JudgeScratch& scratch);

// How many integers on either side of A = sum w_t * x_t a kernel's own float sum may stand for; 0
// of codes. nullopt above 2^58: beside the bias the weights are lost in a float's rounding.
std::optional<std::int64_t> SumMargin(const ConvSide& side, std::size_t channel);

}  // namespace foldproof::prove
