// SPDX-License-Identifier: BSD-3-Clause
//
// The ideal tails of a pair of sums: where they can be furthest apart, and by how much
// (docs/proof.md, "Pairs of sums").
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/prove/ideal/ideal_gap.h"
#include "harness/prove/joint/zonotope.h"

namespace foldproof::prove {

// The two zonotopes of one position class: (u, u'), and with the sides exchanged.
struct ZonotopePair {
  Zonotope sums;
  Zonotope exchanged;
  std::size_t tap_class = 0;
  bool occurs = true;  // Occurs() of the class: else the bound covers it, and no input is built
};

// Points (u, u') of the zonotopes among which a difference of two functions that are linear between
// their kinks is largest: corners, kink lines' crossings with the boundary and with each other.
struct IdealCandidates {
  std::vector<double> before;
  std::vector<double> after;
  std::vector<std::size_t> zonotope;  // which one the point belongs to
  bool complete = true;               // false: one of the tails is not linear between kinks
};

IdealCandidates FindIdealCandidates(const std::vector<ZonotopePair>& zonotopes,
                                    const IdealEnd& before, const IdealEnd& after);

// The largest difference at the candidates, which `points` holds evaluated. `worst` is its index.
struct JointIdealGap {
  IdealGap gap;
  std::size_t worst = 0;
  bool is_before_finite = true;
};
JointIdealGap FindJointIdealGap(const IdealPoints& points, const IdealEnd& before,
                                const IdealEnd& after);

}  // namespace foldproof::prove
