// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace foldproof::prove {

// The range that every tap's x lies in, or a sum, both ends included.
struct TapRange {
  std::int64_t low;
  std::int64_t high;
};

// `copies` equal summands of `value` > 0, of which any number may be taken.
struct Magnitude {
  std::int64_t value;
  std::int64_t copies;
};

// A channel's accumulator as a bounded subset sum. With R = high - low and t_i = x_i - low where
// w_i > 0, t_i = high - x_i where w_i < 0:
//   A = sum w_i * x_i = lo + sum |w_i| * t_i = lo + step * sum value_j * n_j,  0 <= n_j <=
//   copies_j,
// because taps of one magnitude act as one summand with R copies a tap.
struct TapSums {
  std::int64_t lo = 0;
  std::int64_t hi = 0;
  std::int64_t step = 1;              // gcd of the |w_i|; 1 where all are 0
  std::vector<Magnitude> magnitudes;  // of |w_i| / step; ascending, distinct; none where lo == hi
};

// FP_CHECKs that x is a range within +-2^24 and that all sums lie within +-2^61.
TapSums MakeTapSums(std::span<const std::int32_t> weights, TapRange x);
// The smallest and the largest sum alone; the same checks.
TapRange EndsOfSums(std::span<const std::int32_t> weights, TapRange x);

// Whether the sums are all integers of [0, sum value * copies]: ascending, each value is at most
// 1 + the sum of everything smaller. Otherwise that number + 1 is no sum, as all others are larger.
bool IsComplete(const std::vector<Magnitude>& ascending);

}  // namespace foldproof::prove
