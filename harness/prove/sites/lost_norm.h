// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/prove/tail/tail.h"

namespace foldproof::prove {

// The batch_norm that stands right behind before's conv, where nothing between the two computes and
// before's way to its frontier has no other, while after's way has none at all: a fold put its
// factor into the weights or their scales. Null where that is not so.
const AffineConstants* LostNorm(const Tail& before, const Frontier& before_end, const Tail& after,
                                const Frontier& after_end);

}  // namespace foldproof::prove
