// SPDX-License-Identifier: BSD-3-Clause
//
// Two tails without quantizers that are linear between kinks: how far apart they can be, from their
// ideals and from what float32 may be off (docs/proof.md, "Pairs of sums").
#pragma once

#include "harness/prove/judge/joint_ideal.h"

namespace foldproof::prove {

// Whether the figures below bound such a pair: no quantizer stands in either tail, and the ideal
// candidates are complete.
bool AreLines(const SiteSide& before, const SiteSide& after, const IdealCandidates& candidates);

struct LineBound {
  double gap = 0;         // the largest difference of the two ideals, real units
  double apart = 0;       // how far the two float32 tails are from their ideals, together
  std::size_t worst = 0;  // the candidate that shows the gap
  double most() const { return gap + apart; }
};

// `points` are the ideals at the candidates, `sums` what a kernel's own sums are off. Infinite
// where a number may leave float32.
LineBound BoundLines(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                     std::size_t channel, const IdealPoints& points, const SumErrors& sums);

}  // namespace foldproof::prove
