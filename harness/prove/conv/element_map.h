// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/constants/constant_values.h"

namespace foldproof::prove {

// The operand that `node` only moves elements of: reshape, permute, clone, pad.
std::optional<ir::ValueId> MovedOperand(const ir::Node& node);

// For each element of `to`, row-major, which element of `from` it is a copy of, -1 for the zero of
// a constant padding. nullopt where more than moves (reshape, permute, clone, pad) lies between, or
// a shape is not known.
std::optional<std::vector<std::int64_t>> TraceElements(const FunctionalView& view, ir::ValueId from,
                                                       ir::ValueId to);

// Where element `index` of `from` is found in `to`: the first one that is a copy of it. The nodes
// in between may compute, element by element; only how they move elements counts.
std::optional<std::int64_t> FollowElement(const FunctionalView& view,
                                          const std::vector<ir::NodeId>& path, std::int64_t index);

}  // namespace foldproof::prove
