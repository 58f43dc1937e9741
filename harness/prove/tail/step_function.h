// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/prove/tail/step_search.h"

namespace foldproof::prove {

// A tail as a function of A: from starts[i] to starts[i + 1] - 1 (the last step ends at `high`) its
// frontier holds values[i]. Canonical: neighbouring values differ in their bits (every NaN is
// 0x7fc00000), so equal functions are ==.
struct StepFunction {
  std::vector<std::int64_t> starts;
  std::vector<float> values;
  std::int64_t high = 0;

  friend bool operator==(const StepFunction& a, const StepFunction& b);
};

// The tail that ends in frontier `frontier`, over [low, high]. By search where the quantizers allow
// it.
StepFunction SearchSteps(const TailEvaluator& evaluator, const SearchPlan& plan,
                         std::size_t frontier, std::int64_t low, std::int64_t high,
                         SearchScratch& scratch);
// The same by evaluating every accumulator.
StepFunction EnumerateSteps(const TailEvaluator& evaluator, const SearchPlan& plan,
                            std::size_t frontier, std::int64_t low, std::int64_t high);

// True where the frontier's bits are the same in every kernel and build.
bool IsExactAt(const Tail& tail, std::size_t frontier);

// zlib's crc32 over the float32 value of every accumulator, little endian. A step of n equal values
// costs O(log n).
std::uint32_t Crc32(const StepFunction& steps);

}  // namespace foldproof::prove
