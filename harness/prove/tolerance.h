// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "harness/prove/pair_plan.h"
#include "harness/prove/tail_evaluator.h"

namespace foldproof::prove {

// Ideal registers of both sides at the same accumulators, row-major [register][point].
struct IdealPoints {
  std::size_t points = 0;
  std::vector<double> before;
  std::vector<double> after;
};

// What a right fold may cost in one channel (docs/proof.md, "Derived tolerance").
struct Tolerance {
  double lsb = 0;  // derived bound on the difference; not finite: there is none
  double half_step =
      0;  // half a step of the after-program's bias, seen at the frontier, real units
};

Tolerance DeriveTolerance(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                          std::size_t channel, const IdealPoints& ideal);

}  // namespace foldproof::prove
