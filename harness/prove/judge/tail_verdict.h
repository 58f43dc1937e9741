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

}  // namespace foldproof::prove
