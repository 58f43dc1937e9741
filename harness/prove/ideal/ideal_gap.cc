// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal/ideal_gap.h"

#include <algorithm>
#include <cmath>

#include "harness/prove/constants/model_nodes.h"
#include "src/base/infinity.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kLeastCell = 256;  // a cell of as many is looked at number by number

}  // namespace

void IdealGapSearch::Evaluate(const std::vector<double>& points) {
  scratch_.points = points.size();
  before_.tail.Evaluate(points, before_.frontier.path, scratch_.before);
  after_.tail.Evaluate(points, after_.frontier.path, scratch_.after);
}

// false where one of the differences is infinite or NaN.
bool IdealGapSearch::LookAt(const std::vector<double>& points) {
  Evaluate(points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double b = At(before_, scratch_.before, i);
    const double a = At(after_, scratch_.after, i);
    const double apart = std::abs(a - b);
    if (!std::isfinite(apart)) {
      gap_.gap = kInfinity;
      gap_.accumulator = static_cast<std::int64_t>(points[i]);
      is_before_finite_ = std::isfinite(b);
      return false;
    }
    gap_.error = std::max(gap_.error, kIdealRounding * std::max(std::abs(a), std::abs(b)));
    if (apart > gap_.gap) {
      gap_.gap = apart;
      gap_.accumulator = static_cast<std::int64_t>(points[i]);
    }
  }
  return true;
}

// The ends of the defined runs and the integers on either side of each kink, and `around` more
// there, from low to high: each two that follow one another in a run are ends of a line, or of a
// parabola, or next to one another.
std::vector<double> IdealGapSearch::EndsOfPieces(std::vector<double> kinks, double around) const {
  std::ranges::sort(kinks);
  std::vector<double> points;
  for (const auto& [from, to] : defined_) {
    const auto low = static_cast<double>(from);
    const auto high = static_cast<double>(to);
    const auto add = [&](double first, double last) {
      for (double a = std::max(first, low); a <= std::min(last, high); ++a) points.push_back(a);
    };
    add(low, low + around);
    add(high - around, high);
    auto kink = std::ranges::lower_bound(kinks, low - around - 1);
    for (; kink != kinks.end() && *kink <= high + around + 1; ++kink) {
      add(std::floor(*kink) - around, std::ceil(*kink) + around);
    }
  }
  std::ranges::sort(points);
  points.erase(std::ranges::unique(points).begin(), points.end());
  return points;
}

bool IdealGapSearch::IsInOneRun(double low, double high) const {
  const auto behind = std::ranges::upper_bound(
      defined_, low, {}, [](const auto& run) { return static_cast<double>(run.first); });
  return behind != defined_.begin() && high <= static_cast<double>(std::prev(behind)->second);
}

// True where no register comes near an overflow, which might then happen between the points too.
bool IdealGapSearch::IsSmall(const IdealEnd& end, const std::vector<double>& registers) const {
  return std::ranges::all_of(end.frontier.path, [&](std::uint32_t index) {
    const auto* first = registers.data() + (index + 1) * scratch_.points;
    return std::all_of(first, first + scratch_.points,
                       [](double x) { return std::abs(x) < 1e300; });
  });
}

// The ends, and the defined integers at which the difference of the two tails, a parabola from one
// end to the next, is largest between them: on either side of the vertex of the parabola through
// its values at both ends and in the middle. nullopt where numbers are large.
std::optional<std::vector<double>> IdealGapSearch::TopsOfParabolas(std::vector<double> ends) {
  const std::size_t n = ends.size();
  std::vector<double> points = ends;
  std::vector<std::size_t> pieces;  // those that have integers between their ends, by the first
  for (std::size_t i = 0; i + 1 < n; ++i) {
    if (ends[i + 1] - ends[i] <= 1 || !IsInOneRun(ends[i], ends[i + 1])) continue;
    pieces.push_back(i);
    points.push_back((ends[i] + ends[i + 1]) / 2);
  }
  Evaluate(points);
  if (!IsSmall(before_, scratch_.before) || !IsSmall(after_, scratch_.after)) return std::nullopt;
  const auto difference = [&](std::size_t i) {
    return At(after_, scratch_.after, i) - At(before_, scratch_.before, i);
  };
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    const std::size_t i = pieces[p];
    // d(t) = d(0) + slope t + bend t^2 for t from 0 to 1.
    const double first = difference(i), middle = difference(n + p), last = difference(i + 1);
    const double bend = 2 * (first - 2 * middle + last);
    const double slope = 4 * middle - 3 * first - last;
    const double vertex = points[i] - (points[i + 1] - points[i]) * slope / (2 * bend);
    for (const double a : {std::floor(vertex), std::ceil(vertex)}) {
      if (a > points[i] && a < points[i + 1]) ends.push_back(a);
    }
  }
  return ends;
}

bool IdealGapSearch::LookAtKinks(IdealShape shape, const std::vector<double>& kinks) {
  if (shape == IdealShape::kOther) return false;
  std::vector<double> points = EndsOfPieces(kinks, shape == IdealShape::kSteps ? 1 : 0);
  if (shape != IdealShape::kLines) {
    auto tops = TopsOfParabolas(std::move(points));
    if (!tops) return false;
    points = std::move(*tops);
  }
  LookAt(points);
  // A parabola through three points with an error each is off by at most 1.25 of it between them,
  // so its top and the true one are within 2.5.
  if (shape != IdealShape::kLines) gap_.error *= 4;
  return true;
}

// after minus before over the cell; nullopt where a side has no model.
std::optional<TaylorModel> IdealGapSearch::DifferenceOver(const Cell& cell) {
  const auto model = [&](const IdealEnd& end, std::vector<TaylorModel>& registers) {
    return end.tail.Model(cell.Center(), cell.Radius(), end.frontier.path, registers);
  };
  if (!model(before_, before_models_) || !model(after_, after_models_)) return std::nullopt;
  return after_models_[after_.frontier.reg] - before_models_[before_.frontier.reg];
}

// Looks at the integers next to node `node` of the cell, where |apart| is largest among the nodes,
// and to the top of the parabola through it and its neighbours. false as LookAt.
bool IdealGapSearch::LookAtTop(const Cell& cell, const TaylorModel& apart, std::size_t node) {
  const double at = NodeAt(node);
  std::vector<double> points;
  const auto add = [&](double t) {
    const double x = cell.Center() + cell.Radius() * t;
    for (const double a : {std::floor(x), std::ceil(x)}) {
      if (a >= static_cast<double>(cell.from) && a <= static_cast<double>(cell.to)) {
        points.push_back(a);
      }
    }
  };
  add(at);
  const double left = apart.At(at - kNodeStep), middle = apart.At(at),
               right = apart.At(at + kNodeStep);
  const double bend = left - 2 * middle + right;
  if (bend != 0) add(at + std::clamp((left - right) / (2 * bend), -1.0, 1.0) * kNodeStep);
  return LookAt(points);
}

bool IdealGapSearch::LookOverCells(double resolution, std::int64_t most) {
  if (!std::isfinite(resolution)) resolution = 0;
  std::vector<Cell> cells;  // the lowest is the last
  for (const auto& [from, to] : defined_) cells.push_back({from, to});
  std::ranges::reverse(cells);
  const auto enough = [&] { return gap_.gap + std::max(resolution, gap_.gap * 0x1p-10); };
  double bound = 0;  // of all cells that were left
  std::vector<double> points;
  for (const Cell& cell : cells) {
    points.push_back(static_cast<double>(cell.from));
    points.push_back(static_cast<double>(cell.to));
  }
  if (!LookAt(points)) return true;
  while (!cells.empty()) {
    const Cell cell = cells.back();
    cells.pop_back();
    const std::int64_t count = cell.to - cell.from + 1;
    most -= std::min(count, kLeastCell);
    if (most < 0) return false;
    if (count <= kLeastCell) {
      points.clear();
      for (std::int64_t a = cell.from; a <= cell.to; ++a) points.push_back(static_cast<double>(a));
      if (!LookAt(points)) return true;
      continue;
    }
    const auto apart = DifferenceOver(cell);
    double top = kInfinity;
    if (apart) {
      top = apart->Size() + apart->rest;
      if (top > enough() && apart->rest <= enough() - gap_.gap) {
        const LargestNode largest = FindLargestNode(*apart);
        top = std::min(top, largest.size + RiseBetweenNodes(*apart));
        if (top > enough() && !LookAtTop(cell, *apart, largest.node)) return true;
      }
    }
    if (top <= enough()) {
      bound = std::max(bound, top);
      const TaylorModel& b = before_models_[before_.frontier.reg];
      gap_.error = std::max(gap_.error, kIdealRounding * (b.Size() + b.rest + top));
      continue;
    }
    const std::int64_t middle = cell.from + count / 2;
    cells.push_back({middle, cell.to});
    cells.push_back({cell.from, middle - 1});
  }
  gap_.error += std::max(0.0, bound - gap_.gap);
  return true;
}

}  // namespace foldproof::prove
