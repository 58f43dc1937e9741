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

// A slope, a unit of the sum. Float64 takes it off two values, so it is wrong by up to `error` of
// itself.
struct Slope {
  double value = 1;
  double error = 0;
};

// The one slope that an ideal tail has over `range` where it is not flat; nullopt where it has
// none, or more than one.
std::optional<Slope> SlopeOf(const IdealEnd& end, IntegerRange range);

// One side of the comparison: a slope and the weights that it multiplies.
struct Coefficients {
  Slope slope;
  std::span<const std::int32_t> weights;
  int bits = 0;  // of the significand of float weights, as ConvSide holds them; 0: codes
  std::span<const double> code_steps = {};  // ConvSide::CodeStepsOf
};

// |slope' * a'_t - slope * a_t| of each tap, in steps of after's weight. A right fold rounds to the
// nearest code (1/2, and 2^-10 for float32), or in float by 5 steps at most. What the slopes may be
// wrong by is allowed besides.
CoefficientGap FindCoefficientGap(const Coefficients& before, const Coefficients& after);

}  // namespace foldproof::prove
