// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/channel_judge.h"

#include <algorithm>
#include <cmath>

#include "harness/prove/ideal/ideal_gap.h"
#include "harness/prove/ideal/ideal_kinks.h"
#include "harness/prove/ideal/ideal_tail.h"
#include "harness/prove/judge/ideal_distance.h"
#include "harness/prove/judge/piece_walk.h"
#include "harness/prove/judge/root_step.h"
#include "harness/prove/tail/direction.h"
#include "harness/prove/tail/tail_evaluator.h"
#include "src/base/infinity.h"

namespace foldproof::prove {
namespace {

// Whatever judges one channel, so that its parts need no long argument lists.
class Judge {
 public:
  Judge(const SiteSide& before, const SiteSide& after, std::size_t channel,
        const AccumulatorSet& reach, const ObservedChannel* observed, const JudgeOptions& options,
        JudgeScratch& scratch)
      : before_(before),
        after_(after),
        reach_(reach),
        observed_(observed),
        options_(options),
        scratch_(scratch),
        channel_(channel),
        tails_(before, after, channel, reach, observed, options.most_enumerated, scratch),
        before_ideal_(tails_.before()),
        after_ideal_(tails_.after()),
        ideal_(scratch.ideal) {}

  // By IEEE's roots.
  ChannelJudgement Run(const std::vector<PairPlan>& pairs);
  // Behind Run, whose judgement is `ieee`: by the channel's root a step higher or lower.
  SteppedVerdicts RunStepped(const std::vector<PairPlan>& pairs, const RootSteps& roots, bool up,
                             const ChannelJudgement& ieee);

 private:
  void SetAllowance(const PairPlan& pair, ChannelVerdict& verdict);
  void FindIdealGap(const PairPlan& pair, const PieceWalk& walk, ChannelVerdict& verdict);
  std::optional<IdealDistanceWalk> MakeDistanceWalk(const PairPlan& pair) const;
  void NoteDistances(const std::optional<IdealDistanceWalk>& distance,
                     ChannelVerdict& verdict) const;
  bool IsEqualAndDefined(const PairPlan& pair);
  void SettleUnwalked(const PairPlan& pair, const std::string& why, ChannelVerdict& verdict);
  void FindShapes(const PairPlan& pair);

  const SiteSide& before_;
  const SiteSide& after_;
  const AccumulatorSet& reach_;
  const ObservedChannel* observed_;  // null: nothing was
  const JudgeOptions& options_;
  JudgeScratch& scratch_;
  std::size_t channel_;
  ChannelWalk tails_;
  IdealTail before_ideal_;
  IdealTail after_ideal_;
  IdealPoints& ideal_;
  // What the ideal tails of the pair at hand are between the kinks: before's, and the worse of
  // both.
  IdealShape before_shape_ = IdealShape::kOther;
  IdealShape shape_ = IdealShape::kOther;
  std::vector<double> kinks_;
};

// Whether a condition chooses among the tail's values.
bool Chooses(const Tail& tail) {
  return std::ranges::any_of(tail.instructions, [](const TailInstruction& instruction) {
    return std::holds_alternative<tail_op::Where>(instruction.op);
  });
}

void Judge::FindShapes(const PairPlan& pair) {
  const auto low = static_cast<double>(reach_.lo());
  const auto high = static_cast<double>(reach_.hi());
  const auto& before_path = before_.tail.frontiers[pair.before].path;
  const auto& after_path = after_.tail.frontiers[pair.after].path;
  kinks_.clear();
  shape_ = before_shape_ = FindKinks(before_ideal_, low, high, before_path, kinks_);
  if (shape_ != IdealShape::kOther) {
    shape_ = std::max(shape_, FindKinks(after_ideal_, low, high, after_path, kinks_));
  }
}

// Derives the tolerance from the ideal tails at the ends and bends of the reach, where a piecewise
// linear function is largest; other functions are looked at in a few points more.
void Judge::SetAllowance(const PairPlan& pair, ChannelVerdict& verdict) {
  const auto low = static_cast<double>(reach_.lo());
  const auto high = static_cast<double>(reach_.hi());
  FindShapes(pair);
  std::vector<double> points{low, high};
  if (shape_ == IdealShape::kLines) {
    points.insert(points.end(), kinks_.begin(), kinks_.end());
  } else {
    for (int i = 1; i < 16; ++i) points.push_back(std::round(low + (high - low) * i / 16));
    // On either side of where something steps.
    const bool steps =
        shape_ == IdealShape::kSteps || Chooses(before_.tail) || Chooses(after_.tail);
    for (std::size_t i = 0; steps && i < kinks_.size(); ++i) {
      points.push_back(std::floor(kinks_[i]));
      points.push_back(std::floor(kinks_[i]) + 1);
    }
  }
  ideal_.points = points.size();
  before_ideal_.Evaluate(points, before_.tail.frontiers[pair.before].path, ideal_.before);
  after_ideal_.Evaluate(points, after_.tail.frontiers[pair.after].path, ideal_.after);
  // A right fold multiplies the scale in float32: five steps at most, as it does a float weight.
  SumErrors errors;
  if (before_.conv.weight_scales[channel_] != after_.conv.weight_scales[channel_]) {
    errors.weights = 5 * 0x1p-23 * std::max(std::abs(low), std::abs(high)) *
                     tails_.after().input_scale() * std::abs(tails_.after().weight_scale());
  }
  verdict.tolerance = DeriveTolerance(before_, after_, pair, channel_, ideal_, errors);
  verdict.allowed_lsb = AllowedLsb(options_, pair, verdict.tolerance);
}

// Nothing where it is not asked for, or there is no figure to find.
std::optional<IdealDistanceWalk> Judge::MakeDistanceWalk(const PairPlan& pair) const {
  const Frontier& before_end = before_.tail.frontiers[pair.before];
  const Frontier& after_end = after_.tail.frontiers[pair.after];
  const bool enumerable = reach_.hi() - reach_.lo() < options_.most_enumerated;
  if (!options_.ideal_distance || before_end.codes || after_end.codes) return std::nullopt;
  const bool is_line = before_shape_ == IdealShape::kLines;
  if (!is_line && !enumerable) return std::nullopt;
  std::optional<std::vector<double>> kinks;
  if (is_line) kinks = kinks_;
  return IdealDistanceWalk(before_ideal_, before_end, after_end, reach_, std::move(kinks));
}

void Judge::FindIdealGap(const PairPlan& pair, const PieceWalk& walk, ChannelVerdict& verdict) {
  if (before_.tail.frontiers[pair.before].codes || after_.tail.frontiers[pair.after].codes) return;
  IdealGapSearch search({before_ideal_, before_.tail.frontiers[pair.before]},
                        {after_ideal_, after_.tail.frontiers[pair.after]}, walk.defined_runs(),
                        ideal_);
  // One that is no line may be its own ideal 0/0 everywhere: equal all the same.
  const bool is_itself = pair.identical && shape_ != IdealShape::kLines;
  if (!is_itself && !search.LookAtKinks(shape_, kinks_)) {
    if (!search.LookOverCells(pair.lsb * kIdealResolution, options_.most_enumerated)) return;
  }
  IdealGap gap = search.gap();
  if (options_.ideal_gap_lsb && !walk.defined_runs().empty()) {
    // What no slope bounds (a divisor that varies, a root near 0) allows any finite gap.
    gap.allowed = verdict.tolerance.constant + gap.error + *options_.ideal_gap_lsb * pair.lsb;
    gap.finding = search.is_before_finite() && IsOver(gap.gap, gap.allowed);
  }
  verdict.ideal = gap;
}

// What `distance` found; without it there is no bound.
void Judge::NoteDistances(const std::optional<IdealDistanceWalk>& distance,
                          ChannelVerdict& verdict) const {
  if (!options_.ideal_distance || !verdict.ideal) return;
  constexpr IdealDistance kNone{kInfinity, kInfinity};
  verdict.ideal->distances = distance ? distance->distances() : IdealDistances{kNone, kNone};
}

// Equal by value numbering, and finite from end to end: nothing is left to look at.
bool Judge::IsEqualAndDefined(const PairPlan& pair) {
  const Frontier& end = before_.tail.frontiers[pair.before];
  return pair.identical && before_.search.first_quantizers.empty() &&
         DirectionOf(tails_.before(), end.path, end.reg, reach_.lo(), reach_.hi(),
                     scratch_.block_before)
             .why_not.empty();
}

// What can be said where there are no cells and too many accumulators.
void Judge::SettleUnwalked(const PairPlan& pair, const std::string& why, ChannelVerdict& verdict) {
  if (IsEqualAndDefined(pair)) {
    verdict.reachable.accumulator = reach_.lo();
    verdict.reachable.count = reach_.Count();
    verdict.calibrated = verdict.reachable;
    if (observed_ != nullptr && !observed_->empty()) {
      verdict.observed.accumulator = observed_->low;
      verdict.observed.count = reach_.CountIn(observed_->low, observed_->high);
      verdict.produced = verdict.observed;
      verdict.produced.count = static_cast<std::int64_t>(observed_->values.size());
    }
    verdict.ideal = IdealGap{};
    NoteDistances(std::nullopt, verdict);
    return;
  }
  verdict.unproved = why + "; " + std::to_string(reach_.hi() - reach_.lo() + 1) +
                     " accumulators are too many to enumerate";
  verdict.bit_equal = false;
}

ChannelJudgement Judge::Run(const std::vector<PairPlan>& pairs) {
  ChannelJudgement out;
  out.low = reach_.lo();
  out.high = reach_.hi();
  out.members = reach_.Count();
  out.exact = reach_.exact();
  const std::string unsettled = KernelUnsettled(after_.tail, channel_, out.low, out.high);
  if (!unsettled.empty()) {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      ChannelVerdict& verdict = out.pairs.emplace_back();
      verdict.bit_equal = false;
      verdict.unproved = unsettled;
    }
    return out;
  }
  const auto is_skipped = [&](const PairPlan& pair) {
    return options_.changed_only && pair.identical;
  };
  if (std::ranges::all_of(pairs, is_skipped)) {
    out.pairs.resize(pairs.size());
    return out;
  }
  out.evaluations = tails_.Search();
  for (const PairPlan& pair : pairs) {
    ChannelVerdict& verdict = out.pairs.emplace_back();
    if (is_skipped(pair)) continue;
    SetAllowance(pair, verdict);
    const double moved = RoundedBiasLsb(before_, after_, pair, channel_, ideal_);
    PieceWalk walk(before_, after_, pair, reach_, observed_, verdict.allowed_lsb, options_.domain);
    std::optional<IdealDistanceWalk> distance = MakeDistanceWalk(pair);
    const std::string why_not = tails_.Walk(pair, verdict.allowed_lsb, walk, distance);
    if (!why_not.empty()) {
      SettleUnwalked(pair, why_not, verdict);
      continue;
    }
    walk.Finish(verdict);
    FindIdealGap(pair, walk, verdict);
    NoteDistances(distance, verdict);
    verdict.bit_equal &= before_.conv.bias.IsRoundedAs(after_.conv.bias, channel_);
    // What integer kernels show, which add the code itself, is shown; what holds has to hold for
    // PyTorch's bias as well.
    const bool differs = IsOver(verdict.Of(options_.domain).lsb, verdict.allowed_lsb) ||
                         (verdict.ideal && verdict.ideal->finding);
    if (moved > 0 && !differs) {
      ChannelVerdict none;
      none.tolerance = verdict.tolerance;
      none.allowed_lsb = verdict.allowed_lsb;
      none.bit_equal = false;
      none.unproved = ReasonRoundedBias(moved);
      verdict = std::move(none);
    }
  }
  return out;
}

// The tolerance is derived from ideals, which no root's rounding touches.
SteppedVerdicts Judge::RunStepped(const std::vector<PairPlan>& pairs, const RootSteps& roots,
                                  bool up, const ChannelJudgement& ieee) {
  SteppedVerdicts out(pairs.size());
  if (!roots.ChangeAt(channel_, up)) return out;
  const bool is_same = tails_.Step(pairs, roots, up);
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    if (pairs[p].identical || !ieee.pairs[p].unproved.empty()) continue;
    if (is_same && tails_.IsByCells(pairs[p])) continue;
    ChannelVerdict& verdict = out[p].emplace();
    verdict.allowed_lsb = ieee.pairs[p].allowed_lsb;
    PieceWalk walk(before_, after_, pairs[p], reach_, observed_, verdict.allowed_lsb,
                   options_.domain, PieceWalk::Asked::kLargest);
    std::optional<IdealDistanceWalk> none;
    const std::string why_not = tails_.Walk(pairs[p], verdict.allowed_lsb, walk, none);
    if (why_not.empty())
      walk.Finish(verdict);
    else
      SettleUnwalked(pairs[p], why_not, verdict);
  }
  return out;
}

}  // namespace

ChannelJudgement JudgeChannel(const SiteSide& before, const SiteSide& after,
                              const std::vector<PairPlan>& pairs, std::size_t channel,
                              const AccumulatorSet& reach, const ObservedChannel* observed,
                              const JudgeOptions& options, const RootSteps& roots,
                              JudgeScratch& scratch) {
  Judge judge(before, after, channel, reach, observed, options, scratch);
  ChannelJudgement out = judge.Run(pairs);
  TakeInRootSteps(
      roots, pairs, channel, options.domain,
      [&](bool up) { return judge.RunStepped(pairs, roots, up, out); }, out);
  return out;
}

}  // namespace foldproof::prove
