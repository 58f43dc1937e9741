// SPDX-License-Identifier: BSD-3-Clause
//
// The ideal tails of a pair of sums: where they can be furthest apart, and by how much
// (docs/proof.md, "Pairs of sums").
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "harness/prove/ideal/ideal_gap.h"
#include "harness/prove/joint/zonotope.h"

namespace foldproof::prove {

// The zonotope of one position class.
struct ClassZonotope {
  Zonotope sums;
  std::size_t tap_class = 0;
  bool occurs = true;  // Occurs() of the class: else the bound covers it, and no input is built
};

// What float64 rounds of the ideals of a pair of sums: 64 steps as of one sum, and the 2^-30 to
// which the weights of float sums are held.
inline constexpr double kJointRounding = 0x1p-46;

// A point of the zonotopes.
struct JointPoint {
  double before = 0;
  double after = 0;
  std::size_t zonotope = 0;
};

// Points (u, u') of the zonotopes among which a difference of two functions that are linear between
// their kinks is largest: corners, kink lines' crossings with the boundary and with each other. Of
// the corners only those that may matter: where a sum is at an end, and where two registers that
// are compared are furthest apart.
struct IdealCandidates {
  std::vector<double> before;
  std::vector<double> after;
  std::vector<std::size_t> zonotope;  // which one the point belongs to
  bool complete = true;               // false: one of the tails is not linear between kinks

  JointPoint At(std::size_t i) const { return {before[i], after[i], zonotope[i]}; }
};

IdealCandidates FindIdealCandidates(const std::vector<ClassZonotope>& zonotopes,
                                    const IdealEnd& before, const IdealEnd& after,
                                    const std::vector<RegisterPair>& compared);

// The largest difference of two ideals that was seen.
struct JointIdealGap {
  IdealGap gap;
  JointPoint worst;
  bool is_before_finite = true;  // false: the gap is infinite, and before's ideal is what is

  // The ideals are `before` and `after` at `at`.
  void See(double before, double after, const JointPoint& at);
};

// At the candidates, which `points` holds evaluated.
JointIdealGap FindJointIdealGap(const IdealCandidates& candidates, const IdealPoints& points,
                                const IdealEnd& before, const IdealEnd& after);

}  // namespace foldproof::prove
