// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "harness/prove/conv/conv_side.h"
#include "harness/prove/reach/accumulator_set.h"

namespace foldproof::prove {

enum class Reach { kInterval, kExact };

// Whether some call is known to give windows of this class: it has an output position then. Where
// sizes are symbols the classes are those of all sizes, and the bound has to cover them; a witness
// may be made only of one that occurs.
bool Occurs(const ConvSide& side, const TapClass& tap_class);
bool AllClassesOccur(const ConvSide& side);

// The accumulators of one channel over all output positions: the hull of the taps' sums, or exactly
// the sums that some input gives at some position (the hull again where that is too dear; exact()
// says).
AccumulatorSet ReachOf(const ConvSide& side, std::size_t channel, Reach reach);

// The weights of a channel at the kernel positions of `tap_class`.
std::vector<std::int32_t> WeightsOf(const ConvSide& side, std::size_t channel,
                                    const TapClass& tap_class, RootStep step = RootStep::kNone);
// The same of `all` of the channel's weights.
std::vector<std::int32_t> WeightsIn(const ConvSide& side, std::span<const std::int32_t> all,
                                    const TapClass& tap_class);

// Taps that give an accumulator in [from, to], near `wish`, at some output position of an input
// whose sizes some call has.
struct FoundTaps {
  std::int64_t accumulator = 0;
  std::vector<std::int64_t> x;  // one a weight of WeightsOf(side, channel, *tap_class)
  const TapClass* tap_class = nullptr;
};
struct TapAnswer {
  std::optional<FoundTaps> found;
  bool none = false;  // proved that there are no such taps, whatever the sizes
};
TapAnswer FindTapsAnywhere(const ConvSide& side, std::size_t channel, std::int64_t from,
                           std::int64_t to, std::int64_t wish);

}  // namespace foldproof::prove
