// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/zonotope.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "harness/prove/joint/last_not_above.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kMostWeight = std::int64_t{1} << 30;
constexpr std::int64_t kMostEdgeSum = std::int64_t{1} << 60;

// The smallest integer that is not below n / d, 0 < d < 2^52.
std::int64_t CeilingOf(Wide n, std::int64_t d) {
  constexpr Wide kExact = Wide{1} << 52;
  if (n < kExact && n > -kExact) {
    // Truncated, the float64 quotient is what the exact one is: that is at least 1 / d from every
    // integer that it is not, and its rounding is less, (|n| + d) / d * 2^-53 at most.
    const auto small = static_cast<std::int64_t>(n);
    const auto quotient =
        static_cast<std::int64_t>(static_cast<double>(small) / static_cast<double>(d));
    return quotient + (quotient * d < small);
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

// By after / before ascending, and by tap where that is equal. Two fractions of numbers below 2^n
// are equal or apart by 2^-2n of themselves, so their float32 quotients, each off by 2^-24 at most,
// stand in the same order, and so do they without their last 22 - 2n bits: a radix sort of these,
// which keeps the order of equal ones. Of numbers from 2^11 on products are compared, which stay
// below 2^60.
void Zonotope::SortBySlope() {
  std::int64_t largest = 0;
  for (const Generator& g : generators_) largest = std::max({largest, g.before, std::abs(g.after)});
  if (largest < 1 << 8) return SortByQuotient<9, 5>();
  if (largest < 1 << 11) return SortByQuotient<11, 0>();
  std::ranges::sort(generators_, [](const Generator& p, const Generator& q) {
    const std::int64_t left = p.after * q.before;
    const std::int64_t right = q.after * p.before;
    return left != right ? left < right : p.tap < q.tap;
  });
}

// In three passes of kDigit bits each, of quotients without their last kDropped bits.
template <std::uint32_t kDigit, std::uint32_t kDropped>
void Zonotope::SortByQuotient() {
  static_assert(3 * kDigit + kDropped >= 32);
  constexpr std::uint32_t kBuckets = 1 << kDigit;
  struct Keyed {
    std::uint32_t key, index;
  };
  const auto digit = [](std::uint32_t key, std::uint32_t pass) {
    return key >> (kDigit * pass) & (kBuckets - 1);
  };
  const std::size_t n = generators_.size();
  std::vector<Keyed> keys(n), other(n);
  std::array<std::array<std::uint32_t, kBuckets>, 3> from{};
  for (std::uint32_t i = 0; i < n; ++i) {
    const Generator& g = generators_[i];
    const float quotient = static_cast<float>(g.after) / static_cast<float>(g.before);
    const std::uint32_t key = Ordered(quotient) >> kDropped;
    keys[i] = {key, i};
    for (std::uint32_t pass = 0; pass < 3; ++pass) ++from[pass][digit(key, pass)];
  }
  for (std::uint32_t pass = 0; pass < 3; ++pass) {
    if (n == 0 || from[pass][digit(keys[0].key, pass)] == n) continue;  // all have this digit
    std::uint32_t sum = 0;
    for (std::uint32_t& count : from[pass]) sum += std::exchange(count, sum);
    for (const Keyed& k : keys) other[from[pass][digit(k.key, pass)]++] = k;
    keys.swap(other);
  }
  std::vector<Generator> sorted(n);
  for (std::size_t i = 0; i < n; ++i) sorted[i] = generators_[keys[i].index];
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
  const std::int64_t ends = x.low + x.high;
  for (std::uint32_t t = 0; t < taps_; ++t) {
    const std::int64_t a = before[t];
    const std::int64_t b = after[t];
    // Signs are as good as random: no branch guesses them.
    const bool from_high = (a < 0) | ((a == 0) & (b < 0));
    const std::int64_t sign = 1 - 2 * std::int64_t{from_high};
    const std::int64_t at = from_high ? x.high : x.low;
    start.before += a * at;
    start.after += b * at;
    centre_.before += a * ends;
    centre_.after += b * ends;
    const std::int64_t at_low = b * x.low, at_high = b * x.high;
    after_.low += std::min(at_low, at_high);
    after_.high += std::max(at_low, at_high);
    (a == 0 ? upright_ : generators_).push_back({sign * a, sign * b, t, from_high});
  }
  SortBySlope();
  points_.resize(generators_.size() + 1);
  points_[0] = start;
  for (std::size_t i = 0; i < generators_.size(); ++i) {
    const Generator& g = generators_[i];
    points_[i + 1] = {points_[i].before + g.before * width, points_[i].after + g.after * width};
    if (points_[i + 1].after < points_[lowest_].after) lowest_ = i + 1;
  }
}

// The last segment that begins at or before u, where there are segments; looks near `near` first.
std::size_t Zonotope::SegmentAt(std::int64_t u, std::size_t near) const {
  return LastNotAbove(
      generators_.size(), [this](std::size_t i) { return points_[i].before; }, u, near);
}

// The smallest integer at or above the lower boundary.
std::int64_t Zonotope::LowerAt(std::int64_t u, std::size_t& near) const {
  if (generators_.empty()) return points_.front().after;
  near = SegmentAt(u, near);
  const Generator& g = generators_[near];
  return points_[near].after + CeilingOf(Wide{u - points_[near].before} * g.after, g.before);
}

std::int64_t Zonotope::ExtremeIn(std::int64_t low, std::int64_t high, bool upper) const {
  const std::int64_t lowest = points_[lowest_].before;
  return std::clamp(upper ? Reflected(lowest) : lowest, low, high);
}

// Both boundaries are convex: over an interval each is furthest out at its own extreme, moved into
// the interval. The extreme is a corner, so it is an integer, and integers u' lie at or above the
// lower boundary's next integer.
IntegerRange Zonotope::AfterAbove(std::int64_t low, std::int64_t high, Place& place) const {
  const IntegerRange all = before();
  low = std::max(low, all.low);
  high = std::min(high, all.high);
  FP_CHECK(low <= high);
  const std::int64_t bottom = LowerAt(ExtremeIn(low, high, false), place.lower);
  const std::int64_t top =
      centre_.after - LowerAt(Reflected(ExtremeIn(low, high, true)), place.upper);
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

BoundaryInputs Zonotope::InputsNear(std::int64_t u, bool upper) const {
  if (generators_.empty()) return BoundaryInputs(InputAt(0, 0, upper));
  const IntegerRange all = before();
  const std::int64_t at = std::clamp(upper ? Reflected(u) : u, all.low, all.high);
  const std::size_t s = SegmentAt(at, generators_.size() / 2);
  const std::int64_t moved = at - points_[s].before;
  const std::int64_t steps = moved / generators_[s].before;
  const BoundaryInput here = InputAt(s, steps, upper);
  if (steps * generators_[s].before == moved) return BoundaryInputs(here);
  return {here, InputAt(s, steps + 1, upper)};
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
    const std::size_t s = SegmentAt(static_cast<std::int64_t>(std::floor(at)), 0);
    const Generator& g = generators_[s];
    lower = static_cast<double>(points_[s].after) + (at - static_cast<double>(points_[s].before)) *
                                                        static_cast<double>(g.after) /
                                                        static_cast<double>(g.before);
  }
  return upper ? static_cast<double>(centre_.after) - lower : lower;
}

// The lower boundary less a line is convex: it is lowest at the corner from which on the segments
// rise faster than the line, moved into the interval.
double Zonotope::LowestBeside(double from, double to, double slope) const {
  const auto steeper =
      std::partition_point(generators_.begin(), generators_.end(), [&](const Generator& g) {
        return static_cast<double>(g.after) < slope * static_cast<double>(g.before);
      });
  const SumPair& corner = points_[static_cast<std::size_t>(steeper - generators_.begin())];
  const double at = std::clamp(static_cast<double>(corner.before), from, to);
  return BoundaryAt(at, false) - slope * (at - from);
}

// The upper boundary is the lower one, turned around the centre.
double Zonotope::HighestBeside(double from, double to, double slope) const {
  const auto centre = static_cast<double>(centre_.before);
  return static_cast<double>(centre_.after) - LowestBeside(centre - to, centre - from, slope) -
         slope * (to - from);
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
