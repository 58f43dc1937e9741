// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/furthest_corners.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace foldproof::prove {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// A straight part of a broken line.
struct StraightPart {
  double from = 0, width = 0, start = 0, rise = 0;

  double At(double u) const { return start + (width > 0 ? (u - from) / width : 0) * rise; }
  double Slope() const { return width > 0 ? rise / width : 0; }
  double Size() const { return std::max(std::abs(start), std::abs(start + rise)); }
};

// The part that u lies in; where two meet, the one that u comes out of.
StraightPart PartAt(const BrokenLine& line, double u, bool ascending) {
  const auto begin = line.at.begin() + 1, end = line.at.end() - 1;
  const auto behind = ascending ? std::lower_bound(begin, end, u) : std::upper_bound(begin, end, u);
  const auto i = static_cast<std::size_t>(behind - line.at.begin());
  return {line.at[i - 1], line.at[i] - line.at[i - 1], line.y[i - 1], line.y[i] - line.y[i - 1]};
}

// Looks along the lower boundary and then along the upper one, its reflection. Over a run of
// corners along which both functions are straight, their difference rises by
//   du (slope' du'/du - slope)
// from one corner to the next, and du'/du ascends along the lower boundary: so it turns once at
// most, and is furthest out at the ends of the run or where it turns. Corners whose difference is
// within float64's rounding of such a one are looked at, too.
class Finder {
 public:
  Finder(const Zonotope& sums, const BrokenLine& before, const BrokenLine& after)
      : sums_(sums), corners_(sums.segments() + 1), before_(before), after_(after) {}

  FurthestCorners Run() {
    const auto is_finite = [](double y) { return std::isfinite(y); };
    const bool finite =
        std::ranges::all_of(before_.y, is_finite) && std::ranges::all_of(after_.y, is_finite);
    const std::size_t lowest = sums_.LowestCorner();
    for (const bool upper : {false, true}) {
      is_upper_ = upper;
      LookAlong(0, lowest, finite);
      if (lowest + 1 < corners_) LookAlong(lowest + 1, corners_ - 1, finite);
    }
    return {Found(most_at_), Found(least_at_)};
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  SumPair Corner(std::size_t i) const {
    return is_upper_ ? sums_.Reflection(sums_.Corner(i)) : sums_.Corner(i);
  }
  double Before(std::size_t i) const { return static_cast<double>(Corner(i).before); }
  double After(std::size_t i) const { return static_cast<double>(Corner(i).after); }

  // Corners [first, last], along which u ascends, or descends, and so does u'.
  void LookAlong(std::size_t first, std::size_t last, bool finite) {
    const bool before_ascends = !is_upper_;
    const bool after_ascends = After(first) < After(last);
    std::vector<std::size_t> ends{last + 1};  // of runs, one behind
    const auto cut = [&](const BrokenLine& line, bool ascends, auto value) {
      for (const double kink : line.at.subspan(1, line.at.size() - 2)) {
        std::size_t low = first, high = last + 1;  // the first corner beyond the kink
        while (low < high) {
          const std::size_t middle = low + (high - low) / 2;
          const bool is_beyond = ascends ? value(middle) > kink : value(middle) < kink;
          (is_beyond ? high : low) = is_beyond ? middle : middle + 1;
        }
        ends.push_back(low);
      }
    };
    cut(before_, before_ascends, [this](std::size_t i) { return Before(i); });
    cut(after_, after_ascends, [this](std::size_t i) { return After(i); });
    std::ranges::sort(ends);
    std::size_t from = first;
    for (const std::size_t end : ends) {
      if (end == from) continue;
      before_part_ = PartAt(before_, Before(from), before_ascends);
      after_part_ = PartAt(after_, After(from), after_ascends);
      if (finite)
        LookAtRun(from, end - 1);
      else
        for (std::size_t i = from; i < end; ++i) Note(i);
      from = end;
    }
  }

  void LookAtRun(std::size_t first, std::size_t last) {
    const double slope = before_part_.Slope(), after_slope = after_part_.Slope();
    const bool turns_up = (after_slope > 0) != is_upper_;
    std::size_t turn = first, end = last;
    while (turn < end) {
      const std::size_t middle = turn + (end - turn) / 2;
      const double rise = after_slope * (After(middle + 1) - After(middle)) -
                          slope * (Before(middle + 1) - Before(middle));
      const bool is_behind = turns_up ? rise >= 0 : rise <= 0;
      (is_behind ? end : turn) = is_behind ? middle : middle + 1;
    }
    for (const std::size_t i : {first, turn, last}) Note(i);
    const double rounding = 0x1p-46 * (before_part_.Size() + after_part_.Size());
    const auto may_count = [&](double apart) {
      return apart >= most_ - rounding || apart <= least_ + rounding;
    };
    for (const std::size_t i : {first, turn, last}) {
      for (std::size_t k = i; k < last && may_count(Note(k + 1)); ++k) {
      }
      for (std::size_t k = i; k > first && may_count(Note(k - 1)); --k) {
      }
    }
  }

  // Of equal ones the first is kept.
  double Note(std::size_t i) {
    const double apart = after_part_.At(After(i)) - before_part_.At(Before(i));
    const std::size_t at = i + (is_upper_ ? corners_ : 0);
    if (apart > most_ || (apart == most_ && most_at_ != kNone && at < most_at_)) {
      most_ = apart;
      most_at_ = at;
    }
    if (apart < least_ || (apart == least_ && least_at_ != kNone && at < least_at_)) {
      least_ = apart;
      least_at_ = at;
    }
    return apart;
  }

  std::optional<SumPair> Found(std::size_t at) const {
    if (at == kNone) return std::nullopt;
    if (at < corners_) return sums_.Corner(at);
    return sums_.Reflection(sums_.Corner(at - corners_));
  }

  const Zonotope& sums_;
  std::size_t corners_;  // of either boundary
  BrokenLine before_, after_;
  bool is_upper_ = false;
  StraightPart before_part_, after_part_;  // of the run at hand
  double most_ = -kInfinite, least_ = kInfinite;
  std::size_t most_at_ = kNone, least_at_ = kNone;
};

}  // namespace

FurthestCorners FindFurthestCorners(const Zonotope& sums, const BrokenLine& before,
                                    const BrokenLine& after) {
  return Finder(sums, before, after).Run();
}

}  // namespace foldproof::prove
