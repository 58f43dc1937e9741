// SPDX-License-Identifier: BSD-3-Clause
//
// Channels whose constants are computed from a square root, which one PyTorch rounds as IEEE does
// and another by one float32 step more or less (docs/proof.md, "Square roots").
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "harness/prove/sites/pair_plan.h"
#include "harness/prove/verdict/channel_verdict.h"

namespace foldproof::prove {

// What is asked of a channel: all of its judgement, or whether it holds and by how many LSB, which
// needs no ideal tails to be compared.
enum class Asked { kEverything, kFigures };

// What a channel is judged with these tails in the place of the sides' own.
using JudgeTails =
    std::function<ChannelJudgement(const Tail& before, const Tail& after, Asked asked)>;

// The judgement by IEEE's roots, with what is otherwise where the channel's root is a step lower or
// a step higher on both sides.
ChannelJudgement JudgeWithRootSteps(const SiteSide& before, const SiteSide& after,
                                    const std::vector<PairPlan>& pairs, std::size_t channel,
                                    const JudgeOptions& options, const JudgeTails& judge);

}  // namespace foldproof::prove
