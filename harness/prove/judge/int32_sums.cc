// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/int32_sums.h"

#include <fmt/format.h>

#include <optional>

#include "harness/prove/conv/conv_reach.h"
#include "src/base/checked.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

bool Fits(const SumRange& range) { return FitsInt32(range.low) && FitsInt32(range.high); }

// A channel whose sum leaves int32: at an accumulator that an input gives, or at one of which that
// is not known.
struct Overflow {
  std::size_t channel = 0;
  std::int64_t accumulator = 0;
  std::int64_t sum = 0;
  bool produced = false;
};

// The accumulators that bring the sum above the largest int32 or below the least, whichever there
// are.
std::optional<Overflow> FindOverflow(const ConvSide& side, std::size_t channel,
                                     const AccumulatorSet& reach) {
  const std::int64_t bias = BiasInAccumulator(side, channel).value_or(0);
  std::optional<Overflow> out;
  for (const bool above : {true, false}) {
    const std::int64_t from = above ? std::max(reach.lo(), kMost + 1 - bias) : reach.lo();
    const std::int64_t to = above ? reach.hi() : std::min(reach.hi(), kLeast - 1 - bias);
    const std::int64_t wish = above ? to : from;
    if (from > to) continue;
    if (reach.exact()) {
      if (const auto a = reach.Nearest(from, to, wish))
        return Overflow{channel, *a, *a + bias, true};
      continue;
    }
    const TapAnswer answer = FindTapsAnywhere(side, channel, from, to, wish);
    if (answer.found) {
      const std::int64_t a = answer.found->accumulator;
      return Overflow{channel, a, a + bias, true};
    }
    if (!answer.none) out = Overflow{channel, wish, wish + bias, false};
  }
  return out;
}

StructureFinding Describe(const Overflow& worst, std::size_t channels, const ir::Node& conv,
                          bool only_after) {
  std::string detail =
      fmt::format("channel {}: accumulator {} with its bias is {}, which int32 does not hold",
                  worst.channel, worst.accumulator, worst.sum);
  if (!worst.produced) detail += "; whether an input gives it is not known";
  if (channels > 1) detail += fmt::format("; {} channels", channels);
  return {"accumulator-overflow", conv.name, conv.target, detail, only_after};
}

std::int64_t Outside(const Overflow& overflow) {
  return overflow.sum > 0 ? overflow.sum - kMost : kLeast - overflow.sum;
}

// The overflows of one kind: how many channels, and the worst of them.
class Overflows {
 public:
  void Add(const Overflow& overflow) {
    ++channels_;
    if (!worst_ || Outside(overflow) > Outside(*worst_)) worst_ = overflow;
  }
  void Tell(const ir::Node& conv, bool only_after, std::vector<StructureFinding>& out) const {
    if (worst_) out.push_back(Describe(*worst_, channels_, conv, only_after));
  }

 private:
  std::size_t channels_ = 0;
  std::optional<Overflow> worst_;
};

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

SiteSums JudgeSums(const ConvSide& before, const ConvSide& after,
                   const std::vector<AccumulatorSet>& reach, const ir::Node& after_conv) {
  SiteSums out;
  Overflows only_after;
  Overflows others;
  for (std::size_t c = 0; c < reach.size(); ++c) {
    const ChannelSums b = SumsOf(before, c, reach[c]);
    const ChannelSums a = SumsOf(after, c, reach[c]);
    out.sums.before.Cover(b.final_sum);
    out.sums.after.Cover(a.final_sum);
    out.sums.partial.Cover(a.partial);
    if (Fits(a.final_sum)) continue;
    const auto overflow = FindOverflow(after, c, reach[c]);
    if (!overflow) continue;
    const bool before_too = !Fits(b.final_sum) && FindOverflow(before, c, reach[c]).has_value();
    (overflow->produced && !before_too ? only_after : others).Add(*overflow);
  }
  only_after.Tell(after_conv, true, out.findings);
  others.Tell(after_conv, false, out.findings);
  return out;
}

}  // namespace foldproof::prove
