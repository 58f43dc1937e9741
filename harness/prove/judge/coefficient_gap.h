// SPDX-License-Identifier: BSD-3-Clause
//
// Whether after's weights are what before's weights make of them, tap by tap (docs/proof.md,
// "Pairs of sums").
#pragma once

#include <optional>
#include <span>

#include "harness/prove/ideal/ideal_gap.h"
#include "harness/prove/joint/zonotope.h"
#include "harness/prove/verdict/channel_verdict.h"

namespace foldproof::prove {

// The one slope that an ideal tail has over `range` where it is not flat, a unit of its sum;
// nullopt where it has none, or more than one.
std::optional<double> SlopeOf(const IdealEnd& end, IntegerRange range);

// One side of the comparison: a slope and the weights that it multiplies.
struct Coefficients {
  double slope = 1;
  std::span<const std::int32_t> weights;
  int bits = 0;  // of the significand of float weights, as ConvSide holds them; 0: codes
};

// |slope' * a'_t - slope * a_t| of each tap, in steps of after's weight. A right fold rounds to the
// nearest code (1/2, and 2^-10 for float32), or in float by 5 steps at most.
CoefficientGap FindCoefficientGap(const Coefficients& before, const Coefficients& after);

}  // namespace foldproof::prove
