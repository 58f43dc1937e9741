// SPDX-License-Identifier: BSD-3-Clause
//
// How far the float32 numbers of two tails are apart over cells of accumulators, by Taylor models
// whose remainders hold their roundings (docs/proof.md, eq. 7b).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/prove/tail/tail_models.h"

namespace foldproof::prove {

// One side of a pair of frontiers, with the constants of one root.
struct FloatEnd {
  const TailEvaluator& tail;
  const Frontier& frontier;
};

class FloatBound {
 public:
  // All that it is given outlives it.
  FloatBound(const FloatEnd& before, const FloatEnd& after) : before_(before), after_(after) {}

  // |after - before|, real units, whatever kernels give: at every accumulator of the cell at least
  // `least` and at most `most`; about where it is largest.
  struct Apart {
    double least = 0;
    double most = 0;
    std::int64_t largest_at = 0;
  };
  // nullopt where a side has no model there, or may leave float32.
  std::optional<Apart> Over(std::int64_t from, std::int64_t to);
  // Whether before's number is known to be finite over the cell.
  bool IsBeforeFinite(std::int64_t from, std::int64_t to);

 private:
  bool Model(const FloatEnd& end, std::int64_t from, std::int64_t to,
             std::vector<TaylorModel>& registers);

  FloatEnd before_;
  FloatEnd after_;
  std::vector<TaylorModel> before_models_, after_models_;  // of the registers, over the last cell
};

}  // namespace foldproof::prove
