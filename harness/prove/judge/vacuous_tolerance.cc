// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/vacuous_tolerance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/prove/reach/tap_sums.h"
#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {
namespace {

// How the reasons begin, by which HasVacuousTolerance knows them.
constexpr std::string_view kVacuous = "rounding alone may move it by ";

// A right fold moves a code by one. What is said here is of tolerances above that.
constexpr double kOneCode = 1.5;

constexpr std::int64_t kSamples = 256;
constexpr std::int64_t kFewSamples = 4;  // of them
constexpr std::int64_t kBeyond = std::int64_t{1} << 40;

// How many codes the quantizer has that measures the frontier: the nearest one before it.
std::optional<double> CodesBehind(const SiteSide& side, const Frontier& end) {
  for (std::size_t i = end.path.size(); i-- > 0;) {
    const TailOperator& op = side.tail.instructions[end.path[i]].op;
    if (!IsQuantizer(op)) continue;
    const ir::QuantParams params = ParamsOf(op);
    return static_cast<double>(params.quant_max) - static_cast<double>(params.quant_min) + 1;
  }
  return std::nullopt;
}

// Numbers of the ranges in kSamples equal steps each, of which `steps` are taken.
std::vector<std::int64_t> SamplesOf(const std::vector<TapRange>& ranges, std::int64_t steps) {
  std::vector<std::int64_t> out;
  for (const TapRange& range : ranges) {
    const double wide = static_cast<double>(range.high) - static_cast<double>(range.low);
    for (std::int64_t i = 0; i <= kSamples; i += kSamples / steps) {
      const auto step = static_cast<std::int64_t>(wide * static_cast<double>(i) / kSamples);
      out.push_back(std::min(range.low + step, range.high));
    }
  }
  return out;
}

// Of a sum that is one of a pair: what a whole window takes, and far beyond, where nothing but what
// bounds the tail's values still bounds them.
std::vector<TapRange> RangesOfPair(const ConvSide& conv, std::size_t channel) {
  const TapRange sums = EndsOfSums(conv.WeightsOf(channel), conv.input_range);
  const std::int64_t far = std::max(kBeyond, 8 * std::max(-sums.low, sums.high));
  return {sums, {-far, far}};
}

// How far apart the values are that before's tail takes at the frontier, LSB, over samples of the
// reach. All of the reach may have more: a span that is too small makes a tail unproved that need
// not be, and never proves one.
double SpanOf(const MatchedSite& site, const PairPlan& pair,
              const std::vector<std::int64_t>& accumulators, std::size_t channel) {
  const std::uint32_t reg =
      pair.codes ? pair.codes->first : site.before->tail.frontiers[pair.before].reg;
  RegisterBlock block;
  TailEvaluator(site.before->tail, site.before->conv, channel)
      .Evaluate(accumulators, site.before->search.everything, block);
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const RegisterBlock& values = block;
  const auto least = values.low(reg);
  const auto most = values.high(reg);
  for (std::size_t i = 0; i < values.points(); ++i) {
    if (std::isfinite(least[i])) low = std::min(low, static_cast<double>(least[i]));
    if (std::isfinite(most[i])) high = std::max(high, static_cast<double>(most[i]));
  }
  return std::max(0.0, high - low) * (pair.codes ? 1.0 : 1.0 / pair.lsb);
}

// Whether an operator on the way to the frontier steps, as a sign or a comparison does: then a
// value that is the same all over the reach may be another one by all that there is.
bool HasStep(const SiteSide& side, const Frontier& end) {
  return std::ranges::any_of(end.path, [&](std::uint32_t index) {
    const Kinks kinks = KinksOf(side.tail.instructions[index].op);
    return kinks.steps_at_levels || kinks.steps_at_integers;
  });
}

// What was proved of a channel, clipped or not.
double ProvedLsb(const ChannelVerdict& channel, Domain gate) {
  return (gate == Domain::kObserved ? channel.observed : channel.reachable).MostLsb();
}

}  // namespace

std::string ReasonBesideCodes(const MatchedSite& site, const PairPlan& pair, Domain gate,
                              const TailVerdict& verdict) {
  const auto b = CodesBehind(*site.before, site.before->tail.frontiers[pair.before]);
  const auto a = CodesBehind(*site.after, site.after->tail.frontiers[pair.after]);
  if (!b && !a) return {};
  const double most = std::min(b.value_or(*(b ? b : a)), a.value_or(*(a ? a : b))) / 4;
  double tolerance = 0;
  for (const ChannelVerdict& channel : verdict.channels) {
    if (channel.bit_equal || channel.allowed_lsb != channel.tolerance.lsb) continue;
    // A difference that is no larger than the largest tolerance that tells something is within it.
    if (channel.unproved.empty() && ProvedLsb(channel, gate) <= most) continue;
    if (std::isfinite(channel.tolerance.lsb))
      tolerance = std::max(tolerance, channel.tolerance.lsb);
  }
  if (tolerance <= most) return {};
  return fmt::format("{}{:g} LSB", kVacuous, tolerance);
}

std::string ReasonVacuous(const MatchedSite& site, const PairPlan& pair, const SiteReach& reach,
                          Domain gate, const TailVerdict& verdict) {
  if (const std::string beside_codes = ReasonBesideCodes(site, pair, gate, verdict);
      !beside_codes.empty()) {
    return beside_codes;
  }
  const bool steps = HasStep(*site.before, site.before->tail.frontiers[pair.before]);
  for (std::size_t c = 0; c < verdict.channels.size(); ++c) {
    const ChannelVerdict& channel = verdict.channels[c];
    if (channel.bit_equal || channel.allowed_lsb != channel.tolerance.lsb) continue;
    // Where nothing steps, a tolerance of what was proved would do as well.
    const double proved = std::max(ProvedLsb(channel, gate), kOneCode);
    const double tolerance =
        steps ? channel.tolerance.lsb : std::min(channel.tolerance.lsb, proved);
    // Where an ideal gap of half a code is held, it tells.
    const double gap = channel.ideal ? channel.ideal->allowed : 0;  // 0: none is held
    const bool told = gap > 0 && gap <= pair.lsb / 2;
    if (told || (tolerance <= kOneCode && !steps)) continue;
    const std::vector<TapRange> ranges = channel.joint
                                             ? RangesOfPair(site.before->conv, c)
                                             : std::vector{TapRange{reach[c].lo(), reach[c].hi()}};
    const auto says = [tolerance](double span) {
      return tolerance <= kOneCode ? tolerance < span : tolerance <= span / 2;
    };
    // All samples have no smaller span than a few of them.
    if (says(SpanOf(site, pair, SamplesOf(ranges, kFewSamples), c))) continue;
    const double span = SpanOf(site, pair, SamplesOf(ranges, kSamples), c);
    const bool is_constant = span == 0 && channel.joint && !steps;
    if (says(span) || is_constant) continue;
    return fmt::format("{}{:g} LSB, and all that it takes in channel {} is {:g} LSB apart",
                       kVacuous, channel.tolerance.lsb, c, span);
  }
  return {};
}

bool HasVacuousTolerance(const Verification& verification) {
  return std::ranges::any_of(verification.sites, [](const SiteVerdict& site) {
    return std::ranges::any_of(
        site.tails, [](const TailVerdict& tail) { return tail.reason.starts_with(kVacuous); });
  });
}

}  // namespace foldproof::prove
