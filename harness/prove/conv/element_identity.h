// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/exec/plan/functional_view.h"

namespace foldproof::prove {

// A number for each element of `value`, row-major; elements that share one are equal for every
// input of the program: copies of one element (cat, expand, a padding that reflects), or the same
// elementwise function of such. -1: the number of a constant padding. nullopt where no operator on
// the way copies elements, or there is too much to look at.
std::optional<std::vector<std::int64_t>> IdentifyElements(const exec::FunctionalView& view,
                                                          ir::ValueId value);

// Whether an operator that copies elements stands on the way to `value`.
bool MayCopyElements(const exec::FunctionalView& view, ir::ValueId value);

}  // namespace foldproof::prove
