// SPDX-License-Identifier: BSD-3-Clause
//
// One side's tail over the sums that its own weights give, cell by cell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/prove/joint/step_ranges.h"
#include "harness/prove/joint/zonotope.h"
#include "harness/prove/sites/pair_plan.h"

namespace foldproof::prove {

// Which registers of one side are compared at a pair of frontiers.
struct ComparedRegisters {
  std::size_t frontier = 0;  // index into the tail's frontiers
  std::uint32_t shown = 0;   // the register whose numbers are subtracted
};

// The numbers of one side: cell i is [starts[i], starts[i + 1] - 1], the last one ends at `high`.
struct SideCells {
  std::vector<std::int64_t> starts;
  std::int64_t high = 0;
  std::vector<double> least, most;      // of the compared register
  std::vector<std::uint32_t> bits;      // of the frontier's float32 number
  std::vector<std::uint8_t> is_exact;   // that number is the same in every kernel
  std::vector<std::uint8_t> undefined;  // NaN at a quantizer, or a frontier that is not finite
  std::vector<std::uint8_t> clipped;    // at a quantizer that counts for `calibrated`
  std::string why_not;                  // not empty: there are no cells, and why

  std::int64_t end(std::size_t cell) const {
    return cell + 1 < starts.size() ? starts[cell + 1] - 1 : high;
  }
};

// Over all of `range`: by search where the quantizers cut this frontier, else each integer is a
// cell of its own, if there are at most `most_enumerated`.
SideCells FindSideCells(const SiteSide& side, const TailEvaluator& evaluator,
                        const ComparedRegisters& compared, IntegerRange range,
                        std::int64_t most_enumerated, SearchScratch& search, RegisterBlock& block);

}  // namespace foldproof::prove
