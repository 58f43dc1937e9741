// SPDX-License-Identifier: BSD-3-Clause
//
// Whether after's weights are what before's weights make of them, tap by tap (docs/proof.md,
// "Pairs of sums").
#pragma once

#include <optional>
#include <span>

#include "harness/prove/conv/float_format.h"
#include "harness/prove/ideal/ideal_gap.h"
#include "harness/prove/joint/zonotope.h"
#include "harness/prove/verdict/channel_verdict.h"

namespace foldproof::prove {

// What a right fold may round a weight by: to the nearest code, and 2^-10 for float32, in codes; in
// float by so many steps.
inline constexpr double kCodeAllowance = 0.5 + 0x1p-10;
inline constexpr double kFloatAllowance = 5;

// A slope, a unit of the sum. Float64 takes it off two values, so it is wrong by up to `error` of
// itself.
struct Slope {
  double value = 1;
  double error = 0;
};

// The one slope that an ideal tail has over `range` where it is not flat; nullopt where it has
// none, or more than one.
std::optional<Slope> SlopeOf(const IdealEnd& end, IntegerRange range);

// Float weights, which ConvSide holds as multiples of `unit`.
struct HeldFloats {
  FloatFormat format;
  double unit = 1;
};

// One side of the comparison: a slope and the weights that it multiplies.
struct Coefficients {
  Slope slope;
  std::span<const std::int32_t> weights;
  std::optional<HeldFloats> floats = std::nullopt;  // absent: codes
  std::span<const double> code_steps = {};          // ConvSide::CodeStepsOf
  std::span<const double> remainders = {};          // ConvSide::RemaindersOf, of before
};

// |slope' * a'_t - slope * a_t| of each tap, in steps of after's weight, held to what a right fold
// may round by, from before's weight or from the number that before's program rounds to it. What
// the slopes may be wrong by is allowed besides.
CoefficientGap FindCoefficientGap(const Coefficients& before, const Coefficients& after);

}  // namespace foldproof::prove
