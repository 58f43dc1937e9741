// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/causes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "harness/prove/conv/weight_places.h"
#include "harness/prove/ideal/ideal_tail.h"
#include "harness/prove/judge/coefficient_gap.h"
#include "harness/prove/judge/folded_constant.h"
#include "harness/prove/judge/wrong_fold.h"

namespace foldproof::prove {
namespace {

class CauseFinder {
 public:
  CauseFinder(const Side& before, const Side& after, const MatchedSite& site, const PairPlan& pair,
              const ProveOptions& options, TailVerdict& tail)
      : before_(before),
        after_(after),
        site_(site),
        pair_(pair),
        options_(options),
        tail_(tail),
        before_path_(site.before->tail.frontiers[pair.before].path),
        after_path_(site.after->tail.frontiers[pair.after].path) {}

  void Run() {
    for (std::uint32_t c = 0; c < tail_.channels.size(); ++c) {
      const ChannelVerdict& verdict = tail_.channels[c];
      const DomainFigures& gate = Gate(verdict);
      const double share =
          gate.count > 0 ? static_cast<double>(gate.over) / static_cast<double>(gate.count) : 0;
      if (gate.over > 0 && gate.accumulator) {
        const ConstantFault fault = AtWorst(c, gate);
        Add(fault, c, share);
      }
      if (HasWrongWeight(verdict))
        Add(OfCoefficients(c, *verdict.joint->coefficients), c, share);
      else if (verdict.ideal && verdict.ideal->finding)
        Add(OfIdealGap(c, *verdict.ideal), c, share);
      const Domain domain = options_.judge.domain;
      if (const std::int64_t undefined = verdict.UndefinedFor(domain); undefined > 0) {
        const std::int64_t of = domain == Domain::kObserved ? gate.count : verdict.reachable.count;
        Add({"undefined-before", UndefinedNode(c, verdict),
             "the before-program computes NaN or Inf"},
            c, static_cast<double>(undefined) / static_cast<double>(of));
      }
    }
    const double b = site_.before->tail.frontiers[pair_.before].scale;
    const double a = site_.after->tail.frontiers[pair_.after].scale;
    if (a > b && !pair_.identical) {
      for (std::uint32_t c = 0; c < tail_.channels.size(); ++c) {
        Add({"coarser-quantizer", tail_.frontier,
             fmt::format("the scale was {:g} and is {:g}", b, a)},
            c, 0);
      }
    }
    for (Cause& cause : tail_.causes) cause.share /= static_cast<double>(cause.channels.size());
    std::stable_sort(tail_.causes.begin(), tail_.causes.end(),
                     [](const Cause& x, const Cause& y) { return x.share > y.share; });
  }

 private:
  const DomainFigures& Gate(const ChannelVerdict& verdict) const {
    return verdict.Of(options_.judge.domain);
  }

  void Add(const ConstantFault& fault, std::uint32_t channel, double share) {
    for (Cause& cause : tail_.causes) {
      if (cause.rule != fault.rule || cause.node != fault.node) continue;
      if (std::ranges::find(cause.channels, channel) == cause.channels.end()) {
        cause.channels.push_back(channel);
        cause.share += share;
      }
      return;
    }
    tail_.causes.push_back({fault.rule, fault.node, {channel}, share, fault.detail});
  }

  // What the quantizer reads at both ends of the channel's sums and where it is worst, and
  // parameters of its codes that hold that and 0, which a zero point has to be in:
  // scale = (high - low) / (qmax - qmin), zero point = qmin - rint(low / scale). Empty where a
  // pair of sums has no such ends.
  std::string Needed(std::uint32_t channel, const TailInstruction& quantizer,
                     std::int64_t worst) const {
    const auto* read = std::get_if<tail_op::Quantize>(&quantizer.op);
    if (tail_.channels[channel].joint || read == nullptr) return {};
    const ConvSide& conv = site_.after->conv;
    std::int64_t least = 0, most = 0;
    for (const std::int32_t w : conv.WeightsOf(channel)) {
      const std::int64_t a = w * conv.input_range.low, b = w * conv.input_range.high;
      least += std::min(a, b);
      most += std::max(a, b);
    }
    const std::int64_t points[] = {least, most, worst};
    RegisterBlock block;
    TailEvaluator(site_.after->tail, conv, channel)
        .Evaluate(points, site_.after->search.everything, block);
    const RegisterBlock& seen = block;  // whose high() is low() where the register is exact
    const auto lows = seen.low(read->input), highs = seen.high(read->input);
    const double reached_low = *std::ranges::min_element(lows);
    const double reached_high = *std::ranges::max_element(highs);
    const double low = std::min(reached_low, 0.0), high = std::max(reached_high, 0.0);
    const double scale =
        (high - low) / static_cast<double>(read->params.quant_max - read->params.quant_min);
    if (!std::isfinite(scale) || !(scale > 0)) return {};
    return fmt::format(
        ", which reaches [{:g}, {:g}] in channel {}; scale {:g} and zero point {} hold it",
        reached_low, reached_high, channel, scale,
        read->params.quant_min - static_cast<std::int64_t>(std::rint(low / scale)));
  }

  std::string NodeName(const Side& side, const TailInstruction& op) const {
    return side.view.program().graph.node(op.node).name;
  }

  void Evaluate(std::uint32_t channel, const DomainFigures& at, RegisterBlock& before,
                RegisterBlock& after) const {
    const std::int64_t point[] = {*at.accumulator};
    const std::int64_t after_point[] = {at.after_accumulator.value_or(*at.accumulator)};
    TailEvaluator(site_.before->tail, site_.before->conv, channel)
        .Evaluate(point, site_.before->search.everything, before);
    TailEvaluator(site_.after->tail, site_.after->conv, channel)
        .Evaluate(after_point, site_.after->search.everything, after);
  }

  bool Clips(const RegisterBlock& block, std::uint32_t instruction) const {
    return (block.flags(instruction + 1)[0] & RegisterBlock::kClipped) != 0;
  }

  // The first quantizer of one side that clips where the other side's counterpart does not.
  std::optional<std::uint32_t> Saturates(const RegisterBlock& own, const RegisterBlock& other,
                                         bool after) const {
    const Tail& tail = after ? site_.after->tail : site_.before->tail;
    for (const std::uint32_t index : after ? after_path_ : before_path_) {
      if (!IsQuantizer(tail.instructions[index].op) || !Clips(own, index)) continue;
      bool both = false;
      for (const auto& [b, a] : pair_.aligned) {
        if ((after ? a : b) == index) both = Clips(other, after ? b : a);
      }
      if (!both) return index;
    }
    return std::nullopt;
  }

  // The first kernel of the after-side whose sum leaves int32 at `accumulator`.
  std::optional<std::uint32_t> Wraps(std::uint32_t channel, std::int64_t accumulator) const {
    for (const std::uint32_t index : after_path_) {
      const TailInstruction& instruction = site_.after->tail.instructions[index];
      const auto* kernel = std::get_if<tail_op::Requantize>(&instruction.op);
      if (kernel != nullptr && kernel->Wraps(channel, accumulator, accumulator)) return index;
    }
    return std::nullopt;
  }

  ConstantFault AtWorst(std::uint32_t channel, const DomainFigures& gate) const {
    RegisterBlock before;
    RegisterBlock after;
    Evaluate(channel, gate, before, after);
    if (std::isinf(gate.lsb)) {
      for (const std::uint32_t index : after_path_) {
        if (std::isfinite(after.low(index + 1)[0])) continue;
        return {"nonfinite", NodeName(after_, site_.after->tail.instructions[index]),
                "its result is not finite"};
      }
      return {"nonfinite", tail_.frontier, "its value is not finite"};
    }
    const ChannelVerdict& verdict = tail_.channels[channel];
    if (HasWrongWeight(verdict)) return OfCoefficients(channel, *verdict.joint->coefficients);
    if (verdict.ideal && verdict.ideal->finding) return OfIdealGap(channel, *verdict.ideal);
    if (const auto index = Wraps(channel, gate.after_accumulator.value_or(*gate.accumulator))) {
      return {"accumulator-wrap", NodeName(after_, site_.after->tail.instructions[*index]),
              "the kernel's int32 sum of accumulator and bias wraps"};
    }
    if (const auto index = Saturates(after, before, true)) {
      const TailInstruction& quantizer = site_.after->tail.instructions[*index];
      const ir::QuantParams& q = ParamsOf(quantizer.op);
      return {"saturation", NodeName(after_, quantizer),
              fmt::format("its range [{:g}, {:g}] does not hold the sum", RangeEnd(q, q.quant_min),
                          RangeEnd(q, q.quant_max)) +
                  Needed(channel, quantizer, gate.after_accumulator.value_or(*gate.accumulator))};
    }
    if (const auto index = Saturates(before, after, false)) {
      const TailInstruction& op = site_.before->tail.instructions[*index];
      return {"saturation", NodeName(before_, op),
              "it clips before the fold and no longer after it"};
    }
    if (site_.after->tail.frontiers[pair_.after].scale >
        site_.before->tail.frontiers[pair_.before].scale) {
      return {"coarser-quantizer", tail_.frontier, "its scale is larger than before"};
    }
    if (const auto user = OtherUser(before_, *site_.before, pair_)) {
      return {"other-user-changed", *user, "it reads codes past the batch_norm that was folded"};
    }
    return {"rounding", tail_.frontier, "more rounding than the tolerance allows"};
  }

  static double RangeEnd(const ir::QuantParams& params, std::int64_t code) {
    return static_cast<double>(code - params.zero_point) * params.scale;
  }

  static bool HasWrongWeight(const ChannelVerdict& verdict) {
    return verdict.joint && verdict.joint->coefficients && verdict.joint->coefficients->finding;
  }

  ConstantFault OfCoefficients(std::uint32_t channel, const CoefficientGap& gap) const {
    const ConvSide& b = site_.before->conv;
    const ConvSide& a = site_.after->conv;
    const std::vector<std::int32_t> before = b.WeightsOf(channel);
    const std::vector<std::int32_t> after = a.WeightsOf(channel);
    if (const auto user = OtherUser(before_, *site_.before, pair_)) {
      return {"other-user-changed", *user,
              "it reads the conv past the batch_norm that was folded into it"};
    }
    const auto rule = WrongFold(after_, site_, pair_, channel).RuleOfWeights();
    // The two slopes are what an integer of each sum is worth at the frontier.
    const double unit = a.weight_scales[channel];
    const double wanted = gap.before / gap.after * before[gap.tap];
    return {std::string(rule.value_or("weight-gap")),
            after_.view.program().graph.node(site_.after_conv).name,
            fmt::format("channel {}: {} is {} and should be {:.9g}, {:.3g} of its steps apart",
                        channel, WeightName(channel, gap.tap),
                        a.float_weights ? fmt::format("{:.9g}", after[gap.tap] * unit)
                                        : fmt::format("{:.9g} (code {} at scale {:.9g})",
                                                      after[gap.tap] * unit, after[gap.tap], unit),
                        wanted * unit, gap.gap_steps)};
  }

  // "weight[2, 1, 0, 2]" of a conv. Of a matrix product, which may have its weight either way
  // around, "the weight of tap 11".
  std::string WeightName(std::uint32_t channel, std::size_t tap) const {
    const ir::Graph& graph = after_.view.program().graph;
    const auto* conv = std::get_if<ir::Convolution>(&graph.node(site_.after_conv).op);
    const auto& type = conv != nullptr ? graph.value(conv->weight).type : std::nullopt;
    if (!type || !type->is_static()) return fmt::format("the weight of tap {}", tap);
    std::size_t place = 0;
    ForEachTap(site_.after->conv, channel, [&](std::size_t t, std::size_t at) {
      if (t == tap) place = at;
    });
    std::vector<std::size_t> index(type->rank());
    for (std::size_t d = index.size(); d-- > 0;) {
      const auto size = static_cast<std::size_t>(type->dims[d].size);
      index[d] = place % size;
      place /= size;
    }
    return fmt::format("weight[{}]", fmt::join(index, ", "));
  }

  ConstantFault OfIdealGap(std::uint32_t channel, const IdealGap& ideal) const {
    const bool joint = tail_.channels[channel].joint.has_value();
    const WrongFold fold(after_, site_, pair_, channel);
    std::optional<std::string_view> rule;
    if (joint || fold.has_norm()) rule = fold.RuleOfWeights();
    if (!rule) rule = fold.RuleOfBias();
    if (joint || rule) {
      return {std::string(rule.value_or("ideal-gap")),
              after_.view.program().graph.node(site_.after_conv).name,
              fmt::format("without any rounding the two are {:.3g} LSB apart, a right fold {:.3g}",
                          ideal.gap / pair_.lsb,
                          tail_.channels[channel].tolerance.constant / pair_.lsb)};
    }
    const TailEvaluator b_evaluator(site_.before->tail, site_.before->conv, channel);
    const TailEvaluator a_evaluator(site_.after->tail, site_.after->conv, channel);
    const auto at = static_cast<double>(ideal.accumulator);
    const double points[] = {at, at + 1};
    std::vector<double> b;
    std::vector<double> a;
    IdealTail(b_evaluator).Evaluate(points, before_path_, b);
    IdealTail(a_evaluator).Evaluate(points, after_path_, a);
    const std::size_t b_reg = site_.before->tail.frontiers[pair_.before].reg * std::size_t{2};
    const std::size_t a_reg = site_.after->tail.frontiers[pair_.after].reg * std::size_t{2};
    const double slope =
        (a[a_reg + 1] - a[a_reg]) / (a_evaluator.input_scale() * a_evaluator.weight_scale());
    ConstantFault fault = ExplainConstant(before_, after_, site_, pair_, channel,
                                          a[a_reg] - b[b_reg], std::abs(slope) > 1e-3 ? slope : 1);
    const double constant = tail_.channels[channel].tolerance.constant;
    fault.detail +=
        fmt::format("; without any rounding the two are {:.3g} LSB apart, a right fold {:.3g}",
                    ideal.gap / pair_.lsb, constant / pair_.lsb);
    return fault;
  }

  // The first node at which an undefined accumulator shows NaN or Inf; both ends and 0 are tried.
  std::string UndefinedNode(std::uint32_t channel, const ChannelVerdict& verdict) const {
    const std::int64_t probes[] = {verdict.undefined_at.value_or(0)};
    RegisterBlock before;
    TailEvaluator(site_.before->tail, site_.before->conv, channel)
        .Evaluate(probes, site_.before->search.everything, before);
    for (std::uint32_t i = 0; i < site_.before->tail.instructions.size(); ++i) {
      const bool finite = std::isfinite(before.low(i + 1)[0]);
      const bool nan = IsQuantizer(site_.before->tail.instructions[i].op) &&
                       (before.flags(i + 1)[0] & RegisterBlock::kNan) != 0;
      if (!finite || nan) return NodeName(before_, site_.before->tail.instructions[i]);
    }
    return before_.view.program().graph.node(site_.before_conv).name;
  }

  const Side& before_;
  const Side& after_;
  const MatchedSite& site_;
  const PairPlan& pair_;
  const ProveOptions& options_;
  TailVerdict& tail_;
  const std::vector<std::uint32_t>& before_path_;
  const std::vector<std::uint32_t>& after_path_;
};

}  // namespace

void FindCauses(const Side& before, const Side& after, const MatchedSite& site,
                const PairPlan& pair, const ProveOptions& options, TailVerdict& tail) {
  CauseFinder(before, after, site, pair, options, tail).Run();
}

}  // namespace foldproof::prove
