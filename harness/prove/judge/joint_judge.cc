// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/joint_judge.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/judge/coefficient_gap.h"
#include "harness/prove/judge/joint_ideal.h"
#include "harness/prove/judge/joint_walk.h"
#include "harness/prove/judge/root_step.h"
#include "harness/prove/judge/side_cells.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostEnumerated = std::int64_t{1} << 20;

double StepOf(const ConvSide& side, std::size_t channel) {
  return static_cast<double>(static_cast<float>(side.input_params.scale)) *
         side.weight_scales[channel];
}

// What a right fold may round its weights by, over all inputs: half a step (and 2^-10) of a code,
// five float32 steps of a float.
double WeightError(const ConvSide& side, std::size_t channel) {
  const auto x = static_cast<double>(
      std::max(std::abs(side.input_range.low), std::abs(side.input_range.high)));
  double steps = 0;
  for (const std::int32_t w : side.WeightsOf(channel)) {
    steps += side.real ? 5 * 0x1p-23 * std::abs(static_cast<double>(w)) : 0.5 + 0x1p-10;
  }
  return steps * x * StepOf(side, channel);
}

class JointJudge {
 public:
  JointJudge(const SiteSide& before, const SiteSide& after, std::size_t channel,
             const JudgeOptions& options, JudgeScratch& scratch, const Tail& before_tail,
             const Tail& after_tail)
      : before_(before),
        after_(after),
        channel_(channel),
        options_(options),
        scratch_(scratch),
        before_evaluator_(before_tail, before.conv, channel),
        after_evaluator_(after_tail, after.conv, channel),
        before_ideal_(before_evaluator_),
        after_ideal_(after_evaluator_),
        margins_{SumMargin(before.conv, channel).value_or(0),
                 SumMargin(after.conv, channel).value_or(0)} {
    for (std::size_t i = 0; i < before.conv.tap_classes.size(); ++i) {
      const auto b = WeightsOf(before.conv, channel, before.conv.tap_classes[i]);
      const auto a = WeightsOf(after.conv, channel, before.conv.tap_classes[i]);
      zonotopes_.push_back({Zonotope(b, a, before.conv.input_range),
                            Zonotope(a, b, before.conv.input_range), i,
                            Occurs(before.conv, before.conv.tap_classes[i])});
    }
    before_range_ = zonotopes_[0].sums.before();
    after_range_ = zonotopes_[0].sums.after();
    for (const ZonotopePair& z : zonotopes_) {
      Cover(before_range_, z.sums.before());
      Cover(after_range_, z.sums.after());
    }
  }

  ChannelJudgement Run(const std::vector<PairPlan>& pairs);

 private:
  static void Cover(IntegerRange& range, IntegerRange other) {
    range = {std::min(range.low, other.low), std::max(range.high, other.high)};
  }
  static IntegerRange Widened(IntegerRange range, std::int64_t margin) {
    return {range.low - margin, range.high + margin};
  }

  void Judge(const PairPlan& pair, ChannelVerdict& verdict);
  void SetAllowance(const PairPlan& pair, ChannelVerdict& verdict);
  void FindIdealGap(const PairPlan& pair, ChannelVerdict& verdict);
  void FindCoefficients(const PairPlan& pair, ChannelVerdict& verdict);
  IdealEnd BeforeEnd(const PairPlan& pair) const {
    return {before_ideal_, before_.tail.frontiers[pair.before]};
  }
  IdealEnd AfterEnd(const PairPlan& pair) const {
    return {after_ideal_, after_.tail.frontiers[pair.after]};
  }
  void EvaluateIdeals(const PairPlan& pair, const std::vector<double>& before,
                      const std::vector<double>& after);

  const SiteSide& before_;
  const SiteSide& after_;
  std::size_t channel_;
  const JudgeOptions& options_;
  JudgeScratch& scratch_;
  TailEvaluator before_evaluator_;
  TailEvaluator after_evaluator_;
  IdealTail before_ideal_;
  IdealTail after_ideal_;
  SumPair margins_;
  std::vector<ZonotopePair> zonotopes_;  // one a position class
  IntegerRange before_range_;
  IntegerRange after_range_;
  IdealCandidates candidates_;  // of the pair at hand
};

void JointJudge::EvaluateIdeals(const PairPlan& pair, const std::vector<double>& before,
                                const std::vector<double>& after) {
  scratch_.ideal.points = before.size();
  before_ideal_.Evaluate(before, before_.tail.frontiers[pair.before].path, scratch_.ideal.before);
  after_ideal_.Evaluate(after, after_.tail.frontiers[pair.after].path, scratch_.ideal.after);
}

void JointJudge::SetAllowance(const PairPlan& pair, ChannelVerdict& verdict) {
  candidates_ = FindIdealCandidates(zonotopes_, BeforeEnd(pair), AfterEnd(pair));
  EvaluateIdeals(pair, candidates_.before, candidates_.after);
  SumErrors errors;
  if (before_.conv.real) errors.before = before_.conv.sum_error[channel_];
  if (after_.conv.real) errors.after = after_.conv.sum_error[channel_];
  errors.weights = WeightError(after_.conv, channel_);
  verdict.tolerance = DeriveTolerance(before_, after_, pair, channel_, scratch_.ideal, errors);
  verdict.allowed_lsb = options_.tolerance_lsb.value_or(verdict.tolerance.lsb);
}

// Behind SetAllowance, whose points it takes.
void JointJudge::FindIdealGap(const PairPlan& pair, ChannelVerdict& verdict) {
  const IdealEnd before = BeforeEnd(pair);
  const IdealEnd after = AfterEnd(pair);
  if (before.frontier.codes || after.frontier.codes || !candidates_.complete) return;
  JointIdealGap found = FindJointIdealGap(scratch_.ideal, before, after);
  const auto u = static_cast<std::int64_t>(std::llround(candidates_.before[found.worst]));
  const ZonotopePair& zonotope = zonotopes_[candidates_.zonotope[found.worst]];
  found.gap.accumulator = u;
  if (options_.ideal_gap_lsb) {
    const double constant =
        std::isfinite(verdict.tolerance.constant) ? verdict.tolerance.constant : 0;
    found.gap.allowed = constant + found.gap.error + *options_.ideal_gap_lsb * pair.lsb;
    found.gap.finding = found.is_before_finite && !(found.gap.gap <= found.gap.allowed);
  }
  verdict.ideal = found.gap;
  FindCoefficients(pair, verdict);
  const auto& coefficients = verdict.joint->coefficients;
  const bool wrong_weight = coefficients && coefficients->finding;
  if ((!found.gap.finding && !wrong_weight) || !zonotope.occurs) return;
  // An input that shows it: one on the boundary, next to the point.
  std::vector<BoundaryInput> inputs = zonotope.sums.InputsNear(u, false);
  std::ranges::copy(zonotope.sums.InputsNear(u, true), std::back_inserter(inputs));
  std::vector<double> b, a;
  for (const BoundaryInput& input : inputs) {
    b.push_back(static_cast<double>(input.sums.before));
    a.push_back(static_cast<double>(input.sums.after));
  }
  EvaluateIdeals(pair, b, a);
  double worst = found.gap.finding ? found.gap.allowed : 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const double gap = std::abs(scratch_.ideal.before[before.frontier.reg * b.size() + i] -
                                scratch_.ideal.after[after.frontier.reg * b.size() + i]);
    if (gap <= worst) continue;
    worst = gap;
    verdict.joint->ideal = BuiltInput{0, inputs[i].sums.before, inputs[i].sums.after,
                                      zonotope.sums.TapsOf(inputs[i]), zonotope.tap_class};
  }
}

// After the points that FindIdealGap needs have been looked at.
void JointJudge::FindCoefficients(const PairPlan& pair, ChannelVerdict& verdict) {
  const auto before = SlopeOf(BeforeEnd(pair), before_range_);
  const auto after = SlopeOf(AfterEnd(pair), after_range_);
  if (!before || !after) return;
  const std::vector<std::int32_t> b = before_.conv.WeightsOf(channel_);
  const std::vector<std::int32_t> a = after_.conv.WeightsOf(channel_);
  CoefficientGap gap =
      FindCoefficientGap({*before, b, before_.conv.real}, {*after, a, after_.conv.real});
  gap.finding &= options_.ideal_gap_lsb.has_value();
  verdict.joint->coefficients = gap;
}

void JointJudge::Judge(const PairPlan& pair, ChannelVerdict& verdict) {
  verdict.joint.emplace();
  SetAllowance(pair, verdict);
  FindIdealGap(pair, verdict);
  const bool codes = pair.codes.has_value();
  const ComparedRegisters b_compared{
      pair.before, codes ? pair.codes->first : before_.tail.frontiers[pair.before].reg};
  const ComparedRegisters a_compared{
      pair.after, codes ? pair.codes->second : after_.tail.frontiers[pair.after].reg};
  const std::int64_t most = std::min(options_.most_enumerated, kMostEnumerated);
  const SideCells before =
      FindSideCells(before_, before_evaluator_, b_compared, Widened(before_range_, margins_.before),
                    most, scratch_.search, scratch_.before);
  const SideCells after =
      FindSideCells(after_, after_evaluator_, a_compared, Widened(after_range_, margins_.after),
                    most, scratch_.search, scratch_.after);
  const std::string& why_not = before.why_not.empty() ? after.why_not : before.why_not;
  if (!why_not.empty()) {
    verdict.unproved = why_not;
    verdict.bit_equal = false;
    return;
  }
  JointWalk walk(zonotopes_, before, after, margins_, codes ? 1.0 : 1.0 / pair.lsb);
  walk.Run(verdict);
  if (verdict.joint->ideal) {
    verdict.joint->ideal->lsb =
        walk.ShownBy({verdict.joint->ideal->before, verdict.joint->ideal->after}).lsb;
  }
}

ChannelJudgement JointJudge::Run(const std::vector<PairPlan>& pairs) {
  ChannelJudgement out;
  out.low = before_range_.low;
  out.high = before_range_.high;
  out.members = before_range_.high - before_range_.low + 1;
  std::string unsettled =
      KernelUnsettled(after_.tail, channel_, after_range_.low, after_range_.high);
  if (!SumMargin(before_.conv, channel_) || !SumMargin(after_.conv, channel_)) {
    unsettled = "its weights are so small beside its bias that a float's rounding hides their sum";
  }
  for (const PairPlan& pair : pairs) {
    ChannelVerdict& verdict = out.pairs.emplace_back();
    if (options_.changed_only && pair.identical) continue;
    if (unsettled.empty() && options_.domain != Domain::kObserved) {
      Judge(pair, verdict);
      continue;
    }
    verdict.bit_equal = false;
    verdict.unproved = unsettled.empty()
                           ? "the range of what was observed is not known of a pair of sums"
                           : unsettled;
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> SumMargin(const ConvSide& side, std::size_t channel) {
  if (!side.real) return 0;
  const double integers = side.sum_error[channel] / StepOf(side, channel);
  if (!(integers < 0x1p58)) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(integers)) + 4;  // 4: the evaluator's own float64
}

ChannelJudgement JudgeJointChannel(const SiteSide& before, const SiteSide& after,
                                   const std::vector<PairPlan>& pairs, std::size_t channel,
                                   const JudgeOptions& options, JudgeScratch& scratch) {
  const auto judge = [&](const Tail& before_tail, const Tail& after_tail) {
    return JointJudge(before, after, channel, options, scratch, before_tail, after_tail).Run(pairs);
  };
  return JudgeWithRootSteps(before, after, pairs, channel, options, judge);
}

}  // namespace foldproof::prove
