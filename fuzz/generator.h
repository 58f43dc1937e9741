// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <rapidcheck/Shrinkable.h>

#include <cstdint>

#include "fuzz/draw.h"

namespace foldproof::fuzz {

// Case `index` of `seed`: the same on every machine and for any number of threads. Its shrinks are
// draws with fewer blocks or with plainer choices.
rc::Shrinkable<Draw> DrawCase(std::uint64_t seed, std::uint64_t index,
                              Family family = Family::kQatChain);

}  // namespace foldproof::fuzz
