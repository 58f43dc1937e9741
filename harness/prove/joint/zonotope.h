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

#include "harness/prove/joint/slope_order.h"
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
  Zonotope(std::span<const std::int32_t> before, std::span<const std::int32_t> after, TapRange x,
           SlopeOrder& order);
  Zonotope(std::span<const std::int32_t> before, std::span<const std::int32_t> after, TapRange x);

  IntegerRange before() const { return {corners_before_[0], corners_before_[segments()]}; }
  IntegerRange after() const { return after_range_; }

  // All integers u' that some input with u in [low, high] can give lie in this range. The two ends
  // must meet before(): low <= before().high and high >= before().low.
  IntegerRange AfterAbove(std::int64_t low, std::int64_t high) const;
  // The same of many ranges, whose ends ascend, at once.
  void AfterAbove(std::span<const IntegerRange> ascending, std::vector<IntegerRange>& out) const;

  // Inputs on the upper or on the lower boundary, those next to u on either side (one, where an
  // input gives u itself); u is moved into before().
  BoundaryInputs InputsNear(std::int64_t u, bool upper) const;
  // Its x, one a tap.
  std::vector<std::int64_t> TapsOf(const BoundaryInput& input) const;
  // Where in [low, high] the upper (lower) boundary is highest (lowest).
  std::int64_t ExtremeIn(std::int64_t low, std::int64_t high, bool upper) const;

  // The corners of the lower boundary, from left to right: one more than it has segments. Those of
  // the upper one are reflections.
  std::size_t segments() const { return order_.size(); }
  SumPair Corner(std::size_t i) const { return {corners_before_[i], corners_after_[i]}; }
  std::size_t LowestCorner() const { return lowest_; }  // its index; the first of equal ones
  SumPair Reflection(SumPair p) const {
    return {centre_.before - p.before, centre_.after - p.after};
  }
  // One corner where each of the two sums is smallest, and one where it is largest.
  std::array<SumPair, 4> ExtremeCorners() const {
    return {Corner(0), Reflection(Corner(0)), Corner(lowest_), Reflection(Corner(lowest_))};
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
  double LeftAt(double u_after) const;
  std::int64_t LowerAt(std::int64_t u, std::size_t segment) const;
  std::int64_t Reflected(std::int64_t u) const { return centre_.before - u; }
  std::size_t SegmentAt(std::int64_t u, std::size_t near) const;
  BoundaryInput InputAt(std::size_t segment, std::int64_t steps, bool upper) const;

  // Twice the tap, and 1 more where its x starts at the high end of its range and falls.
  using TurnedTap = std::uint32_t;

  TapRange x_;
  std::size_t taps_ = 0;
  // Of each segment of the lower boundary, by after / before ascending: a tap with a weight of
  // before's that is not 0, and both weights, turned so that before's is positive.
  std::vector<TurnedTap> order_;
  std::vector<std::int32_t> before_, after_;
  std::vector<TurnedTap> upright_;  // where before's weight is 0
  // Of the lower boundary; behind before's stand some that are above all u.
  std::vector<std::int64_t> corners_before_, corners_after_;
  std::size_t lowest_ = 0;  // index of the lowest corner
  SumPair centre_;          // twice the centre
  IntegerRange after_range_;
  bool is_small_ = false;  // before * (h - l) * after stays below 2^52 in each segment
};

}  // namespace foldproof::prove
