// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/int32_sums.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "harness/prove/conv/conv_reach.h"
#include "src/base/checked.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

bool Fits(const SumRange& range) { return FitsInt32(range.low) && FitsInt32(range.high); }

// The accumulators that bring the sum above the largest int32 or below the least, whichever there
// are.
std::optional<SumOverflow> FindOverflow(const ConvSide& side, std::size_t channel,
                                        const AccumulatorSet& reach) {
  const std::int64_t bias = BiasInAccumulator(side, channel).value_or(0);
  const auto at = [&](std::int64_t a, bool produced) {
    return SumOverflow{false, 1, channel, a, a + bias, produced};
  };
  std::optional<SumOverflow> out;
  for (const bool above : {true, false}) {
    const std::int64_t from = above ? std::max(reach.lo(), kMost + 1 - bias) : reach.lo();
    const std::int64_t to = above ? reach.hi() : std::min(reach.hi(), kLeast - 1 - bias);
    const std::int64_t wish = above ? to : from;
    if (from > to) continue;
    if (reach.exact()) {
      if (const auto a = reach.Nearest(from, to, wish)) return at(*a, true);
      continue;
    }
    const TapAnswer answer = FindTapsAnywhere(side, channel, from, to, wish);
    if (answer.found) return at(answer.found->accumulator, true);
    if (!answer.none) out = at(wish, false);
  }
  return out;
}

std::int64_t Outside(const SumOverflow& overflow) {
  return overflow.sum > 0 ? overflow.sum - kMost : kLeast - overflow.sum;
}

// Takes a channel's into those of its kind, of which the worst is told.
void CountOverflow(const SumOverflow& overflow, std::optional<SumOverflow>& kind) {
  const std::size_t channels = (kind ? kind->channels : 0) + 1;
  if (!kind || Outside(overflow) > Outside(*kind)) kind = overflow;
  kind->channels = channels;
}

}  // namespace

ChannelSums SumsOf(const ConvSide& side, std::size_t channel, const AccumulatorSet& reach) {
  const std::int64_t bias = BiasInAccumulator(side, channel).value_or(0);
  ChannelSums out;
  out.final_sum = {reach.lo() + bias, reach.hi() + bias};
  out.partial = {std::min<std::int64_t>(bias, 0), std::max<std::int64_t>(bias, 0)};
  for (const std::int64_t w : side.WeightsOf(channel)) {
    const std::int64_t at_low = w * side.input_range.low;
    const std::int64_t at_high = w * side.input_range.high;
    out.partial.low += std::min({at_low, at_high, std::int64_t{0}});
    out.partial.high += std::max({at_low, at_high, std::int64_t{0}});
  }
  return out;
}

SiteSums JudgeSums(const ConvSide& before, const ConvSide& after, const SiteReach& reach) {
  SiteSums out;
  std::optional<SumOverflow> only_after;
  std::optional<SumOverflow> others;
  for (std::size_t c = 0; c < before.channels; ++c) {
    const ChannelSums b = SumsOf(before, c, reach[c]);
    const ChannelSums a = SumsOf(after, c, reach[c]);
    out.sums.before.Cover(b.final_sum);
    out.sums.after.Cover(a.final_sum);
    out.sums.partial.Cover(a.partial);
    if (Fits(a.final_sum)) continue;
    const auto overflow = FindOverflow(after, c, reach[c]);
    if (!overflow) continue;
    const bool before_too = !Fits(b.final_sum) && FindOverflow(before, c, reach[c]).has_value();
    CountOverflow(*overflow, overflow->produced && !before_too ? only_after : others);
  }
  if (only_after) out.overflows.push_back(*only_after);
  if (only_after) out.overflows.back().only_after = true;
  if (others) out.overflows.push_back(*others);
  return out;
}

StructureFinding FindingOf(const SumOverflow& overflow, const ir::Node& after_conv) {
  std::string detail =
      fmt::format("channel {}: accumulator {} with its bias is {}, which int32 does not hold",
                  overflow.channel, overflow.accumulator, overflow.sum);
  if (!overflow.produced) detail += "; whether an input gives it is not known";
  if (overflow.channels > 1) detail += fmt::format("; {} channels", overflow.channels);
  return {"accumulator-overflow", after_conv.name, after_conv.target, detail, overflow.only_after};
}

}  // namespace foldproof::prove
