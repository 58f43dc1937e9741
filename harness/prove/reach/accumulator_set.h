// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/prove/reach/lattice_segment.h"
#include "harness/prove/reach/tap_sums.h"

namespace foldproof::prove {

// The values that a conv channel's accumulator A = sum w_i * x_i takes, each x_i in one range of
// its own choice (docs/proof.md, "Reach"). Never empty.
class AccumulatorSet {
 public:
  // Every integer between the smallest and the largest sum: a superset.
  static AccumulatorSet Interval(std::span<const std::int32_t> weights, TapRange x);

  // The sums that some x gives, and no others. O(taps) where all multiples of the weights' gcd in
  // the range are sums (almost always); else a search of at most `budget` operations on 64-bit
  // words (SubsetSums); nullopt where that is not enough.
  static std::optional<AccumulatorSet> Exact(std::span<const std::int32_t> weights, TapRange x,
                                             std::int64_t budget = 1 << 22);

  // All members of both. Of two exact sets it is exact, unless it has no short description (a
  // period over 2^26); then, and where one is an interval, it is the interval that spans both.
  static AccumulatorSet Union(const AccumulatorSet& a, const AccumulatorSet& b);
  // All integers of [lo, hi], of which it is not known which occur.
  static AccumulatorSet Span(std::int64_t lo, std::int64_t hi);

  std::int64_t lo() const { return lo_; }  // the smallest and the largest member
  std::int64_t hi() const { return hi_; }
  bool exact() const { return exact_; }
  std::int64_t Count() const { return count_; }
  // Every integer from lo() to hi() is a member.
  bool contiguous() const { return count_ == hi_ - lo_ + 1; }
  // How many members lie below `a`, and how many in [from, to]; constant time.
  std::int64_t CountBelow(std::int64_t a) const;
  std::int64_t CountIn(std::int64_t from, std::int64_t to) const;
  // The member in [from, to] nearest to `wish`; the smaller one of two.
  std::optional<std::int64_t> Nearest(std::int64_t from, std::int64_t to, std::int64_t wish) const;
  bool Contains(std::int64_t a) const { return CountIn(a, a) == 1; }

  // CountBelow for one `a` after the other, none below the one before.
  class AscendingCount {
   public:
    explicit AscendingCount(const AccumulatorSet& set)  // outlives it
        : next_(set.segments_.data()), end_(next_ + set.segments_.size()) {}
    std::int64_t Below(std::int64_t a) {
      for (; next_ != end_ && a > next_->last(); ++next_) passed_ += next_->Count();
      return next_ == end_ ? passed_ : passed_ + next_->CountBelow(a);
    }

   private:
    const LatticeSegment* next_;
    const LatticeSegment* end_;
    std::int64_t passed_ = 0;  // members of the segments before `next_`
  };

 private:
  AccumulatorSet(std::vector<LatticeSegment> segments, bool exact);
  std::optional<std::int64_t> NextMember(std::int64_t from) const;
  std::optional<std::int64_t> MemberBefore(std::int64_t to) const;

  std::vector<LatticeSegment> segments_;  // ascending, apart from each other
  std::int64_t lo_ = 0;
  std::int64_t hi_ = 0;
  std::int64_t count_ = 0;
  bool exact_ = false;
};

}  // namespace foldproof::prove
