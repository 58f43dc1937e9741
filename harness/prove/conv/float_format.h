// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>

namespace foldproof::prove {

// The numbers that float weights are stored as: float32, or float16 and bfloat16, whose smallest
// steps are near what a small gamma leaves of a weight (2^-24 and 2^-133).
struct FloatFormat {
  int bits = 24;     // of the significand
  int least = -149;  // the exponent of the smallest number above 0

  // The distance of numbers of x's size: that of subnormal ones where x is less; 0 of 0.
  double StepAt(double x) const {
    return x == 0 ? 0 : std::ldexp(1.0, std::max(std::ilogb(x) + 1 - bits, least));
  }
  // Not less than that, and continuous in x; the smallest step at 0, as what became 0 was rounded.
  double StepBound(double x) const {
    return std::max(std::ldexp(std::abs(x), 1 - bits), std::ldexp(1.0, least));
  }

  bool operator==(const FloatFormat&) const = default;
};

inline constexpr FloatFormat kFloat16{11, -24};
inline constexpr FloatFormat kBFloat16{8, -133};

}  // namespace foldproof::prove
