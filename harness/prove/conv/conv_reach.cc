// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/conv_reach.h"

#include <algorithm>

#include "harness/prove/reach/tap_search.h"

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kSearchBudget = std::int64_t{1} << 24;

AccumulatorSet ReachOfClass(const ConvSide& side, std::size_t channel, const TapClass& tap_class,
                            Reach reach) {
  const std::vector<std::int32_t> weights = WeightsOf(side, channel, tap_class);
  if (reach == Reach::kExact) {
    if (auto exact = AccumulatorSet::Exact(weights, side.input_range)) return *std::move(exact);
  }
  return AccumulatorSet::Interval(weights, side.input_range);
}

}  // namespace

std::vector<std::int32_t> WeightsOf(const ConvSide& side, std::size_t channel,
                                    const TapClass& tap_class, RootStep step) {
  std::vector<std::int32_t> all = side.WeightsOf(channel, step);
  if (tap_class.kernel_positions.size() == side.kernel) return all;
  return WeightsIn(side, all, tap_class);
}

std::vector<std::int32_t> WeightsIn(const ConvSide& side, std::span<const std::int32_t> all,
                                    const TapClass& tap_class) {
  std::vector<std::int32_t> out;
  out.reserve(all.size() / side.kernel * tap_class.kernel_positions.size());
  for (std::size_t group = 0; group < all.size(); group += side.kernel) {
    for (const std::uint32_t k : tap_class.kernel_positions) out.push_back(all[group + k]);
  }
  return out;
}

bool Occurs(const ConvSide& side, const TapClass& tap_class) {
  return tap_class.output_position.size() == side.op.spatial();
}

bool AllClassesOccur(const ConvSide& side) {
  return std::ranges::all_of(side.tap_classes,
                             [&](const TapClass& one) { return Occurs(side, one); });
}

AccumulatorSet ReachOf(const ConvSide& side, std::size_t channel, Reach reach) {
  FP_CHECK(!side.tap_classes.empty());
  // The hull of all taps, whether or not the input is large enough for a full window.
  if (reach == Reach::kInterval && !side.padded_zero_only) {
    return AccumulatorSet::Interval(side.WeightsOf(channel), side.input_range);
  }
  AccumulatorSet out = ReachOfClass(side, channel, side.tap_classes[0], reach);
  for (std::size_t i = 1; i < side.tap_classes.size(); ++i) {
    out = AccumulatorSet::Union(out, ReachOfClass(side, channel, side.tap_classes[i], reach));
  }
  // Which of the sums occur is not known else.
  return AllClassesOccur(side) && side.HasAllNumbers() ? out
                                                       : AccumulatorSet::Span(out.lo(), out.hi());
}

TapAnswer FindTapsAnywhere(const ConvSide& side, std::size_t channel, std::int64_t from,
                           std::int64_t to, std::int64_t wish) {
  TapAnswer answer;
  answer.none = true;
  for (const TapClass& tap_class : side.tap_classes) {
    const std::vector<std::int32_t> weights = WeightsOf(side, channel, tap_class);
    TapSearch search = FindTaps(weights, side.numbers, from, to, wish, kSearchBudget);
    if (search.answer == TapSearch::Answer::kFound && Occurs(side, tap_class)) {
      answer.found = FoundTaps{search.accumulator, std::move(search.x), &tap_class};
      answer.none = false;
      return answer;
    }
    answer.none &= search.answer == TapSearch::Answer::kNone && side.HasAllNumbers();
  }
  return answer;
}

}  // namespace foldproof::prove
