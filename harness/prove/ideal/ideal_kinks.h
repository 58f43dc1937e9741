// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/ideal/ideal_tail.h"

namespace foldproof::prove {

// What the registers of an ideal tail are as functions of A between two of its kinks. kSteps: lines
// and parabolas too, but one may start elsewhere than the one before it ended.
enum class IdealShape { kLines, kParabolas, kSteps, kOther };

// Appends to `kinks` the accumulators inside (low, high) at which a register of `path` bends,
// changes from one parabola to another or steps. Steps are found to within half an accumulator. Of
// kOther, not all are found.
IdealShape FindKinks(const IdealTail& ideal, double low, double high,
                     std::span<const std::uint32_t> path, std::vector<double>& kinks);

}  // namespace foldproof::prove
