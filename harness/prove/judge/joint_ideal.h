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

// Points (u, u') of the zonotopes among which a difference of two functions that are linear between
// their kinks is largest: corners, kink lines' crossings with the boundary and with each other. Of
// the corners only those that may matter: where a sum is at an end, and where two registers that
// are compared are furthest apart.
struct IdealCandidates {
  std::vector<double> before;
  std::vector<double> after;
  std::vector<std::size_t> zonotope;  // which one the point belongs to
  bool complete = true;               // false: one of the tails is not linear between kinks
};

// A register of before's tail and the one of after's that it is compared with.
using RegisterPair = std::pair<std::uint32_t, std::uint32_t>;

IdealCandidates FindIdealCandidates(const std::vector<ClassZonotope>& zonotopes,
                                    const IdealEnd& before, const IdealEnd& after,
                                    const std::vector<RegisterPair>& compared);

// The largest difference at the candidates, which `points` holds evaluated. `worst` is its index.
struct JointIdealGap {
  IdealGap gap;
  std::size_t worst = 0;
  bool is_before_finite = true;
};
JointIdealGap FindJointIdealGap(const IdealPoints& points, const IdealEnd& before,
                                const IdealEnd& after);

}  // namespace foldproof::prove
