// SPDX-License-Identifier: BSD-3-Clause
//
// Where on a zonotope's boundary two functions that are linear between kinks are furthest apart.
#pragma once

#include <optional>
#include <span>

#include "harness/prove/joint/zonotope.h"

namespace foldproof::prove {

// A function of one number: y[i] at at[i], which ascend, and a straight line between two of them.
struct BrokenLine {
  std::span<const double> at;
  std::span<const double> y;
};

struct FurthestCorners {
  std::optional<SumPair> up;    // after(u') - before(u) is largest there
  std::optional<SumPair> down;  // smallest
};

// Of the corners, once around, the first at which float64 finds the largest difference, and the
// first of the smallest. The lines cover all that the sums are; nothing where no difference is a
// number.
FurthestCorners FindFurthestCorners(const Zonotope& sums, const BrokenLine& before,
                                    const BrokenLine& after);

}  // namespace foldproof::prove
