// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/prove/verdict/proof.h"
#include "harness/prove/verdict/prove_options.h"

namespace foldproof::prove {

// Whether what the two frontiers show lies in other places, or in another shape.
bool AreMoved(const Side& before, const Side& after, const MatchedSite& site, const PairPlan& pair);

// Draws the verdict of a pair of frontiers whose elements are known to lie in other places, or in
// another shape (docs/proof.md, "Places"): `differs` with cause moved-elements, where an input is
// found at which an output of the two programs, run by executors of our own, is further apart than
// the tolerance; else `unproved`. Equal step functions prove nothing here.
void JudgeMoved(const Side& before, const Side& after, const MatchedSite& site,
                const PairPlan& pair, TailVerdict& verdict);

}  // namespace foldproof::prove
