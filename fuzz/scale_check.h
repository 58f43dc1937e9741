// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "fuzz/finding.h"
#include "harness/prove/judge/prover.h"

namespace foldproof::fuzz {

// A convolution's own quantizer (the same node in both programs) that came out coarser than before,
// and of whose codes the reachable accumulators of all channels together use less than three
// quarters and no end: the scale is larger than the shifted range needs.
std::optional<Finding> NeedlesslyCoarse(const prove::Side& before, const prove::Side& after,
                                        const prove::Proof& proof);

}  // namespace foldproof::fuzz
