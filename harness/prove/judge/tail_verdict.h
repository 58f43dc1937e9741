// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/prove/judge/site_reach.h"
#include "harness/prove/verdict/proof.h"
#include "harness/prove/verdict/prove_options.h"

namespace foldproof::prove {

// Draws the verdict of one pair of frontiers from its channels, `verdict.channels`, and looks for
// an input where it differs: sets verdict, reason, tolerance and witness (docs/proof.md,
// "Verdicts").
void DrawTailVerdict(const Side& before, const MatchedSite& site, const PairPlan& pair,
                     const ProveOptions& options, const SiteReach& reach, TailVerdict& verdict);

// Whether a tail is unproved because what rounding alone may cost is above a quarter of its
// quantizer's codes. A right fold can move it by as much.
bool HasVacuousTolerance(const Verification& verification);

}  // namespace foldproof::prove
