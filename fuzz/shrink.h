// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rapidcheck/Shrinkable.h>

#include <functional>
#include <vector>

#include "fuzz/draw.h"

namespace foldproof::fuzz {

// The plainest draw on which `fails` still holds: RapidCheck's shrinks of `start`, the first that
// fails each time, until none does; then choices are made plain with other weights and parameters.
// At most `most` draws are tried; `tried` counts them.
Draw Shrink(const rc::Shrinkable<Draw>& start, const std::function<bool(const Draw&)>& fails,
            std::size_t most, std::size_t& tried);

// Every draw with one choice less above 0.
std::vector<Draw> WithOneChoiceLess(const Draw& draw);

}  // namespace foldproof::fuzz
