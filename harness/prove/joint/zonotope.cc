// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/zonotope.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kMostWeight = std::int64_t{1} << 30;
constexpr std::int64_t kMostSum = std::int64_t{1} << 60;

// The smallest integer that is not below n / d, d > 0.
std::int64_t CeilingOf(Wide n, std::int64_t d) {
  constexpr Wide kSmall = Wide{1} << 62;
  if (n < kSmall && n > -kSmall) {
    const auto small = static_cast<std::int64_t>(n);
    const std::int64_t quotient = small / d;
    return quotient + (small % d > 0);
  }
  const Wide quotient = n / d;
  return static_cast<std::int64_t>(quotient) + (n % d > 0);
}

}  // namespace

Zonotope::Zonotope(std::span<const std::int32_t> before, std::span<const std::int32_t> after,
                   TapRange x)
    : x_(x), taps_(before.size()) {
  FP_CHECK(before.size() == after.size() && x.low <= x.high);
  const std::int64_t largest = std::max(std::abs(x.low), std::abs(x.high));
  FP_CHECK(largest <= (std::int64_t{1} << 20));
  const std::int64_t width = x.high - x.low;
  generators_.reserve(taps_);
  SumPair start{0, 0};  // where the lower boundary begins, on the left
  Wide size_before = 0;
  Wide size_after = 0;
  for (std::uint32_t t = 0; t < taps_; ++t) {
    const std::int64_t a = before[t];
    const std::int64_t b = after[t];
    FP_CHECK(std::abs(a) <= kMostWeight && std::abs(b) <= kMostWeight);
    size_before += Wide{std::abs(a)} * largest;
    size_after += Wide{std::abs(b)} * largest;
    const bool from_high = a < 0 || (a == 0 && b < 0);
    const std::int64_t at = from_high ? x.high : x.low;
    const std::int64_t sign = from_high ? -1 : 1;
    FP_CHECK(size_before <= kMostSum && size_after <= kMostSum);
    start.before += a * at;
    start.after += b * at;
    centre_.before += a * (x.low + x.high);
    centre_.after += b * (x.low + x.high);
    after_.low += std::min(b * x.low, b * x.high);
    after_.high += std::max(b * x.low, b * x.high);
    (a == 0 ? upright_ : generators_).push_back({sign * a, sign * b, t, from_high});
  }
  // Products stay below 2^60: exact.
  std::ranges::sort(generators_, [](const Generator& p, const Generator& q) {
    const std::int64_t left = p.after * q.before;
    const std::int64_t right = q.after * p.before;
    return left != right ? left < right : p.tap < q.tap;
  });
  points_.reserve(generators_.size() + 1);
  points_.push_back(start);
  for (const Generator& g : generators_) {
    const SumPair& last = points_.back();
    points_.push_back({last.before + g.before * width, last.after + g.after * width});
    if (points_.back().after < points_[lowest_].after) lowest_ = points_.size() - 1;
  }
}

// The last segment that begins at or before u.
std::size_t Zonotope::SegmentAt(std::int64_t u) const {
  const auto behind = std::upper_bound(
      points_.begin(), points_.end(), u,
      [](std::int64_t value, const SumPair& point) { return value < point.before; });
  const auto at = static_cast<std::size_t>(behind - points_.begin());
  return std::min(at == 0 ? 0 : at - 1, generators_.empty() ? 0 : generators_.size() - 1);
}

// The smallest integer at or above the lower boundary.
std::int64_t Zonotope::LowerAt(std::int64_t u) const {
  if (generators_.empty()) return points_.front().after;
  const std::size_t s = SegmentAt(u);
  const Generator& g = generators_[s];
  return points_[s].after + CeilingOf(Wide{u - points_[s].before} * g.after, g.before);
}

std::int64_t Zonotope::ExtremeIn(std::int64_t low, std::int64_t high, bool upper) const {
  const std::int64_t lowest = points_[lowest_].before;
  return std::clamp(upper ? Reflected(lowest) : lowest, low, high);
}

// Both boundaries are convex: over an interval each is furthest out at its own extreme, moved into
// the interval. The extreme is a corner, so it is an integer, and integers u' lie at or above the
// lower boundary's next integer.
IntegerRange Zonotope::AfterAbove(std::int64_t low, std::int64_t high) const {
  const IntegerRange all = before();
  low = std::max(low, all.low);
  high = std::min(high, all.high);
  FP_CHECK(low <= high);
  const std::int64_t bottom = LowerAt(ExtremeIn(low, high, false));
  const std::int64_t top = centre_.after - LowerAt(Reflected(ExtremeIn(low, high, true)));
  return {bottom, top};
}

BoundaryInput Zonotope::InputAt(std::size_t segment, std::int64_t steps, bool upper) const {
  SumPair sums = points_[segment];
  if (segment < generators_.size()) {
    sums.before += generators_[segment].before * steps;
    sums.after += generators_[segment].after * steps;
  }
  if (upper) sums = {centre_.before - sums.before, centre_.after - sums.after};
  return {sums, segment, steps, upper};
}

std::vector<std::int64_t> Zonotope::TapsOf(const BoundaryInput& input) const {
  std::vector<std::int64_t> x(taps_, 0);
  const std::int64_t width = x_.high - x_.low;
  const auto put = [&](const Generator& g, std::int64_t moved) {
    const std::int64_t at = g.from_high ? x_.high - moved : x_.low + moved;
    x[g.tap] = input.upper ? x_.low + x_.high - at : at;
  };
  for (const Generator& g : upright_) put(g, 0);
  for (std::size_t i = 0; i < generators_.size(); ++i) {
    put(generators_[i], i < input.segment ? width : i == input.segment ? input.steps : 0);
  }
  return x;
}

std::vector<BoundaryInput> Zonotope::InputsNear(std::int64_t u, bool upper) const {
  if (generators_.empty()) return {InputAt(0, 0, upper)};
  const IntegerRange all = before();
  const std::int64_t at = std::clamp(upper ? Reflected(u) : u, all.low, all.high);
  const std::size_t s = SegmentAt(at);
  const std::int64_t moved = at - points_[s].before;
  const std::int64_t steps = moved / generators_[s].before;
  std::vector<BoundaryInput> out{InputAt(s, steps, upper)};
  if (moved % generators_[s].before != 0) out.push_back(InputAt(s, steps + 1, upper));
  return out;
}

std::vector<SumPair> Zonotope::Corners() const {
  std::vector<SumPair> out = points_;
  for (const SumPair& p : points_) {
    out.push_back({centre_.before - p.before, centre_.after - p.after});
  }
  return out;
}

double Zonotope::BoundaryAt(double u, bool upper) const {
  const auto first = static_cast<double>(points_.front().before);
  const auto last = static_cast<double>(points_.back().before);
  const auto centre_before = static_cast<double>(centre_.before);
  const double at = std::clamp(upper ? centre_before - u : u, first, last);
  double lower = static_cast<double>(points_.front().after);
  if (!generators_.empty()) {
    const std::size_t s = SegmentAt(static_cast<std::int64_t>(std::floor(at)));
    const Generator& g = generators_[s];
    lower = static_cast<double>(points_[s].after) + (at - static_cast<double>(points_[s].before)) *
                                                        static_cast<double>(g.after) /
                                                        static_cast<double>(g.before);
  }
  return upper ? static_cast<double>(centre_.after) - lower : lower;
}

}  // namespace foldproof::prove
