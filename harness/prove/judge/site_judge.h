// SPDX-License-Identifier: BSD-3-Clause
//
// The channels of a site, judged by its question alone.
#pragma once

#include <cstddef>

#include "harness/prove/judge/channel_judge.h"
#include "harness/prove/judge/site_reach.h"
#include "harness/prove/question/site_answer.h"
#include "harness/prove/question/site_question.h"

namespace foldproof::prove {

struct JudgedChannel {
  AccumulatorSet reach;
  ChannelJudgement judgement;
};
// `roots` are those of the question's own two sides.
JudgedChannel JudgeChannelOf(const SiteQuestion& question, std::size_t channel,
                             const RootSteps& roots, JudgeScratch& scratch);

// How a channel's reach is taken: of a pair of sums, before's interval.
Reach ReachKindOf(const SiteQuestion& question, std::size_t channel);

// What the answer has besides the channels, given their reach.
std::optional<SiteSums> SumsOfSite(const SiteQuestion& question, const SiteReach& reach);

}  // namespace foldproof::prove
