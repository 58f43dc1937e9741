// SPDX-License-Identifier: BSD-3-Clause
//
// What a Taylor model is at most, from its polynomial at evenly spread nodes, and the model of a
// function over a part of its cell.
#pragma once

#include <cstddef>

#include "harness/prove/constants/taylor_model.h"

namespace foldproof::prove {

// Nodes of [-1, 1] from the first to the last.
inline constexpr std::size_t kNodes = 33;
inline constexpr double kNodeStep = 2.0 / (kNodes - 1);
inline double NodeAt(std::size_t node) { return -1 + kNodeStep * static_cast<double>(node); }

// Where |polynomial| is largest among the nodes, and how large it is there.
struct LargestNode {
  std::size_t node = 0;
  double size = -1;
};
LargestNode FindLargestNode(const TaylorModel& model);

// How far |f| can be above its polynomial at the larger of two neighbouring nodes between them:
// max |p''| step^2 / 8, the remainder, and the rounding of At.
double RiseBetweenNodes(const TaylorModel& model);

// f(shift + factor * t) for t in [-1, 1]. |shift| + |factor| <= 1, so that f's model holds there.
TaylorModel Recentred(const TaylorModel& f, double shift, double factor);

// How far f(a * t + b * w) can be from the straight line between its values at w = -1 and w = 1,
// for t and w in [-1, 1] where |a| + |b| <= 1: b^2 max |p''| / 2. The remainder of f is not in it.
double BendAcross(const TaylorModel& f, double b);

}  // namespace foldproof::prove
