// SPDX-License-Identifier: BSD-3-Clause
//
// ApplyIdeal (elementary_functions.h) of Taylor models.
#pragma once

#include <array>
#include <optional>

#include "harness/prove/constants/taylor_model.h"
#include "src/ir/op.h"

namespace foldproof::prove {

// The function of `x`, within float64 rounding of what ApplyIdeal gives. nullopt where it has a
// pole among the numbers that x may be, or where x is not finite. Across a bend its remainder
// shrinks no faster than the cell.
std::optional<TaylorModel> ModelOf(ir::Unary::Kind kind, const std::array<double, 3>& parameters,
                                   const TaylorModel& x);

// x clamped to [low, high], of which either may be absent.
TaylorModel ClampModel(const TaylorModel& x, std::optional<double> low, std::optional<double> high);

// 1 / x; nullopt where x may be 0.
std::optional<TaylorModel> ReciprocalModel(const TaylorModel& x);

}  // namespace foldproof::prove
