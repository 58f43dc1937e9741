// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/root_step.h"

#include <algorithm>
#include <limits>
#include <string>

namespace foldproof::prove {
namespace {

constexpr auto kDomains = {&ChannelVerdict::reachable, &ChannelVerdict::calibrated,
                           &ChannelVerdict::observed, &ChannelVerdict::produced};

void Widen(std::optional<double>& figure, double lsb) {
  figure = std::max(figure.value_or(0), lsb);
}

void NotKnown(const std::string& why, ChannelVerdict& verdict) {
  for (const auto figures : kDomains) {
    Widen((verdict.*figures).lsb_root_step, std::numeric_limits<double>::infinity());
  }
  verdict.bit_equal = false;
  verdict.root_step_unproved = why;
}

// Takes in what the channel is judged where its root is one step off.
void MergeStepped(const ChannelVerdict& stepped, Domain gate, ChannelVerdict& verdict) {
  const std::string because =
      " where a square root among its constants is one float32 step off, as it is in some PyTorch";
  if (!stepped.unproved.empty()) return NotKnown(stepped.unproved + because, verdict);
  for (const auto figures : kDomains) {
    Widen((verdict.*figures).lsb_root_step, (stepped.*figures).lsb);
  }
  verdict.bit_equal &= stepped.bit_equal;
  // What is over the tolerance by IEEE's root is so whatever others give.
  if (IsOver(verdict.Of(gate).lsb, verdict.allowed_lsb)) return;
  if (stepped.UndefinedFor(gate) > verdict.UndefinedFor(gate)) {
    verdict.root_step_unproved = "undefined accumulators" + because;
  } else if (IsOver(stepped.Of(gate).lsb, stepped.allowed_lsb)) {
    verdict.root_step_unproved = "more than the tolerance" + because;
  }
}

}  // namespace

ChannelJudgement JudgeWithRootSteps(const SiteSide& before, const SiteSide& after,
                                    const std::vector<PairPlan>& pairs, std::size_t channel,
                                    const JudgeOptions& options, const JudgeTails& judge) {
  ChannelJudgement out = judge(before.tail, after.tail, Asked::kEverything);
  const RootId root = CombineRoots(RootOf(before.tail, channel), RootOf(after.tail, channel));
  // What value numbering found identical is computed from the same roots on both sides.
  if (root == kNoRoot || std::ranges::all_of(pairs, &PairPlan::identical)) return out;
  std::vector<ChannelJudgement> stepped;
  for (const bool up : {false, true}) {
    if (root == kSeveralRoots) break;
    stepped.push_back(judge(WithRootsStepped(before.tail, up), WithRootsStepped(after.tail, up),
                            Asked::kFigures));
  }
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    if (pairs[p].identical || !out.pairs[p].unproved.empty()) continue;
    for (const ChannelJudgement& each : stepped) {
      MergeStepped(each.pairs[p], options.domain, out.pairs[p]);
    }
    if (root == kSeveralRoots) {
      NotKnown(
          "its constants depend on several square roots, which PyTorch's builds round "
          "differently",
          out.pairs[p]);
    }
  }
  return out;
}

}  // namespace foldproof::prove
