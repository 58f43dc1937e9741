// SPDX-License-Identifier: BSD-3-Clause
//
// One output channel of a site: both tails over the whole reach, compared.
#pragma once

#include <cstddef>
#include <vector>

#include "harness/prove/judge/channel_walk.h"
#include "harness/prove/judge/root_step.h"
#include "harness/prove/reach/accumulator_set.h"
#include "harness/prove/sites/pair_plan.h"
#include "harness/prove/verdict/channel_verdict.h"
#include "harness/prove/verdict/observations.h"

namespace foldproof::prove {

// `observed` is null where nothing was observed; the gate is not kObserved then.
ChannelJudgement JudgeChannel(const SiteSide& before, const SiteSide& after,
                              const std::vector<PairPlan>& pairs, std::size_t channel,
                              const AccumulatorSet& reach, const ObservedChannel* observed,
                              const JudgeOptions& options, const RootSteps& roots,
                              JudgeScratch& scratch);

}  // namespace foldproof::prove
