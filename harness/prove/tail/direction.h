// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {

// +1 or -1 where the register that `path` ends in is monotone in A over [low, high], 0 where it is
// constant; otherwise `why_not` says which operator breaks it. Composed op by op, never sampled:
// adding a constant and a positive factor keep the direction, a negative factor turns it, relu,
// clamp and eval batch_norm keep or turn it, two operands of one direction may be added; IEEE
// rounding is monotone. Every register must be finite at both ends (and so everywhere between).
Direction DirectionOf(const TailEvaluator& evaluator, const std::vector<std::uint32_t>& path,
                      std::uint32_t reg, std::int64_t low, std::int64_t high, RegisterBlock& block);

}  // namespace foldproof::prove
