// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/reach/tap_sums.h"

namespace foldproof::prove {

// The values of a channel's taps that make an accumulator of a wished range.
struct TapSearch {
  enum class Answer {
    kFound,   // sum w_i * x_i == accumulator, in the range
    kNone,    // proved: no x gives a sum in the range
    kGaveUp,  // not found within the budget
  };

  Answer answer = Answer::kGaveUp;
  std::vector<std::int64_t> x;
  std::int64_t accumulator = 0;
};

// An x, each x_i in `range`, with from <= sum w_i * x_i <= to, and the sum as near to `wish` as any
// sum in [from, to] is (the smaller one of two); within `budget` operations on 64-bit words beyond
// the work linear in the taps. Beyond the budget a greedy attempt decides between kFound, then
// perhaps not nearest, and kGaveUp. The same arguments give the same x; x_i of a zero weight is the
// value nearest 0.
TapSearch FindTaps(std::span<const std::int32_t> weights, TapRange range, std::int64_t from,
                   std::int64_t to, std::int64_t wish, std::int64_t budget);

}  // namespace foldproof::prove
