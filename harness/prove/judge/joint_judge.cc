// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/joint_judge.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/judge/coefficient_gap.h"
#include "harness/prove/judge/ideal_bound.h"
#include "harness/prove/judge/joint_curves.h"
#include "harness/prove/judge/joint_ideal.h"
#include "harness/prove/judge/joint_walk.h"
#include "harness/prove/judge/side_cells.h"
#include "harness/prove/judge/weight_error.h"

namespace foldproof::prove {
namespace {

std::optional<HeldFloats> HeldFloatsOf(const ConvSide& conv, std::size_t channel) {
  if (!conv.float_weights) return std::nullopt;
  return HeldFloats{conv.weight_format, conv.weight_scales[channel]};
}

constexpr std::int64_t kMostJointPoints = std::int64_t{1} << 20;
constexpr std::size_t kMostCurveCells = 1024;
constexpr double kApartResolution = 0x1p-6;

class JointJudge {
 public:
  JointJudge(const SiteSide& before, const SiteSide& after, std::size_t channel,
             const JudgeOptions& options, const RootSteps& roots, RootStep step,
             JudgeScratch& scratch)
      : before_(before),
        after_(after),
        channel_(channel),
        options_(options),
        scratch_(scratch),
        before_evaluator_(roots.BeforeTail(step), before.conv, channel),
        after_evaluator_(roots.AfterTail(step), after.conv, channel),
        before_ideal_(before_evaluator_),
        after_ideal_(after_evaluator_),
        most_(std::min(options.most_enumerated, kMostJointPoints)),
        margins_{SumMargin(before.conv, channel).value_or(0),
                 SumMargin(after.conv, channel).value_or(0)},
        before_weights_(before.conv.WeightsOf(channel, step)),
        after_weights_(after.conv.WeightsOf(channel, step)) {
    for (std::size_t i = 0; i < before.conv.tap_classes.size(); ++i) {
      const TapClass& tap_class = before.conv.tap_classes[i];
      const auto zonotope_of = [&](std::span<const std::int32_t> b,
                                   std::span<const std::int32_t> a) {
        return Zonotope(b, a, before.conv.input_range, scratch.slopes);
      };
      const bool is_whole = tap_class.kernel_positions.size() == before.conv.kernel;
      zonotopes_.push_back({is_whole
                                ? zonotope_of(before_weights_, after_weights_)
                                : zonotope_of(WeightsIn(before.conv, before_weights_, tap_class),
                                              WeightsIn(after.conv, after_weights_, tap_class)),
                            i, Occurs(before.conv, tap_class) && before.conv.HasAllNumbers()});
    }
    before_range_ = zonotopes_[0].sums.before();
    after_range_ = zonotopes_[0].sums.after();
    for (const ClassZonotope& z : zonotopes_) {
      Cover(before_range_, z.sums.before());
      Cover(after_range_, z.sums.after());
    }
  }

  // By IEEE's roots.
  ChannelJudgement Run(const std::vector<PairPlan>& pairs);
  // Behind Run, whose judgement is `ieee`: by the channel's root a step higher or lower.
  SteppedVerdicts RunStepped(const std::vector<PairPlan>& pairs, const RootSteps& roots, bool up,
                             const ChannelJudgement& ieee);

 private:
  static void Cover(IntegerRange& range, IntegerRange other) {
    range = {std::min(range.low, other.low), std::max(range.high, other.high)};
  }
  static IntegerRange Widened(IntegerRange range, std::int64_t margin) {
    return {range.low - margin, range.high + margin};
  }

  void Judge(const PairPlan& pair, ChannelVerdict& verdict);
  void JudgeCells(const PairPlan& pair, const TailEvaluator& before, const TailEvaluator& after,
                  JointWalk::Asked asked, ChannelVerdict& verdict);
  static void DropUnusedTaps(ChannelVerdict& verdict);
  void SetAllowance(const PairPlan& pair, ChannelVerdict& verdict);
  void FindIdealGap(const PairPlan& pair, ChannelVerdict& verdict);
  void FindCoefficients(ChannelVerdict& verdict);
  bool IsLargerThan(std::int64_t most) const {
    return before_range_.high - before_range_.low >= most ||
           after_range_.high - after_range_.low >= most;
  }
  IdealEnd BeforeEnd(const PairPlan& pair) const {
    return {before_ideal_, before_.tail.frontiers[pair.before]};
  }
  IdealEnd AfterEnd(const PairPlan& pair) const {
    return {after_ideal_, after_.tail.frontiers[pair.after]};
  }
  double IdealGapAt(const PairPlan& pair, SumPair sums);
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
  std::int64_t most_;  // integers of a sum that are looked at one by one
  SumPair margins_;
  std::vector<std::int32_t> before_weights_, after_weights_;
  std::vector<ClassZonotope> zonotopes_;  // one a position class
  IntegerRange before_range_;
  IntegerRange after_range_;
  // Of the pair at hand.
  std::optional<Slope> before_slope_, after_slope_;  // of the ideal tails
  IdealCandidates candidates_;
  std::optional<IdealBound> bound_;  // where no quantizer makes cells

  std::vector<char> is_by_ideals_;  // whether each pair was judged by `bound_`
};

void JointJudge::EvaluateIdeals(const PairPlan& pair, const std::vector<double>& before,
                                const std::vector<double>& after) {
  scratch_.ideal.points = before.size();
  before_ideal_.Evaluate(before, before_.tail.frontiers[pair.before].path, scratch_.ideal.before);
  after_ideal_.Evaluate(after, after_.tail.frontiers[pair.after].path, scratch_.ideal.after);
}

void JointJudge::SetAllowance(const PairPlan& pair, ChannelVerdict& verdict) {
  before_slope_ = SlopeOf(BeforeEnd(pair), before_range_);
  after_slope_ = SlopeOf(AfterEnd(pair), after_range_);
  // What a number of before's sum is worth in after's, where both ideal tails have one slope.
  std::optional<double> ratio;
  if (before_slope_ && after_slope_) ratio = before_slope_->value / after_slope_->value;
  std::vector<RegisterPair> compared{{BeforeEnd(pair).frontier.reg, AfterEnd(pair).frontier.reg}};
  for (const auto& [b, a] : pair.aligned) compared.emplace_back(b + 1, a + 1);
  candidates_ = FindIdealCandidates(zonotopes_, BeforeEnd(pair), AfterEnd(pair), compared);
  EvaluateIdeals(pair, candidates_.before, candidates_.after);
  SumErrors errors;
  if (before_.conv.real) errors.before = before_.conv.sum_error[channel_];
  if (after_.conv.real) errors.after = after_.conv.sum_error[channel_];
  errors.weights =
      WeightError(before_.conv, after_.conv, channel_, before_weights_, after_weights_, ratio) +
      CodeError(before_.conv, after_.conv, channel_, before_weights_, after_weights_) *
          std::abs(ratio.value_or(1));
  const bool are_cells = !before_.conv.real && !after_.conv.real && !IsLargerThan(most_);
  bound_.reset();
  if (!are_cells && HaveNoQuantizer(before_, after_)) {
    const BoundedSide before{before_, BeforeEnd(pair), errors.before};
    const BoundedSide after{after_, AfterEnd(pair), errors.after};
    bound_ = candidates_.complete ? BoundLines(before, after, candidates_, scratch_.ideal)
                                  : BoundCurves(before, after, before_range_, after_range_);
    // A curve that no model bounds is not known to be large.
    if (!candidates_.complete && !std::isfinite(bound_->apart)) bound_.reset();
  }
  errors.bound = bound_.has_value();
  verdict.tolerance = DeriveTolerance(before_, after_, pair, channel_, scratch_.ideal, errors);
  verdict.allowed_lsb = AllowedLsb(options_, pair, verdict.tolerance);
}

// Behind SetAllowance, whose points it takes.
void JointJudge::FindIdealGap(const PairPlan& pair, ChannelVerdict& verdict) {
  const IdealEnd before = BeforeEnd(pair);
  const IdealEnd after = AfterEnd(pair);
  if (before.frontier.codes || after.frontier.codes) return;
  JointIdealGap found;
  if (candidates_.complete) {
    found = FindJointIdealGap(candidates_, scratch_.ideal, before, after);
  } else {
    JointCurveSearch search(zonotopes_, before, after, scratch_.ideal);
    const double finest = pair.lsb * kIdealResolution;
    // What float32 hides of a gap needs no finer figure, but where the verdict hangs on it.
    const double hidden = bound_ ? bound_->apart * kApartResolution : 0;
    const bool is_figure = search.Run(std::max(finest, hidden), kMostCurveCells);
    if (hidden > finest && IsOver((search.most() + bound_->apart) / pair.lsb, verdict.allowed_lsb))
      search.Run(finest, kMostCurveCells);
    found = search.found();
    if (bound_) {
      bound_->gap = search.most();
      bound_->worst = found.worst;
    }
    if (!is_figure) return;
  }
  const auto u = static_cast<std::int64_t>(std::llround(found.worst.before));
  const ClassZonotope& zonotope = zonotopes_[found.worst.zonotope];
  found.gap.accumulator = u;
  if (options_.ideal_gap_lsb) {
    // As of one sum: what no slope bounds allows any finite gap.
    found.gap.allowed =
        verdict.tolerance.constant + found.gap.error + *options_.ideal_gap_lsb * pair.lsb;
    found.gap.finding = found.is_before_finite && IsOver(found.gap.gap, found.gap.allowed);
  }
  verdict.ideal = found.gap;
  FindCoefficients(verdict);
  const auto& coefficients = verdict.joint->coefficients;
  const bool wrong_weight = coefficients && coefficients->finding;
  if ((!found.gap.finding && !wrong_weight) || !zonotope.occurs) return;
  // An input that shows it: one on the boundary, next to the point.
  std::vector<BoundaryInput> inputs;
  for (const bool upper : {false, true})
    std::ranges::copy(zonotope.sums.InputsNear(u, upper), std::back_inserter(inputs));
  std::vector<double> b, a;
  for (const BoundaryInput& input : inputs) {
    b.push_back(static_cast<double>(input.sums.before));
    a.push_back(static_cast<double>(input.sums.after));
  }
  EvaluateIdeals(pair, b, a);
  double worst = found.gap.finding ? found.gap.allowed : 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const double at_before = scratch_.ideal.before[before.frontier.reg * b.size() + i];
    const double gap =
        std::abs(at_before - scratch_.ideal.after[after.frontier.reg * b.size() + i]);
    if (!std::isfinite(at_before) || !(gap > worst)) continue;
    worst = gap;
    verdict.joint->ideal = BuiltInput{0, inputs[i].sums.before, inputs[i].sums.after,
                                      zonotope.sums.TapsOf(inputs[i]), zonotope.tap_class};
  }
}

// After the points that FindIdealGap needs have been looked at.
void JointJudge::FindCoefficients(ChannelVerdict& verdict) {
  if (!before_slope_ || !after_slope_) return;
  const std::vector<double> remainders = before_.conv.RemaindersOf(channel_);
  const std::vector<double> steps = after_.conv.CodeStepsOf(channel_);
  CoefficientGap gap = FindCoefficientGap(
      {*before_slope_, before_weights_, HeldFloatsOf(before_.conv, channel_), {}, remainders},
      {*after_slope_, after_weights_, HeldFloatsOf(after_.conv, channel_), steps});
  gap.finding &= options_.ideal_gap_lsb.has_value();
  verdict.joint->coefficients = gap;
}

void JointJudge::Judge(const PairPlan& pair, ChannelVerdict& verdict) {
  verdict.joint.emplace();
  if (pair.identical && (before_.conv.real || after_.conv.real) &&
      before_.conv.bias.IsRoundedAs(after_.conv.bias, channel_)) {
    // Equal by number: there is nothing to bound.
    for (DomainFigures* figures : {&verdict.reachable, &verdict.calibrated}) {
      figures->at_least = 0;
      figures->count = before_range_.high - before_range_.low + 1;
    }
    return;
  }
  SetAllowance(pair, verdict);
  if (const double moved = RoundedBiasLsb(before_, after_, pair, channel_, scratch_.ideal);
      moved > 0) {
    verdict.unproved = ReasonRoundedBias(moved);
    verdict.bit_equal = false;
    return;
  }
  FindIdealGap(pair, verdict);
  if (bound_ && !candidates_.complete && !std::isfinite(bound_->most())) bound_.reset();
  if (bound_) {
    TellBound(
        *bound_, zonotopes_, pair, before_range_,
        [&](SumPair sums) { return IdealGapAt(pair, sums); }, verdict);
    return;
  }
  if (!SumMargin(before_.conv, channel_) || !SumMargin(after_.conv, channel_)) {
    verdict.unproved =
        "its weights are so small beside its bias that a float's rounding hides their sum";
    verdict.bit_equal = false;
    return;
  }
  JudgeCells(pair, before_evaluator_, after_evaluator_, JointWalk::Asked::kInputs, verdict);
}

// `verdict` has its allowance.
void JointJudge::JudgeCells(const PairPlan& pair, const TailEvaluator& before_evaluator,
                            const TailEvaluator& after_evaluator, JointWalk::Asked asked,
                            ChannelVerdict& verdict) {
  const bool codes = pair.codes.has_value();
  const ComparedRegisters b_compared{
      pair.before, codes ? pair.codes->first : before_.tail.frontiers[pair.before].reg};
  const ComparedRegisters a_compared{
      pair.after, codes ? pair.codes->second : after_.tail.frontiers[pair.after].reg};
  const SideCells before =
      FindSideCells(before_, before_evaluator, b_compared, Widened(before_range_, margins_.before),
                    most_, scratch_.search, scratch_.before);
  const SideCells after =
      FindSideCells(after_, after_evaluator, a_compared, Widened(after_range_, margins_.after),
                    most_, scratch_.search, scratch_.after);
  const std::string& why_not = before.why_not.empty() ? after.why_not : before.why_not;
  if (!why_not.empty()) {
    verdict.unproved = why_not;
    verdict.bit_equal = false;
    return;
  }
  JointWalk walk(zonotopes_, before, after, margins_, codes ? 1.0 : 1.0 / pair.lsb,
                 before_.conv.float_input);
  walk.Run(asked, verdict);
  // Bits that agree over a range of floats need not agree beside it, and `equal` is for all inputs.
  verdict.bit_equal = verdict.bit_equal && !before_.conv.float_input;
  if (verdict.joint->ideal) {
    verdict.joint->ideal->lsb =
        walk.ShownBy({verdict.joint->ideal->before, verdict.joint->ideal->after}).lsb;
  }
}

double JointJudge::IdealGapAt(const PairPlan& pair, SumPair sums) {
  EvaluateIdeals(pair, {static_cast<double>(sums.before)}, {static_cast<double>(sums.after)});
  return std::abs(scratch_.ideal.before[before_.tail.frontiers[pair.before].reg] -
                  scratch_.ideal.after[after_.tail.frontiers[pair.after].reg]);
}

// What shows no more than is allowed becomes no witness.
void JointJudge::DropUnusedTaps(ChannelVerdict& verdict) {
  for (auto* built : {&verdict.joint->reachable, &verdict.joint->calibrated}) {
    if (*built && !IsOver((*built)->lsb, verdict.allowed_lsb))
      (*built)->taps = std::vector<std::int64_t>();  // {} would keep the memory
  }
}

ChannelJudgement JointJudge::Run(const std::vector<PairPlan>& pairs) {
  ChannelJudgement out;
  out.low = before_range_.low;
  out.high = before_range_.high;
  out.members = before_range_.high - before_range_.low + 1;
  const std::string unsettled =
      KernelUnsettled(after_.tail, channel_, after_range_.low, after_range_.high);
  is_by_ideals_.assign(pairs.size(), 0);
  for (const PairPlan& pair : pairs) {
    ChannelVerdict& verdict = out.pairs.emplace_back();
    if (options_.changed_only && pair.identical) continue;
    if (unsettled.empty() && options_.domain != Domain::kObserved) {
      Judge(pair, verdict);
      verdict.bit_equal &= before_.conv.bias.IsRoundedAs(after_.conv.bias, channel_);
      is_by_ideals_[out.pairs.size() - 1] = bound_.has_value();
      DropUnusedTaps(verdict);
      continue;
    }
    verdict.bit_equal = false;
    verdict.unproved = unsettled.empty()
                           ? "the range of what was observed is not known of a pair of sums"
                           : unsettled;
  }
  return out;
}

// What the ideals say is the same by every root, and so is all of a tail without cells.
SteppedVerdicts JointJudge::RunStepped(const std::vector<PairPlan>& pairs, const RootSteps& roots,
                                       bool up, const ChannelJudgement& ieee) {
  SteppedVerdicts out(pairs.size());
  if (!roots.ChangeAt(channel_, up)) return out;
  const RootStep step = up ? RootStep::kUp : RootStep::kDown;
  const TailEvaluator before(roots.BeforeTail(step), before_.conv, channel_);
  const TailEvaluator after(roots.AfterTail(step), after_.conv, channel_);
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    if (pairs[p].identical || !ieee.pairs[p].unproved.empty() || is_by_ideals_[p] != 0) continue;
    ChannelVerdict& verdict = out[p].emplace();
    verdict.allowed_lsb = ieee.pairs[p].allowed_lsb;
    verdict.joint.emplace();
    JudgeCells(pairs[p], before, after, JointWalk::Asked::kBounds, verdict);
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> SumMargin(const ConvSide& side, std::size_t channel) {
  if (!side.real) return 0;
  const double integers = side.sum_error[channel] / CodeStepOf(side, channel);
  if (!(integers < 0x1p58)) return std::nullopt;
  // 4: the evaluator's own float64; 2: sums of floats lie between integers, too.
  return static_cast<std::int64_t>(std::ceil(integers)) + 4 + (side.float_input ? 2 : 0);
}

ChannelJudgement JudgeJointChannel(const SiteSide& before, const SiteSide& after,
                                   const std::vector<PairPlan>& pairs, std::size_t channel,
                                   const JudgeOptions& options, const RootSteps& roots,
                                   JudgeScratch& scratch) {
  JointJudge judge(before, after, channel, options, roots, RootStep::kNone, scratch);
  ChannelJudgement out = judge.Run(pairs);
  const auto stepped = [&](bool up) {
    if (!roots.ChangeWeightsAt(channel)) return judge.RunStepped(pairs, roots, up, out);
    // Other weights make other sums, so nothing of the judgement by IEEE's roots can be kept.
    const RootStep step = up ? RootStep::kUp : RootStep::kDown;
    JointJudge anew(before, after, channel, options, roots, step, scratch);
    SteppedVerdicts verdicts;
    for (ChannelVerdict& verdict : anew.Run(pairs).pairs) verdicts.emplace_back(std::move(verdict));
    return verdicts;
  };
  TakeInRootSteps(roots, pairs, channel, options.domain, stepped, out);
  return out;
}

}  // namespace foldproof::prove
