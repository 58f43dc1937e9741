// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/prove/sites/pair_plan.h"
#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {

// Ideal registers of both sides at the same accumulators, row-major [register][point].
struct IdealPoints {
  std::size_t points = 0;
  std::vector<double> before;
  std::vector<double> after;
};

// A register of before's tail and the one of after's that it is compared with.
using RegisterPair = std::pair<std::uint32_t, std::uint32_t>;

// float32 roundings on the way to a folded constant: mean, eps, root, quotient, product, sum.
inline constexpr int kFoldRoundings = 6;

// What a right fold may cost in one channel (docs/proof.md, "Derived tolerance").
struct Tolerance {
  double lsb = 0;  // derived bound on the difference; not finite: there is none
  // What it may round the constant by that it puts into the bias: half a step of a quantized one,
  // kFoldRoundings of a float one. Seen at the frontier, real units.
  double constant = 0;
  double half_step = 0;  // the same of a quantized bias, 0 of a float one
};

// What the conv's two values are off besides rounding, real units; all 0 where both sides have one
// integer sum at one scale.
struct SumErrors {
  double before = 0;   // a kernel's own order of adding floats
  double after = 0;    // the same
  double weights = 0;  // what rounding the weights may cost a right fold, over all inputs
  bool bound = false;  // nothing between the conv and the frontier may be left out
};

// How far what PyTorch rounds int32 biases by may move the two frontiers apart, LSB: their figures
// are of b in eq. 7 (docs/numerics.md). 0 where float32 holds the codes, where both sides have the
// same, and where it is as little as what a kernel's float sums round of such a bias.
double RoundedBiasLsb(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                      std::size_t channel, const IdealPoints& ideal);
std::string ReasonRoundedBias(double lsb);

Tolerance DeriveTolerance(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                          std::size_t channel, const IdealPoints& ideal,
                          const SumErrors& sums = {});

}  // namespace foldproof::prove
