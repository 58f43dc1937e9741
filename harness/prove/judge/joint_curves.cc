// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/joint_curves.h"

#include <algorithm>
#include <cmath>

#include "harness/prove/constants/model_nodes.h"
#include "src/base/infinity.h"

namespace foldproof::prove {
namespace {

constexpr std::size_t kSeeds = 32;  // points along a zonotope that are looked at first
// What float64 rounds of a boundary's height, of the largest number on the way: some tens of
// roundings.
constexpr double kPlaceRounding = 0x1p-46;

double SizeOf(IntegerRange range) {
  return std::max(std::abs(static_cast<double>(range.low)),
                  std::abs(static_cast<double>(range.high)));
}
double WidthOf(IntegerRange range) {
  return static_cast<double>(range.high) - static_cast<double>(range.low);
}

}  // namespace

double JointCurveSearch::At(const Cell& cell, double u, double part) const {
  const Zonotope& sums = SumsOf(cell);
  return (1 - part) * sums.BoundaryAt(u, false) + part * sums.BoundaryAt(u, true);
}

// Less a line, the lower boundary is convex and the upper one concave: each is highest, or lowest,
// at an end or at a corner that is known. A mixture of the two lies between their mixed extremes.
JointCurveSearch::Band JointCurveSearch::BandOf(const Cell& cell) const {
  const Zonotope& sums = SumsOf(cell);
  const double width = cell.to - cell.from, middle = (cell.lower + cell.upper) / 2;
  const double slope =
      width > 0 ? (At(cell, cell.to, middle) - At(cell, cell.from, middle)) / width : 0;
  const double rise = slope * width;
  const double lowest = sums.LowestBeside(cell.from, cell.to, slope);
  const double highest = sums.HighestBeside(cell.from, cell.to, slope);
  const double lower_top =
      std::max(sums.BoundaryAt(cell.from, false), sums.BoundaryAt(cell.to, false) - rise);
  const double upper_bottom =
      std::min(sums.BoundaryAt(cell.from, true), sums.BoundaryAt(cell.to, true) - rise);
  const double least = (1 - cell.lower) * lowest + cell.lower * upper_bottom;
  const double most = (1 - cell.upper) * lower_top + cell.upper * highest;
  const double rounding = kPlaceRounding * (SizeOf(sums.after()) + std::abs(rise));
  return {slope, (least + most + rise) / 2, std::max(most - least, 0.0) / 2 + rounding};
}

void JointCurveSearch::LookAt(const std::vector<double>& before, const std::vector<double>& after,
                              std::size_t zonotope) {
  scratch_.points = before.size();
  before_.tail.Evaluate(before, before_.frontier.path, scratch_.before);
  after_.tail.Evaluate(after, after_.frontier.path, scratch_.after);
  for (std::size_t i = 0; i < before.size(); ++i) {
    found_.See(scratch_.before[before_.frontier.reg * before.size() + i],
               scratch_.after[after_.frontier.reg * before.size() + i],
               {before[i], after[i], zonotope});
  }
}

void JointCurveSearch::LookAround(std::size_t zonotope) {
  const Zonotope& sums = zonotopes_[zonotope].sums;
  std::vector<double> before, after;
  for (const SumPair& corner : sums.ExtremeCorners()) {
    before.push_back(static_cast<double>(corner.before));
    after.push_back(static_cast<double>(corner.after));
  }
  for (std::size_t i = 0; i <= kSeeds; ++i) {
    const double u = static_cast<double>(sums.before().low) +
                     WidthOf(sums.before()) * (static_cast<double>(i) / kSeeds);
    for (const bool upper : {false, true}) {
      before.push_back(u);
      after.push_back(sums.BoundaryAt(u, upper));
    }
  }
  LookAt(before, after, zonotope);
}

// With t and w from -1 to 1, u = middle + radius t and u' = centre + slope radius t + half w. Along
// both edges w = -1 and w = 1 the difference is a model of t; between them it is off the straight
// line by what after's ideal bends.
double JointCurveSearch::BoundOf(const Cell& cell) {
  const double middle = (cell.from + cell.to) / 2, radius = (cell.to - cell.from) / 2;
  const Band band = BandOf(cell);
  const double along = band.slope * radius;
  const double reach = (std::abs(along) + band.half) * (1 + 0x1p-48);
  const bool are_models =
      before_.tail.Model(middle, radius, before_.frontier.path, before_models_) &&
      after_.tail.Model(band.centre, reach, after_.frontier.path, after_models_);
  if (!are_models) return kInfinity;
  const TaylorModel& b = before_models_[before_.frontier.reg];
  const TaylorModel& a = after_models_[after_.frontier.reg];
  const double unit = reach > 0 ? 1 / reach : 0;
  double worst = 0;
  std::vector<double> before, after;
  for (const double side : {-1.0, 1.0}) {
    const TaylorModel apart = Recentred(a, side * band.half * unit, along * unit) - b;
    const LargestNode largest = FindLargestNode(apart);
    const double most = std::min(apart.Size() + apart.rest, largest.size + RiseBetweenNodes(apart));
    if (!(most >= 0)) return kInfinity;  // NaN is larger than nothing
    worst = std::max(worst, most);
    before.push_back(std::clamp(middle + radius * NodeAt(largest.node), cell.from, cell.to));
    after.push_back(At(cell, before.back(), side < 0 ? cell.lower : cell.upper));
  }
  LookAt(before, after, cell.zonotope);
  return worst + BendAcross(a, band.half * unit);
}

void JointCurveSearch::Add(Cell cell) {
  cell.bound = std::min(cell.bound, BoundOf(cell));
  cells_.push(cell);
}

// Whether it is longer across than along, in units of u'.
bool JointCurveSearch::IsUpright(const Cell& cell) const {
  const Zonotope& sums = SumsOf(cell);
  const double u = (cell.from + cell.to) / 2;
  const double across = At(cell, u, cell.upper) - At(cell, u, cell.lower);
  const double rise = std::abs(At(cell, cell.to, 0.5) - At(cell, cell.from, 0.5));
  const double whole = WidthOf(sums.before());
  const double part = whole > 0 ? (cell.to - cell.from) / whole * WidthOf(sums.after()) : 0;
  return across >= std::max(rise, part);
}

void JointCurveSearch::DivideWorst() {
  const Cell cell = cells_.top();
  cells_.pop();
  Cell first = cell, second = cell;
  if (IsUpright(cell))
    first.upper = second.lower = (cell.lower + cell.upper) / 2;
  else
    first.to = second.from = (cell.from + cell.to) / 2;
  Add(first);
  Add(second);
}

bool JointCurveSearch::Run(double resolution, std::size_t most) {
  for (std::size_t z = 0; cells_.size() < zonotopes_.size(); ++z) {
    LookAround(z);
    const IntegerRange u = zonotopes_[z].sums.before();
    Add({static_cast<double>(u.low), static_cast<double>(u.high), 0, 1, z, kInfinity});
  }
  const IdealGap& gap = found_.gap;
  const auto enough = [&] { return gap.gap + std::max(resolution, gap.gap * 0x1p-10); };
  // Each division has bounded two cells in the place of one.
  for (; 2 * cells_.size() - zonotopes_.size() < most; DivideWorst()) {
    if (!std::isfinite(gap.gap) || cells_.top().bound <= enough()) break;
  }
  if (!std::isfinite(gap.gap)) return true;
  // A bound far above what was found would let any constant pass: then nothing is known.
  const double left = std::max(cells_.top().bound - gap.gap, 0.0);
  if (!(left <= std::max(resolution, gap.gap / 32))) return false;
  left_ = left;
  return true;
}

}  // namespace foldproof::prove
