// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/tail_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/conv/shared_taps.h"
#include "harness/prove/ideal/ideal_tail.h"
#include "harness/prove/judge/piece_walk.h"
#include "harness/prove/judge/vacuous_tolerance.h"
#include "harness/prove/witness/witness_input.h"
#include "src/base/infinity.h"

namespace foldproof::prove {
namespace {

// A constant or a weight is wrong, whatever its rounding shows.
bool HasFinding(const ChannelVerdict& channel) {
  return (channel.ideal && channel.ideal->finding) ||
         (channel.joint && channel.joint->coefficients && channel.joint->coefficients->finding);
}

// Looks for an input that shows a difference, worst channel and worst piece first.
class WitnessSearch {
 public:
  WitnessSearch(const Side& before, const MatchedSite& site, const PairPlan& pair,
                const ProveOptions& options, const SiteReach& reach, const TailVerdict& verdict)
      : before_(before),
        site_(site),
        pair_(pair),
        options_(options),
        reach_(reach),
        verdict_(verdict) {}

  std::optional<Witness> Run() {
    if (auto found = FromBuilt()) return found;
    for (const std::uint32_t channel : WorstFirst()) {
      for (const Piece& piece : verdict_.channels[channel].over) {
        if (auto found = InPiece(channel, piece)) return found;
      }
      gave_up_ |= verdict_.channels[channel].over_truncated;
    }
    for (std::uint32_t channel = 0; channel < verdict_.channels.size(); ++channel) {
      if (!HasFinding(verdict_.channels[channel])) continue;
      if (verdict_.channels[channel].joint) {
        if (auto found = OfBuilt(channel, verdict_.channels[channel].joint->ideal, true))
          return found;
        gave_up_ = true;
        continue;
      }
      if (auto found = AtIdealGap(channel)) return found;
    }
    return std::nullopt;
  }

  // Some piece over the tolerance could not be decided.
  bool gave_up() const { return gave_up_; }

 private:
  // The worst input that was built for a pair of sums, where it shows more than is allowed.
  std::optional<Witness> FromBuilt() {
    std::optional<Witness> best;
    for (std::uint32_t c = 0; c < verdict_.channels.size(); ++c) {
      const ChannelVerdict& channel = verdict_.channels[c];
      if (!channel.joint) continue;
      const auto& built = options_.judge.domain == Domain::kReachable ? channel.joint->reachable
                                                                      : channel.joint->calibrated;
      if (!built || !IsOver(built->lsb, channel.allowed_lsb)) continue;
      if (best && built->lsb <= best->claimed_lsb) continue;
      if (auto found = OfBuilt(c, built, false)) best = std::move(found);
    }
    return best;
  }

  std::optional<Witness> OfBuilt(std::uint32_t channel, const std::optional<BuiltInput>& built,
                                 bool by_ideal_gap) {
    if (!built) return std::nullopt;
    const TapClass& tap_class = site_.before->conv.tap_classes[built->tap_class];
    Witness witness;
    witness.channel = channel;
    witness.accumulator = built->before;
    witness.claimed_lsb = ClaimOf(channel, built->lsb);
    witness.spread_lsb = built->spread_lsb;
    witness.by_ideal_gap = by_ideal_gap;
    witness.taps = built->taps;
    witness.kernel_positions = tap_class.kernel_positions;
    witness.output_position = tap_class.output_position;
    return IsAnInput(witness) ? std::optional(witness) : std::nullopt;
  }

  // Taps may share elements, as behind a pad: the window must still be an input's.
  bool IsAnInput(const Witness& witness) {
    if (!site_.before->conv.reads_padded) return true;
    if (MakeWitnessInput(before_, site_, witness).input) return true;
    gave_up_ = true;
    return false;
  }

  std::vector<std::uint32_t> WorstFirst() const {
    std::vector<std::uint32_t> order;
    for (std::uint32_t c = 0; c < verdict_.channels.size(); ++c) {
      if (!verdict_.channels[c].over.empty()) order.push_back(c);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return verdict_.channels[a].over[0].lsb > verdict_.channels[b].over[0].lsb;
    });
    return order;
  }

  std::optional<Witness> InPiece(std::uint32_t channel, const Piece& piece) {
    const std::int64_t middle = piece.from + (piece.to - piece.from) / 2;
    if (auto found = Find(channel, piece.from, piece.to, middle, piece.lsb)) return found;
    const ConvSide& conv = site_.before->conv;
    if (!conv.reads_padded) return std::nullopt;
    const auto shared = FindSharedTaps(before_.view, conv, channel, piece.from, piece.to, middle);
    if (!shared) return std::nullopt;
    Witness witness = WitnessOf(channel, *shared, piece.lsb);
    return IsAnInput(witness) ? std::optional(std::move(witness)) : std::nullopt;
  }

  static Witness WitnessOf(std::uint32_t channel, const FoundTaps& found, double lsb) {
    Witness witness;
    witness.channel = channel;
    witness.accumulator = found.accumulator;
    witness.claimed_lsb = lsb;
    witness.taps = found.x;
    witness.kernel_positions = found.tap_class->kernel_positions;
    witness.output_position = found.tap_class->output_position;
    return witness;
  }

  std::optional<Witness> Find(std::uint32_t channel, std::int64_t from, std::int64_t to,
                              std::int64_t wish, double lsb) {
    if (reach_[channel].exact()) {
      const auto nearest = reach_[channel].Nearest(from, to, wish);
      if (!nearest) return std::nullopt;
      from = to = wish = *nearest;
    }
    const TapAnswer answer = FindTapsAnywhere(site_.before->conv, channel, from, to, wish);
    if (!answer.found) {
      gave_up_ |= !answer.none;
      return std::nullopt;
    }
    Witness witness = WitnessOf(channel, *answer.found, lsb);
    if (!IsAnInput(witness)) return std::nullopt;
    return witness;
  }

  double IdealGapAt(std::uint32_t channel, std::int64_t accumulator) const {
    const double point[] = {static_cast<double>(accumulator)};
    std::vector<double> b;
    std::vector<double> a;
    const TailEvaluator before(site_.before->tail, site_.before->conv, channel);
    const TailEvaluator after(site_.after->tail, site_.after->conv, channel);
    const Frontier& b_end = site_.before->tail.frontiers[pair_.before];
    const Frontier& a_end = site_.after->tail.frontiers[pair_.after];
    IdealTail(before).Evaluate(point, b_end.path, b);
    IdealTail(after).Evaluate(point, a_end.path, a);
    const double gap = std::abs(b[b_end.reg] - a[a_end.reg]);
    if (std::isfinite(b[b_end.reg]) && !std::isfinite(gap)) return kInfinity;
    return gap;
  }

  // The difference that the two tails themselves show at one accumulator.
  double LsbAt(std::uint32_t channel, std::int64_t accumulator) const {
    const std::int64_t point[] = {accumulator};
    RegisterBlock b;
    RegisterBlock a;
    TailEvaluator(site_.before->tail, site_.before->conv, channel)
        .Evaluate(point, site_.before->search.everything, b);
    TailEvaluator(site_.after->tail, site_.after->conv, channel)
        .Evaluate(point, site_.after->search.everything, a);
    PieceWalk walk(*site_.before, *site_.after, pair_, reach_[channel], nullptr, 0,
                   Domain::kReachable);
    walk.Add(point, accumulator, b, a);
    ChannelVerdict verdict;
    walk.Finish(verdict);
    return verdict.reachable.lsb;
  }

  // A channel without figures has none at an accumulator either.
  double ClaimOf(std::uint32_t channel, double lsb) const {
    const bool known = verdict_.channels[channel].unproved.empty();
    return known ? lsb : std::numeric_limits<double>::quiet_NaN();
  }

  // Where the ideal gap counts.
  SumRange GapRange(std::uint32_t channel) const {
    if (options_.judge.domain != Domain::kObserved) {
      return {reach_[channel].lo(), reach_[channel].hi()};
    }
    const ObservedChannel& observed = options_.observed->at(site_.before_conv).channels[channel];
    return {observed.low, observed.high};
  }

  // An accumulator with a too large ideal gap; of those tried the one that shows most in LSB, too.
  std::optional<Witness> AtIdealGap(std::uint32_t channel) {
    const ChannelVerdict& verdict = verdict_.channels[channel];
    std::optional<Witness> best;
    const auto [low, high] = GapRange(channel);
    for (const auto& wish : {verdict.Of(options_.judge.domain).accumulator,
                             std::optional(verdict.ideal->accumulator)}) {
      if (!wish) continue;
      auto found = Find(channel, low, high, *wish, 0);
      if (!found || !IsOver(IdealGapAt(channel, found->accumulator), verdict.ideal->allowed))
        continue;
      found->claimed_lsb = ClaimOf(channel, LsbAt(channel, found->accumulator));
      found->by_ideal_gap = true;
      if (!best || found->claimed_lsb > best->claimed_lsb) best = found;
    }
    gave_up_ |= !best;
    return best;
  }

  const Side& before_;
  const MatchedSite& site_;
  const PairPlan& pair_;
  const ProveOptions& options_;
  const SiteReach& reach_;
  const TailVerdict& verdict_;
  bool gave_up_ = false;
};

// A bound over the tolerance of which no input surely shows so much; empty: none is.
std::string ReasonBetween(const TailVerdict& verdict, Domain gate) {
  for (std::size_t c = 0; c < verdict.channels.size(); ++c) {
    const ChannelVerdict& channel = verdict.channels[c];
    const DomainFigures& figures = channel.Of(gate);
    if (!figures.at_least || !IsOver(figures.lsb, channel.allowed_lsb)) continue;
    if (IsOver(*figures.at_least, channel.allowed_lsb)) continue;
    return fmt::format(
        "channel {}: the worst difference is between {:g} and {:g} LSB, the tolerance {:g}", c,
        *figures.at_least, figures.lsb, channel.allowed_lsb);
  }
  return {};
}

// What must be said of a tail before any figure counts; empty: nothing.
std::string ReasonUnproved(const TailVerdict& verdict, const PairPlan& pair, Domain gate) {
  std::int64_t undefined = 0;
  std::int64_t members = 0;
  for (const ChannelVerdict& channel : verdict.channels) {
    if (!channel.unproved.empty()) return channel.unproved;
    if (!channel.root_step_unproved.empty()) return channel.root_step_unproved;
    // Figures of nothing are all zero, which would read as a proof.
    if (!pair.identical && channel.reachable.count == 0) return "no accumulator was looked at";
    undefined += channel.UndefinedFor(gate);
    members += gate == Domain::kObserved ? channel.observed.count : channel.reachable.count;
  }
  if (undefined > 0) {
    return "undefined: " + std::to_string(undefined) + " of " + std::to_string(members);
  }
  for (const ChannelVerdict& channel : verdict.channels) {
    if (!pair.identical && !channel.bit_equal && !std::isfinite(channel.allowed_lsb)) {
      return "no tolerance can be derived through an operator without a Lipschitz bound; give "
             "--tolerance";
    }
  }
  return {};
}

}  // namespace

void DrawTailVerdict(const Side& before, const MatchedSite& site, const PairPlan& pair,
                     const ProveOptions& options, const SiteReach& reach, TailVerdict& verdict) {
  bool equal = true;
  bool over = false;
  const Domain gate = options.judge.domain;
  for (const ChannelVerdict& channel : verdict.channels) {
    equal &= channel.bit_equal;
    over |= !channel.over.empty() || HasFinding(channel);
    over |= channel.joint && IsOver(channel.Of(gate).at_least.value_or(0), channel.allowed_lsb);
    if (std::isfinite(channel.allowed_lsb)) {
      verdict.tolerance_lsb = std::max(verdict.tolerance_lsb, channel.allowed_lsb);
    }
    if (std::isfinite(channel.tolerance.lsb)) {
      verdict.derived_lsb = std::max(verdict.derived_lsb, channel.tolerance.lsb);
    }
  }
  verdict.reason = ReasonUnproved(verdict, pair, gate);
  if (verdict.reason.empty()) {
    verdict.reason = ReasonBetween(verdict, gate);
  } else if (const std::string first = ReasonBesideCodes(site, pair, gate, verdict);
             !first.empty()) {
    verdict.reason = first + "; " + verdict.reason;
  }
  verdict.verdict = !verdict.reason.empty() ? Verdict::kUnproved
                    : equal                 ? Verdict::kEqual
                                            : Verdict::kWithin;
  if (verdict.verdict == Verdict::kWithin) {
    verdict.reason = ReasonVacuous(site, pair, reach, gate, verdict);
    if (!verdict.reason.empty()) verdict.verdict = Verdict::kUnproved;
  }
  if (!over) return;
  WitnessSearch search(before, site, pair, options, reach, verdict);
  verdict.witness = search.Run();
  if (verdict.witness) {
    verdict.verdict = Verdict::kDiffers;
    verdict.reason.clear();
  } else if (search.gave_up()) {
    verdict.verdict = Verdict::kUnproved;
    verdict.reason = "accumulators are over the tolerance, but no input was found for one";
    if (!AllClassesOccur(site.before->conv)) {
      verdict.reason +=
          "; the input's sizes are symbols, and it is not known which of them a call can give";
    }
    if (!site.before->conv.HasAllNumbers())
      verdict.reason += "; NaN or padded zeros lie apart from the codes that numbers give";
  }
}

}  // namespace foldproof::prove
