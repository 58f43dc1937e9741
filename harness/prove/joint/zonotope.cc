// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/zonotope.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <ranges>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/joint/last_not_above.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kMostWeight = std::int64_t{1} << 30;
constexpr std::int64_t kMostEdgeSum = std::int64_t{1} << 60;
constexpr std::int64_t kExactFloat64 = std::int64_t{1} << 52;

// So many corners are looked at at once.
constexpr std::size_t kCornersAtOnce = 8;

// The smallest integer that is not below n / d, 0 < d, of numbers below 2^52. Truncated, the
// float64 quotient is what the exact one is: that is at least 1 / d from every integer that it is
// not, and its rounding is less, (|n| + d) / d * 2^-53 at most.
std::int64_t CeilingOf(std::int64_t n, std::int64_t d) {
  const auto quotient = static_cast<std::int64_t>(static_cast<double>(n) / static_cast<double>(d));
  return quotient + (quotient * d < n);
}

// What the weights of both sides add up to.
struct WeightSums {
  std::int64_t before = 0, after = 0;
  std::int64_t before_size = 0, after_size = 0;  // of magnitudes
  std::int64_t turned = 0;                       // of after's, each turned with its generator
  std::uint32_t before_most = 0, after_most = 0;
};

// No sum overflows: magnitudes are at most 2^31, and fewer than 2^31 of them.
FOLDPROOF_VECTOR_CLONES
WeightSums SumWeights(const std::int32_t* __restrict before, const std::int32_t* __restrict after,
                      std::size_t n) {
  WeightSums out;
  for (std::size_t t = 0; t < n; ++t) {
    const std::int64_t a = before[t], b = after[t];
    const std::int64_t a_size = std::abs(a), b_size = std::abs(b);
    out.before += a;
    out.after += b;
    out.before_size += a_size;
    out.after_size += b_size;
    out.turned += a == 0 ? b_size : a < 0 ? -b : b;
    out.before_most = std::max(out.before_most, static_cast<std::uint32_t>(a_size));
    out.after_most = std::max(out.after_most, static_cast<std::uint32_t>(b_size));
  }
  return out;
}

// What is looked for on a boundary, and in which segment it was found.
struct Queries {
  explicit Queries(std::size_t n) : ascending(n), found(n) {}
  std::vector<std::int64_t> ascending;
  std::vector<std::uint32_t> found;
};

// The last segment that begins at or before u, looking from `near` on. `corners` has kCornersAtOnce
// numbers above all u behind its last one, and u is not below the corner at `near`.
inline std::size_t LastFrom(const std::int64_t* corners, std::int64_t u, std::size_t near) {
  std::size_t reached = kCornersAtOnce;
  while (reached == kCornersAtOnce) {
    reached = 0;
    for (std::size_t k = 1; k <= kCornersAtOnce; ++k) reached += corners[near + k] <= u;
    near += reached;
  }
  return near;
}

// Two walks at once, neither of which waits for the other.
FOLDPROOF_VECTOR_CLONES
void FindSegments(const std::int64_t* __restrict corners, std::size_t segments, Queries& a,
                  Queries& b) {
  const std::size_t n = a.ascending.size();
  const std::int64_t* __restrict a_at = a.ascending.data();
  const std::int64_t* __restrict b_at = b.ascending.data();
  std::uint32_t* __restrict a_found = a.found.data();
  std::uint32_t* __restrict b_found = b.found.data();
  std::size_t a_near = 0, b_near = 0;
  for (std::size_t i = 0; i < n; ++i) {
    a_near = LastFrom(corners, a_at[i], a_near);
    b_near = LastFrom(corners, b_at[i], b_near);
    a_found[i] = static_cast<std::uint32_t>(std::min(a_near, segments - 1));
    b_found[i] = static_cast<std::uint32_t>(std::min(b_near, segments - 1));
  }
}

}  // namespace

Zonotope::Zonotope(std::span<const std::int32_t> before, std::span<const std::int32_t> after,
                   TapRange x) {
  SlopeOrder order;
  *this = Zonotope(before, after, x, order);
}

// Whether x_t starts at l or at h, the weight a times that is (a (l + h) -+ |a| (h - l)) / 2: so
// are the sums over all taps. They are at most 2^60, and either term is at most 2^61.
Zonotope::Zonotope(std::span<const std::int32_t> before, std::span<const std::int32_t> after,
                   TapRange x, SlopeOrder& order)
    : x_(x), taps_(before.size()) {
  FP_CHECK(before.size() == after.size() && x.low <= x.high);
  FP_CHECK(taps_ < std::size_t{1} << 31);
  const std::int64_t largest = std::max(std::abs(x.low), std::abs(x.high));
  FP_CHECK(largest <= (std::int64_t{1} << 20));
  const WeightSums sums = SumWeights(before.data(), after.data(), taps_);
  const auto most = std::int64_t{std::max(sums.before_most, sums.after_most)};
  FP_CHECK(most <= kMostWeight &&
           Wide{std::max(sums.before_size, sums.after_size)} * largest <= kMostEdgeSum);
  const std::int64_t width = x.high - x.low, ends = x.low + x.high;
  centre_ = {sums.before * ends, sums.after * ends};
  after_range_ = {(centre_.after - sums.after_size * width) / 2,
                  (centre_.after + sums.after_size * width) / 2};
  is_small_ = Wide{sums.before_most} * width * sums.after_most < kExactFloat64;
  const std::span<const std::uint32_t> taps = order.Sort(before, after, most);
  const std::size_t n = taps.size();
  order_.resize(n);
  before_.resize(n);
  after_.resize(n);
  corners_before_.resize(n + 1 + kCornersAtOnce, std::numeric_limits<std::int64_t>::max());
  corners_after_.resize(n + 1);
  SumPair corner{(centre_.before - sums.before_size * width) / 2,
                 (centre_.after - sums.turned * width) / 2};
  std::size_t falling = 0;
  // Signs are as good as random: no branch guesses them. Locals no store can change.
  TurnedTap* const turned = order_.data();
  std::int32_t* const before_turned = before_.data();
  std::int32_t* const after_turned = after_.data();
  std::int64_t* const corners_before = corners_before_.data();
  std::int64_t* const corners_after = corners_after_.data();
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t t = taps[i];
    const std::int32_t falls = before[t] < 0;
    const std::int32_t a = (before[t] ^ -falls) + falls, b = (after[t] ^ -falls) + falls;
    turned[i] = 2 * t + static_cast<std::uint32_t>(falls);
    before_turned[i] = a;
    after_turned[i] = b;
    corners_before[i] = corner.before;
    corners_after[i] = corner.after;
    corner.before += a * width;
    corner.after += b * width;
    falling += b < 0;
  }
  corners_before[n] = corner.before;
  corners_after[n] = corner.after;
  lowest_ = width > 0 ? falling : 0;  // the boundary falls first, and rises then
  if (n == taps_) return;
  for (std::uint32_t t = 0; t < taps_; ++t) {
    if (before[t] == 0) upright_.push_back(2 * t + (after[t] < 0));
  }
}

// The last segment that begins at or before u, where there are segments; looks near `near` first.
std::size_t Zonotope::SegmentAt(std::int64_t u, std::size_t near) const {
  return LastNotAbove(
      segments(), [this](std::size_t i) { return corners_before_[i]; }, u, near);
}

// The smallest integer at or above the lower boundary at u, which lies in the segment.
std::int64_t Zonotope::LowerAt(std::int64_t u, std::size_t segment) const {
  const std::int64_t moved = u - corners_before_[segment];
  const std::int64_t before = before_[segment], after = after_[segment];
  if (is_small_) return corners_after_[segment] + CeilingOf(moved * after, before);
  const Wide n = Wide{moved} * after;
  return corners_after_[segment] + static_cast<std::int64_t>(n / before) + (n % before > 0);
}

std::int64_t Zonotope::ExtremeIn(std::int64_t low, std::int64_t high, bool upper) const {
  const std::int64_t lowest = corners_before_[lowest_];
  return std::clamp(upper ? Reflected(lowest) : lowest, low, high);
}

IntegerRange Zonotope::AfterAbove(std::int64_t low, std::int64_t high) const {
  std::vector<IntegerRange> out;
  AfterAbove(std::array{IntegerRange{low, high}}, out);
  return out[0];
}

// Both boundaries are convex: over an interval each is furthest out at its own extreme, moved into
// the interval. The extreme is a corner, so it is an integer, and integers u' lie at or above the
// lower boundary's next integer. Where it is found ascends with the ranges, and descends where it
// is reflected.
void Zonotope::AfterAbove(std::span<const IntegerRange> ascending,
                          std::vector<IntegerRange>& out) const {
  const std::size_t n = ascending.size();
  const IntegerRange all = before();
  Queries lower(n), upper(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t low = std::max(ascending[i].low, all.low);
    const std::int64_t high = std::min(ascending[i].high, all.high);
    FP_CHECK(low <= high);
    lower.ascending[i] = ExtremeIn(low, high, false);
    upper.ascending[n - 1 - i] = Reflected(ExtremeIn(low, high, true));
  }
  out.assign(n, {corners_after_[0], centre_.after - corners_after_[0]});
  if (segments() == 0) return;
  FindSegments(corners_before_.data(), segments(), lower, upper);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t k = n - 1 - i;
    out[i] = {LowerAt(lower.ascending[i], lower.found[i]),
              centre_.after - LowerAt(upper.ascending[k], upper.found[k])};
  }
}

BoundaryInput Zonotope::InputAt(std::size_t segment, std::int64_t steps, bool upper) const {
  SumPair sums = Corner(segment);
  if (segment < segments()) {
    sums.before += before_[segment] * steps;
    sums.after += after_[segment] * steps;
  }
  return {upper ? Reflection(sums) : sums, segment, steps, upper};
}

std::vector<std::int64_t> Zonotope::TapsOf(const BoundaryInput& input) const {
  std::vector<std::int64_t> x(taps_);
  const std::int64_t width = x_.high - x_.low;
  const auto put = [&](std::span<const TurnedTap> taps, std::int64_t moved) {
    // What a tap that rises is at, and one that falls: on the upper boundary the other way round.
    const std::array<std::int64_t, 2> lower{x_.low + moved, x_.high - moved};
    const std::array<std::int64_t, 2> upper{x_.high - moved, x_.low + moved};
    const auto& at = input.upper ? upper : lower;
    for (const TurnedTap one : taps) x[one / 2] = at[one % 2];
  };
  const std::span<const TurnedTap> order = order_;
  const std::size_t moving = std::min<std::size_t>(input.segment + 1, order.size());
  put(upright_, 0);
  put(order.first(input.segment), width);
  put(order.subspan(input.segment, moving - input.segment), input.steps);
  put(order.subspan(moving), 0);
  return x;
}

BoundaryInputs Zonotope::InputsNear(std::int64_t u, bool upper) const {
  if (segments() == 0) return BoundaryInputs(InputAt(0, 0, upper));
  const IntegerRange all = before();
  const std::int64_t at = std::clamp(upper ? Reflected(u) : u, all.low, all.high);
  const std::size_t s = SegmentAt(at, segments() / 2);
  const std::int64_t moved = at - corners_before_[s];
  const std::int64_t steps = moved / before_[s];
  const BoundaryInput here = InputAt(s, steps, upper);
  if (steps * before_[s] == moved) return BoundaryInputs(here);
  return {here, InputAt(s, steps + 1, upper)};
}

std::vector<SumPair> Zonotope::Corners() const {
  std::vector<SumPair> out;
  for (std::size_t i = 0; i <= segments(); ++i) out.push_back(Corner(i));
  for (std::size_t i = 0; i <= segments(); ++i) out.push_back(Reflection(Corner(i)));
  return out;
}

double Zonotope::BoundaryAt(double u, bool upper) const {
  const auto first = static_cast<double>(before().low);
  const auto last = static_cast<double>(before().high);
  const auto centre_before = static_cast<double>(centre_.before);
  const double at = std::clamp(upper ? centre_before - u : u, first, last);
  double lower = static_cast<double>(corners_after_[0]);
  if (segments() > 0) {
    const std::size_t s = SegmentAt(static_cast<std::int64_t>(std::floor(at)), 0);
    lower = static_cast<double>(corners_after_[s]) +
            (at - static_cast<double>(corners_before_[s])) * static_cast<double>(after_[s]) /
                static_cast<double>(before_[s]);
  }
  return upper ? static_cast<double>(centre_.after) - lower : lower;
}

// The lower boundary less a line is convex: it is lowest at the corner from which on the segments
// rise faster than the line, moved into the interval.
double Zonotope::LowestBeside(double from, double to, double slope) const {
  const auto indices = std::views::iota(std::size_t{0}, segments());
  const std::size_t steeper = *std::ranges::partition_point(indices, [&](std::size_t s) {
    return static_cast<double>(after_[s]) < slope * static_cast<double>(before_[s]);
  });
  const double at = std::clamp(static_cast<double>(corners_before_[steeper]), from, to);
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
  const double y = std::clamp(u_after, static_cast<double>(after_range_.low),
                              static_cast<double>(after_range_.high));
  const auto of = [&](std::size_t s, double height) {
    return static_cast<double>(corners_before_[s]) +
           (height - static_cast<double>(corners_after_[s])) * static_cast<double>(before_[s]) /
               static_cast<double>(after_[s]);
  };
  const auto begin = corners_after_.begin();
  const auto lowest = begin + static_cast<std::ptrdiff_t>(lowest_);
  if (y < static_cast<double>(corners_after_.front())) {
    // The last corner that is not below y: its segment falls.
    const auto behind = std::partition_point(
        begin, lowest, [&](std::int64_t p) { return static_cast<double>(p) >= y; });
    return of(static_cast<std::size_t>(behind - begin) - 1, y);
  }
  const double reflected = static_cast<double>(centre_.after) - y;
  if (reflected < static_cast<double>(corners_after_.back())) {
    // The first corner that is above: the segment before it rises.
    const auto above = std::partition_point(lowest, corners_after_.end(), [&](std::int64_t p) {
      return static_cast<double>(p) <= reflected;
    });
    return static_cast<double>(centre_.before) -
           of(static_cast<std::size_t>(above - begin) - 1, reflected);
  }
  return static_cast<double>(corners_before_.front());
}

double Zonotope::SideAt(double u_after, bool right) const {
  if (!right) return LeftAt(u_after);
  return static_cast<double>(centre_.before) - LeftAt(static_cast<double>(centre_.after) - u_after);
}

}  // namespace foldproof::prove
