// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {

// Whether two frontiers have the same bits at every accumulator because both come of the same
// correctly rounded operations on the same numbers in this channel, however the programs spell
// them. What is not known to be so is not.
bool HaveSameBits(const TailEvaluator& before, const Frontier& before_end,
                  const TailEvaluator& after, const Frontier& after_end);

}  // namespace foldproof::prove
