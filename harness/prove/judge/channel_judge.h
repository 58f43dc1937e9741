// SPDX-License-Identifier: BSD-3-Clause
//
// One output channel of a site: both tails over the whole reach, compared.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/prove/ideal/tolerance.h"
#include "harness/prove/reach/accumulator_set.h"
#include "harness/prove/sites/pair_plan.h"
#include "harness/prove/verdict/channel_verdict.h"
#include "harness/prove/verdict/observations.h"

namespace foldproof::prove {

// Memory that one thread uses again from channel to channel.
struct JudgeScratch {
  SearchScratch search;
  std::vector<std::int64_t> starts;         // of the cells of both tails
  RegisterBlock before, after;              // a block of them
  RegisterBlock block_before, block_after;  // at `block`, where everything is looked at
  std::vector<std::int64_t> block;
  IdealPoints ideal;
};

// `observed` is null where nothing was observed; the gate is not kObserved then.
ChannelJudgement JudgeChannel(const SiteSide& before, const SiteSide& after,
                              const std::vector<PairPlan>& pairs, std::size_t channel,
                              const AccumulatorSet& reach, const ObservedChannel* observed,
                              const JudgeOptions& options, JudgeScratch& scratch);

}  // namespace foldproof::prove
