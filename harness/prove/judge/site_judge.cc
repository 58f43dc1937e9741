// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/site_judge.h"

#include <utility>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/judge/int32_sums.h"
#include "harness/prove/judge/joint_judge.h"

namespace foldproof::prove {
namespace {

bool IsJoint(const SiteQuestion& question, std::size_t channel) {
  return !question.joint.empty() && question.joint[channel] != 0;
}

}  // namespace

Reach ReachKindOf(const SiteQuestion& question, std::size_t channel) {
  return IsJoint(question, channel) ? Reach::kInterval : question.reach;
}

JudgedChannel JudgeChannelOf(const SiteQuestion& question, std::size_t channel,
                             const RootSteps& roots, JudgeScratch& scratch) {
  AccumulatorSet reach = ReachOf(question.before.conv, channel, ReachKindOf(question, channel));
  if (IsJoint(question, channel)) {
    return {std::move(reach), JudgeJointChannel(question.before, question.after, question.pairs,
                                                channel, question.options, roots, scratch)};
  }
  const ObservedChannel* observed =
      question.observed != nullptr ? &question.observed->channels[channel] : nullptr;
  ChannelJudgement judgement =
      JudgeChannel(question.before, question.after, question.pairs, channel, reach, observed,
                   question.options, roots, scratch);
  return {std::move(reach), std::move(judgement)};
}

std::optional<SiteSums> SumsOfSite(const SiteQuestion& question, const SiteReach& reach) {
  if (!question.joint.empty()) return std::nullopt;
  return JudgeSums(question.before.conv, question.after.conv, reach);
}

}  // namespace foldproof::prove
