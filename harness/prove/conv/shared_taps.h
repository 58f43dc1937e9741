// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/conv/conv_side.h"

namespace foldproof::prove {

// Like FindTapsAnywhere where two taps may read one element: those are one tap with the sum of
// their weights. nullopt: no taps were found, or nothing is known of the elements.
std::optional<FoundTaps> FindSharedTaps(const exec::FunctionalView& view, const ConvSide& side,
                                        std::size_t channel, std::int64_t from, std::int64_t to,
                                        std::int64_t wish);

}  // namespace foldproof::prove
