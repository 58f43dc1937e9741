// SPDX-License-Identifier: BSD-3-Clause
//
// Which pairs (u, u') two sums over the same taps can give: u = sum a_t * x_t, u' = sum a'_t * x_t,
// each x_t in one range of its own choice (docs/proof.md, "Pairs of sums").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/reach/tap_sums.h"

namespace foldproof::prove {

// Two integers of one input: what before's and after's weights make of it.
struct SumPair {
  std::int64_t before = 0;
  std::int64_t after = 0;
  friend bool operator==(const SumPair&, const SumPair&) = default;
};

// Both ends belong to the range.
struct IntegerRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
  friend bool operator==(const IntegerRange&, const IntegerRange&) = default;
};

// An input that lies on the boundary of the zonotope, and what it gives: the taps of all segments
// before `segment` are at the end of their range, that one has moved by `steps`.
struct BoundaryInput {
  SumPair sums;
  std::size_t segment = 0;
  std::int64_t steps = 0;
  bool upper = false;
};

// One of them, or two.
class BoundaryInputs {
 public:
  explicit BoundaryInputs(const BoundaryInput& one) : inputs_{one, {}} {}
  BoundaryInputs(const BoundaryInput& one, const BoundaryInput& other)
      : inputs_{one, other}, count_(2) {}
  const BoundaryInput* begin() const { return inputs_.data(); }
  const BoundaryInput* end() const { return inputs_.data() + count_; }

 private:
  std::array<BoundaryInput, 2> inputs_;
  std::size_t count_ = 1;
};

// The planar zonotope of the generators (h - l) * (a_t, a'_t). Its lower boundary is found by
// sorting the taps by a'_t / a_t in exact integers; the upper one is its point reflection.
class Zonotope {
 public:
  // The weights are at most 2^30 each, |x| at most 2^20, and either sum stays below 2^60 (checked).
  Zonotope(std::span<const std::int32_t> before, std::span<const std::int32_t> after, TapRange x);

  IntegerRange before() const { return {points_.front().before, points_.back().before}; }
  IntegerRange after() const { return after_; }

  // All integers u' that some input with u in [low, high] can give lie in this range. The two ends
  // must meet before(): low <= before().high and high >= before().low.
  IntegerRange AfterAbove(std::int64_t low, std::int64_t high) const {
    Place place;
    return AfterAbove(low, high, place);
  }
  // The same of one range after the other: fast where each is near the one before, which `place`
  // remembers.
  struct Place {
    std::size_t lower = 0;  // segments of the lower boundary that were found last
    std::size_t upper = 0;
  };
  IntegerRange AfterAbove(std::int64_t low, std::int64_t high, Place& place) const;

  // Inputs on the upper or on the lower boundary, those next to u on either side (one, where an
  // input gives u itself); u is moved into before().
  BoundaryInputs InputsNear(std::int64_t u, bool upper) const;
  // Its x, one a tap.
  std::vector<std::int64_t> TapsOf(const BoundaryInput& input) const;
  // Where in [low, high] the upper (lower) boundary is highest (lowest).
  std::int64_t ExtremeIn(std::int64_t low, std::int64_t high, bool upper) const;

  // The corners of the lower boundary, from left to right; those of the upper one are reflections.
  const std::vector<SumPair>& LowerCorners() const { return points_; }
  std::size_t LowestCorner() const { return lowest_; }  // its index; the first of equal ones
  SumPair Reflection(SumPair p) const {
    return {centre_.before - p.before, centre_.after - p.after};
  }
  // One corner where each of the two sums is smallest, and one where it is largest.
  std::array<SumPair, 4> ExtremeCorners() const {
    return {points_.front(), Reflection(points_.front()), points_[lowest_],
            Reflection(points_[lowest_])};
  }
  // The corners, once around: the lower boundary from left to right, then the upper one.
  std::vector<SumPair> Corners() const;
  // The real number on the upper or on the lower boundary at the real u, which is moved into
  // before().
  double BoundaryAt(double u, bool upper) const;
  // The same of the left and the right boundary at the real u', which is moved into after().
  double SideAt(double u_after, bool right) const;
  // How far the lower boundary is above the line slope * (u - from), at least, for u in [from, to];
  // how far the upper one is, at most. Both ends lie in before().
  double LowestBeside(double from, double to, double slope) const;
  double HighestBeside(double from, double to, double slope) const;

 private:
  struct Generator {
    std::int64_t before;  // >= 0
    std::int64_t after;
    std::uint32_t tap;
    bool from_high;  // x_t starts at the high end of its range and falls
  };

  void SortBySlope();
  template <std::uint32_t kDigit, std::uint32_t kDropped>
  void SortByQuotient();
  double LeftAt(double u_after) const;
  std::int64_t LowerAt(std::int64_t u, std::size_t& near) const;
  std::int64_t Reflected(std::int64_t u) const { return centre_.before - u; }
  std::size_t SegmentAt(std::int64_t u, std::size_t near) const;
  BoundaryInput InputAt(std::size_t segment, std::int64_t steps, bool upper) const;

  TapRange x_;
  std::size_t taps_ = 0;
  std::vector<Generator> generators_;  // with before > 0, by after / before ascending
  std::vector<Generator> upright_;     // with before = 0
  std::vector<SumPair> points_;        // of the lower boundary, one more than generators_
  std::size_t lowest_ = 0;             // index of the lowest of points_
  SumPair centre_;                     // twice the centre
  IntegerRange after_;
};

}  // namespace foldproof::prove
