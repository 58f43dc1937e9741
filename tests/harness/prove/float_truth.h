// SPDX-License-Identifier: BSD-3-Clause
//
// What the worst difference of two float layers is, worked out in float64 from their weights: each
// input lies in [-1, 1].
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove::nets {

// What one output element of a channel is made of.
struct Sum {
  std::vector<double> weights;
  double bias = 0;
};

inline double WorstOf(const Sum& before, const Sum& after) {
  double worst = std::abs(before.bias - after.bias);
  for (std::size_t t = 0; t < before.weights.size(); ++t)
    worst += std::abs(before.weights[t] - after.weights[t]);
  return worst;
}

// The worst difference of relu of two sums: it is linear where neither changes its sign, so largest
// at a corner of the box, or where a sum is 0 on one of its edges.
inline double WorstOfRelu(const Sum& before, const Sum& after) {
  const std::size_t taps = before.weights.size();
  double worst = 0;
  for (std::size_t corner = 0; corner < std::size_t{1} << taps; ++corner) {
    std::vector<double> x(taps);
    for (std::size_t t = 0; t < taps; ++t) x[t] = (corner >> t & 1) != 0 ? 1 : -1;
    const auto sum_of = [&](const Sum& sum) {
      double out = sum.bias;
      for (std::size_t t = 0; t < taps; ++t) out += sum.weights[t] * x[t];
      return out;
    };
    const auto see = [&] {
      worst =
          std::max(worst, std::abs(std::max(sum_of(after), 0.0) - std::max(sum_of(before), 0.0)));
    };
    see();
    for (std::size_t free = 0; free < taps; ++free) {
      const double end = x[free];
      for (const Sum* sum : {&before, &after}) {
        x[free] = 0;
        const double zero = -sum_of(*sum) / sum->weights[free];
        if (std::abs(zero) <= 1) x[free] = zero;
        if (std::abs(zero) <= 1) see();
      }
      x[free] = end;
    }
  }
  return worst;
}

// Holds the figures of a channel to the truth, in real units.
inline void ExpectTruth(const TailVerdict& tail, std::size_t channel, double truth) {
  const DomainFigures& figures = tail.channels[channel].reachable;
  const double noise = 1e-4 * (truth + 1);  // of float32 sums, and more
  EXPECT_GE(figures.lsb * tail.scale, truth);
  EXPECT_LE(figures.lsb * tail.scale, truth + noise);
  ASSERT_TRUE(figures.at_least);
  EXPECT_LE(*figures.at_least * tail.scale, truth);
  EXPECT_GE(*figures.at_least * tail.scale, truth - noise);
}

}  // namespace foldproof::prove::nets
