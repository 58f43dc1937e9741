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

// Takes in what the channel is judged where its root is one step off; `stepped` may be `verdict`.
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

std::optional<SteppedTail> StepRoots(const SiteSide& side) {
  std::vector<std::uint32_t> changes = InstructionsBehindRoots(side.tail);
  if (changes.empty()) return std::nullopt;
  const auto is_behind = [&](std::uint32_t index) {
    return std::ranges::binary_search(changes, index);
  };
  const bool moves = std::ranges::any_of(
      side.search.first_quantizers,
      [&](const SearchPlan::Quantizer& quantizer) { return is_behind(quantizer.instruction); });
  return SteppedTail{WithRootsStepped(side.tail, false), WithRootsStepped(side.tail, true),
                     std::move(changes), moves};
}

const Tail& TailBy(RootStep step, const SiteSide& side, const std::optional<SteppedTail>& stepped) {
  return stepped && step != RootStep::kNone ? stepped->At(step == RootStep::kUp) : side.tail;
}

}  // namespace

RootSteps::RootSteps(const SiteSide& before, const SiteSide& after)
    : before_(&before),
      after_(&after),
      stepped_before_(StepRoots(before)),
      stepped_after_(StepRoots(after)) {}

RootId RootSteps::RootAt(std::size_t channel) const {
  const RootId before = stepped_before_ ? RootOf(before_->tail, channel) : kNoRoot;
  const RootId after = stepped_after_ ? RootOf(after_->tail, channel) : kNoRoot;
  return CombineRoots(RootOfWeights(channel), CombineRoots(before, after));
}

RootId RootSteps::RootOfWeights(std::size_t channel) const {
  return CombineRoots(before_->conv.RootOfWeights(channel), after_->conv.RootOfWeights(channel));
}

const Tail& RootSteps::BeforeTail(RootStep step) const {
  return TailBy(step, *before_, stepped_before_);
}
const Tail& RootSteps::AfterTail(RootStep step) const {
  return TailBy(step, *after_, stepped_after_);
}

bool RootSteps::ChangeAt(std::size_t channel, bool up) const {
  return ChangeWeightsAt(channel) || (stepped_before_ && StepChanges(before_->tail, channel, up)) ||
         (stepped_after_ && StepChanges(after_->tail, channel, up));
}

void TakeInRootSteps(const RootSteps& steps, const std::vector<PairPlan>& pairs,
                     std::size_t channel, Domain gate, const JudgeStepped& judge,
                     ChannelJudgement& judgement) {
  const RootId root = steps.RootAt(channel);
  // What value numbering found identical is computed from the same roots on both sides.
  if (root == kNoRoot || std::ranges::all_of(pairs, &PairPlan::identical)) return;
  std::vector<SteppedVerdicts> stepped;
  for (const bool up : {false, true}) {
    if (root != kSeveralRoots) stepped.push_back(judge(up));
  }
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    ChannelVerdict& verdict = judgement.pairs[p];
    if (pairs[p].identical || !verdict.unproved.empty()) continue;
    for (const SteppedVerdicts& each : stepped) {
      MergeStepped(each[p] ? *each[p] : verdict, gate, verdict);
    }
    if (root == kSeveralRoots) {
      NotKnown(
          "its constants depend on several square roots, which PyTorch's builds round "
          "differently",
          verdict);
    }
  }
}

}  // namespace foldproof::prove
