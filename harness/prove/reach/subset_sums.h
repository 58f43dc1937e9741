// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/prove/reach/tap_sums.h"

namespace foldproof::prove {

// A set of integers in [0, total], symmetric about total / 2. With a middle, every integer of
// [head, total - head] is in it, `bits` say which of [0, head) are, and those above mirror them.
// Without one (head is total + 1), `bits` say it for all of [0, total].
struct SymmetricSums {
  std::int64_t total = 0;
  std::int64_t head = 0;
  std::vector<std::uint64_t> bits;

  bool has_middle() const { return head <= total - head; }
  // Length of the middle: every shift by at most this closes up with the set itself.
  std::int64_t middle() const { return total - 2 * head + 1; }
  bool Contains(std::int64_t sum) const;
};

// All sums of value_j * n_j, 0 <= n_j <= copies_j, found exactly.
//
// Let B be the sums of some of the summands and M copies of v be added: B' = B + {0, v, .., M v}.
// B and B' are symmetric, because n -> copies - n maps sums to sums. Where B has a middle [h, S -
// h] no shorter than v, its shifts overlap or touch, so B' has the middle [h, S + M v - h]; and an
// element of B' below h comes from an element of B below h. So only the h lowest bits are worked
// on, whatever S is ("absorb"). Elsewhere the whole of [0, S + M v] is ("expand"). The order of the
// summands is free: a few copies of each are expanded until a middle appears, then all is absorbed.
class SubsetSums {
 public:
  // nullopt where more than `budget` operations on 64-bit words would be needed. `ascending` holds
  // distinct positive values without a common divisor. `keep` keeps what Copies needs.
  static std::optional<SubsetSums> Of(const std::vector<Magnitude>& ascending, std::int64_t budget,
                                      bool keep);

  const SymmetricSums& sums() const { return sums_; }

  // Numbers n_j, one a magnitude, that make `sum`, a member. Needs `keep`.
  std::vector<std::int64_t> Copies(std::int64_t sum) const;

 private:
  struct Step {  // `copies` of magnitude `index`, of `value` each, were added to `before`
    std::size_t index;
    std::int64_t value;
    std::int64_t copies;
    SymmetricSums before;
  };

  bool Charge(std::int64_t words);
  void Remember(std::size_t index, std::int64_t copies);
  bool Absorb(std::size_t index);
  bool AbsorbAll();
  bool Expand(std::size_t index, std::int64_t copies);

  std::vector<Magnitude> left_;  // copies still to be added
  std::vector<Step> steps_;
  SymmetricSums sums_;
  std::int64_t budget_ = 0;
  bool keep_ = false;
};

}  // namespace foldproof::prove
