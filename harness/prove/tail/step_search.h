// SPDX-License-Identifier: BSD-3-Clause
//
// Where the codes of a tail's first quantizers change, found by search instead of by enumeration
// (docs/proof.md, "Step functions").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {

// The structure of a tail that a search needs; the same for all channels.
struct SearchPlan {
  struct Quantizer {
    std::uint32_t instruction;        // a quantize with no other quantize before it
    std::vector<std::uint32_t> path;  // what its input depends on
  };
  std::vector<Quantizer> first_quantizers;
  // A quantizer of something that is partly behind another one, partly not: no cell keeps its code.
  bool has_partial_quantizer = false;
  // For each frontier of the tail: does every way from v to it lead through a first quantizer?
  std::vector<char> is_cut;
  std::vector<std::uint32_t> everything;  // all instructions
};

SearchPlan PlanSearch(const Tail& tail);

// The reach [low, high] split into cells: cell i is [starts[i], starts[i + 1] - 1], the last one
// ends at high. In a cell all first quantizers keep their unclamped codes (one below qmin and one
// above qmax stand for all that is clipped), so whatever depends on them alone is constant.
struct Cells {
  std::vector<std::int64_t> starts;
  std::int64_t high = 0;
  std::string why_not;           // not empty: no search is possible, and why; starts is empty then
  std::int64_t evaluations = 0;  // of the tail's first part

  bool searched() const { return why_not.empty(); }
};

// Memory that a search may use again.
struct SearchScratch {
  RegisterBlock block;
  std::vector<std::int64_t> probes, low, high, step;
  std::vector<float> codes;
  std::vector<std::uint32_t> active;
};

Cells SearchCells(const TailEvaluator& evaluator, const SearchPlan& plan, std::int64_t low,
                  std::int64_t high, SearchScratch& scratch);

// +1 or -1 where the register that `path` ends in is monotone in A over [low, high], 0 where it is
// constant; otherwise `why_not` says which operator breaks it. Composed op by op, never sampled:
// adding a constant and a positive factor keep the direction, a negative factor turns it, relu,
// clamp and eval batch_norm keep or turn it, two operands of one direction may be added; IEEE
// rounding is monotone. Every register must be finite at both ends (and so everywhere between).
struct Direction {
  int sign = 0;
  std::string why_not;
};
Direction DirectionOf(const TailEvaluator& evaluator, const std::vector<std::uint32_t>& path,
                      std::uint32_t reg, std::int64_t low, std::int64_t high, RegisterBlock& block);

}  // namespace foldproof::prove
