// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "harness/prove/reach/ranked_bits.h"

namespace foldproof::prove {

// A set of integers on a lattice: first + k * step for those k of [0, count) whose bit k mod period
// is set. With period 1 that is an arithmetic progression, with period == count any finite set, and
// between them the union of two progressions, which repeats.
class LatticeSegment {
 public:
  static LatticeSegment Progression(std::int64_t first, std::int64_t step, std::int64_t count);
  static LatticeSegment Pattern(std::int64_t first, std::int64_t step, std::int64_t count,
                                RankedBits period);

  std::int64_t first() const { return first_; }  // of the lattice, member or not
  std::int64_t last() const { return first_ + (count_ - 1) * step_; }
  std::int64_t step() const { return step_; }
  std::int64_t count() const { return count_; }
  std::int64_t period() const { return bits_ ? bits_->size() : 1; }
  bool is_progression() const { return !bits_; }

  std::int64_t Count() const { return Rank(count_); }
  std::int64_t CountBelow(std::int64_t a) const { return Rank(IndexFrom(a)); }
  std::optional<std::int64_t> Next(std::int64_t from) const;  // smallest member >= from
  std::optional<std::int64_t> Before(std::int64_t to) const;  // largest member <= to
  // The members in [from, to], nullopt where the lattice has no point there.
  std::optional<LatticeSegment> Cut(std::int64_t from, std::int64_t to) const;

 private:
  // Index of the first lattice point >= a, in [0, count]; of the last one <= a, in [-1, count).
  std::int64_t IndexFrom(std::int64_t a) const;
  std::int64_t IndexTo(std::int64_t a) const;
  std::int64_t Rank(std::int64_t k) const;  // members below lattice point k

  std::int64_t first_ = 0;
  std::int64_t step_ = 1;
  std::int64_t count_ = 0;
  std::optional<RankedBits> bits_;
};

// The union of two segments on the same stretch of integers; nullopt where its period is too long
// to be written down (over 2^26 bits).
std::optional<LatticeSegment> Union(const LatticeSegment& a, const LatticeSegment& b);

}  // namespace foldproof::prove
