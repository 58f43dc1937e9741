// SPDX-License-Identifier: BSD-3-Clause
//
// Two tails without quantizers: how far apart they can be, from their ideals and from what float32
// may be off (docs/proof.md, "Pairs of sums").
#pragma once

#include <functional>
#include <limits>
#include <vector>

#include "harness/prove/judge/joint_ideal.h"
#include "harness/prove/verdict/channel_verdict.h"

namespace foldproof::prove {

// Whether the figures below bound such a pair.
bool HaveNoQuantizer(const SiteSide& before, const SiteSide& after);

struct IdealBound {
  double gap = std::numeric_limits<double>::infinity();  // of the two ideals at most, real units
  double apart = 0;  // how far the two float32 tails are from their ideals, together
  JointPoint worst;  // which shows the gap, or as much of it as was found
  double most() const { return gap + apart; }
};

// One side of a pair of frontiers. A kernel's own sum is within `sum_error` of the exact one, real
// units.
struct BoundedSide {
  const SiteSide& side;
  IdealEnd end;
  double sum_error = 0;
};

// Of ideals that are linear between kinks, `points` at all candidates. Infinite where a number may
// leave float32.
IdealBound BoundLines(const BoundedSide& before, const BoundedSide& after,
                      const IdealCandidates& candidates, const IdealPoints& points);

// Of others, over all sums of the ranges: `apart` alone, since a gap of curves is searched for.
// Infinite as above, and where an operator has no model.
IdealBound BoundCurves(const BoundedSide& before, const BoundedSide& after,
                       IntegerRange before_range, IntegerRange after_range);

// `bound.most()` is what the two differ by at most; at least what the ideals differ by at an input
// next to `bound.worst`, less `bound.apart`. `gap_at` is the ideals' difference.
void TellBound(const IdealBound& bound, const std::vector<ClassZonotope>& zonotopes,
               const PairPlan& pair, IntegerRange before_range,
               const std::function<double(SumPair)>& gap_at, ChannelVerdict& verdict);

}  // namespace foldproof::prove
