// SPDX-License-Identifier: BSD-3-Clause
//
// Intervals of float32 that an operator of two operands may give.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <span>

#include "harness/prove/tail/op/point_block.h"

namespace foldproof::prove {

struct PointInterval {
  float low, high;
};

// The least interval that contains all of `candidates`; NaN where one of them is.
inline PointInterval Hull(std::initializer_list<float> candidates) {
  PointInterval out{std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity()};
  for (const float x : candidates) {
    if (std::isnan(x)) return {x, x};
    out = {std::min(out.low, x), std::max(out.high, x)};
  }
  return out;
}

// operation(a, b) at the four pairs of ends, of an operation that is monotone in each operand
// between them.
template <typename Operation>
PointInterval HullOfEnds(float a_low, float a_high, float b_low, float b_high,
                         Operation operation) {
  return Hull({operation(a_low, b_low), operation(a_low, b_high), operation(a_high, b_low),
               operation(a_high, b_high)});
}

// interval(a_low, a_high, b_low, b_high) at every point, into `low` and `high`.
template <typename Interval>
void ForEachInterval(const OperandPoints& a, const OperandPoints& b, std::span<float> low,
                     std::span<float> high, Interval interval) {
  for (std::size_t i = 0; i < low.size(); ++i) {
    const PointInterval hull = interval(a.Low(i), a.High(i), b.Low(i), b.High(i));
    low[i] = hull.low;
    high[i] = hull.high;
  }
}

}  // namespace foldproof::prove
