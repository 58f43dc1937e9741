// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal/ideal_gap.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace foldproof::prove {
namespace {

constexpr std::size_t kBlock = 4096;

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
      gap_.gap = std::numeric_limits<double>::infinity();
      gap_.accumulator = static_cast<std::int64_t>(points[i]);
      is_before_finite_ = std::isfinite(b);
      return false;
    }
    // Every operation of either side is within half a float64 step: a few dozen at most.
    gap_.error = std::max(gap_.error, 64 * 0x1p-53 * std::max(std::abs(a), std::abs(b)));
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

void IdealGapSearch::LookEverywhere() {
  std::vector<double> points;
  for (const auto& [from, to] : defined_) {
    for (std::int64_t a = from; a <= to;) {
      points.clear();
      for (; a <= to && points.size() < kBlock; ++a) points.push_back(static_cast<double>(a));
      if (!LookAt(points)) return;
    }
  }
}

}  // namespace foldproof::prove
