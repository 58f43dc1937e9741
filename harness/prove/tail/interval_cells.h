// SPDX-License-Identifier: BSD-3-Clause
//
// Where the codes of a quantizer change behind a function that rises and falls, or whose bits
// depend on the kernel: by intervals over cells, which are halved (docs/proof.md, "Step
// functions").
#pragma once

#include <cstdint>
#include <vector>

#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {

// Fewer accumulators are looked at one by one.
inline constexpr std::int64_t kLeastByIntervals = std::int64_t{1} << 16;

// A quantizer, and what its input depends on.
struct QuantizerInput {
  std::uint32_t instruction;
  const std::vector<std::uint32_t>& path;
};

// Splits [low, high] so that over each cell all kernels give one unclamped code, the same at every
// accumulator, or the cell is one accumulator. Appends the starts of all cells but the first to
// `starts`, ascending, and counts the tail's evaluations. false, and nothing is appended, where
// `most` of them were not enough.
bool SplitByIntervals(const TailEvaluator& evaluator, const QuantizerInput& quantizer,
                      std::int64_t low, std::int64_t high, std::int64_t most,
                      RegisterBlock& scratch, std::vector<std::int64_t>& starts,
                      std::int64_t& evaluations);

}  // namespace foldproof::prove
