// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/zonotope.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kMostWeight = std::int64_t{1} << 30;
constexpr std::int64_t kMostEdgeSum = std::int64_t{1} << 60;

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

// Each weight and the sums of all of them, so that no integer below overflows.
void CheckSize(std::span<const std::int32_t> weights, std::int64_t largest) {
  std::int64_t size = 0;
  std::int64_t most = 0;
  for (const std::int32_t w : weights) {
    most = std::max(most, std::abs(std::int64_t{w}));
    size += std::abs(std::int64_t{w});
  }
  FP_CHECK(most <= kMostWeight && Wide{size} * largest <= kMostEdgeSum);
}

// Of a float32 number, an unsigned one in the same order.
std::uint32_t Ordered(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

}  // namespace

// By after / before ascending, and by tap where that is equal. Two fractions of numbers below 2^11
// are equal or apart by 2^-22 of themselves, so their float32 quotients, each off by 2^-24 at most,
// stand in the same order: a radix sort of these, which keeps the order of equal ones. Of larger
// numbers products are compared, which stay below 2^60.
void Zonotope::SortBySlope() {
  constexpr std::int64_t kSmall = 1 << 11;
  const bool small = std::ranges::all_of(generators_, [](const Generator& g) {
    return g.before < kSmall && std::abs(g.after) < kSmall;
  });
  if (!small) {
    std::ranges::sort(generators_, [](const Generator& p, const Generator& q) {
      const std::int64_t left = p.after * q.before;
      const std::int64_t right = q.after * p.before;
      return left != right ? left < right : p.tap < q.tap;
    });
    return;
  }
  constexpr std::uint32_t kBuckets = 1 << 11;
  struct Keyed {
    std::uint32_t key, index;
  };
  std::vector<Keyed> keys(generators_.size()), other(generators_.size());
  std::array<std::array<std::uint32_t, kBuckets>, 3> from{};
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    const Generator& g = generators_[i];
    const std::uint32_t key = Ordered(static_cast<float>(g.after) / static_cast<float>(g.before));
    keys[i] = {key, i};
    for (std::uint32_t pass = 0; pass < 3; ++pass)
      ++from[pass][key >> (11 * pass) & (kBuckets - 1)];
  }
  for (std::uint32_t pass = 0; pass < 3; ++pass) {
    std::uint32_t sum = 0;
    for (std::uint32_t& count : from[pass]) sum += std::exchange(count, sum);
    for (const Keyed& k : keys) other[from[pass][k.key >> (11 * pass) & (kBuckets - 1)]++] = k;
    keys.swap(other);
  }
  std::vector<Generator> sorted;
  sorted.reserve(taps_);
  for (const Keyed& k : keys) sorted.push_back(generators_[k.index]);
  generators_ = std::move(sorted);
}

Zonotope::Zonotope(std::span<const std::int32_t> before, std::span<const std::int32_t> after,
                   TapRange x)
    : x_(x), taps_(before.size()) {
  FP_CHECK(before.size() == after.size() && x.low <= x.high);
  const std::int64_t largest = std::max(std::abs(x.low), std::abs(x.high));
  FP_CHECK(largest <= (std::int64_t{1} << 20));
  const std::int64_t width = x.high - x.low;
  generators_.reserve(taps_);
  SumPair start{0, 0};  // where the lower boundary begins, on the left
  FP_CHECK(taps_ <= std::size_t{1} << 32);
  CheckSize(before, largest);
  CheckSize(after, largest);
  for (std::uint32_t t = 0; t < taps_; ++t) {
    const std::int64_t a = before[t];
    const std::int64_t b = after[t];
    const bool from_high = a < 0 || (a == 0 && b < 0);
    const std::int64_t at = from_high ? x.high : x.low;
    const std::int64_t sign = from_high ? -1 : 1;
    start.before += a * at;
    start.after += b * at;
    centre_.before += a * (x.low + x.high);
    centre_.after += b * (x.low + x.high);
    after_.low += std::min(b * x.low, b * x.high);
    after_.high += std::max(b * x.low, b * x.high);
    (a == 0 ? upright_ : generators_).push_back({sign * a, sign * b, t, from_high});
  }
  SortBySlope();
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

// The left boundary goes down the lower chain to its lowest corner and up the upper one, which is
// the reflection of the lower one's rise; upright generators lie between the two.
double Zonotope::LeftAt(double u_after) const {
  const double y =
      std::clamp(u_after, static_cast<double>(after_.low), static_cast<double>(after_.high));
  const auto of = [&](std::size_t s, double height) {
    const SumPair& p = points_[s];
    const Generator& g = generators_[s];
    return static_cast<double>(p.before) + (height - static_cast<double>(p.after)) *
                                               static_cast<double>(g.before) /
                                               static_cast<double>(g.after);
  };
  if (y < static_cast<double>(points_.front().after)) {
    // The last corner that is not below y: its segment falls.
    const auto behind = std::partition_point(
        points_.begin(), points_.begin() + static_cast<std::ptrdiff_t>(lowest_),
        [&](const SumPair& p) { return static_cast<double>(p.after) >= y; });
    return of(static_cast<std::size_t>(behind - points_.begin()) - 1, y);
  }
  const double reflected = static_cast<double>(centre_.after) - y;
  if (reflected < static_cast<double>(points_.back().after)) {
    // The first corner that is above: the segment before it rises.
    const auto above = std::partition_point(
        points_.begin() + static_cast<std::ptrdiff_t>(lowest_), points_.end(),
        [&](const SumPair& p) { return static_cast<double>(p.after) <= reflected; });
    return static_cast<double>(centre_.before) -
           of(static_cast<std::size_t>(above - points_.begin()) - 1, reflected);
  }
  return static_cast<double>(points_.front().before);
}

double Zonotope::SideAt(double u_after, bool right) const {
  if (!right) return LeftAt(u_after);
  return static_cast<double>(centre_.before) - LeftAt(static_cast<double>(centre_.after) - u_after);
}

}  // namespace foldproof::prove
