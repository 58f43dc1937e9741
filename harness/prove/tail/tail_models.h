// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {

// Models of the registers on `path` over center - radius <= A <= center + radius, whose numbers are
// those of `arithmetic`; false where one has none. `registers` has all of the tail.
bool ModelRegisters(const TailEvaluator& evaluator, Arithmetic arithmetic, double center,
                    double radius, std::span<const std::uint32_t> path,
                    std::vector<TaylorModel>& registers);

}  // namespace foldproof::prove
