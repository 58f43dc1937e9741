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
// above qmax stand for all that is clipped), so whatever depends on them alone is constant. A cell
// at which kernels may give one of several codes is one accumulator.
struct Cells {
  std::vector<std::int64_t> starts;
  std::int64_t high = 0;
  std::string why_not;           // not empty: no search is possible, and why; starts is empty then
  bool by_intervals = false;     // some quantizer's codes rise and fall, or depend on the kernel
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

}  // namespace foldproof::prove
