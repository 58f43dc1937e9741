// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "fuzz/finding.h"
#include "harness/exec/executor.h"
#include "harness/prove/judge/prover.h"

namespace foldproof::fuzz {

// Both programs on one input. With one site, whose convolution reads the program's own input, what
// the run shows is bounded by what was proved over all accumulators (executor-disagrees). Where the
// proof leaves the fold of a program's only convolution open, and not because before is undefined
// or rounding alone may cost a quarter of the codes, no output may move by an eighth of its size,
// where saturation is known by half (run-differs). A program that does not run is unusable.
std::optional<Finding> FaultOfRun(const ir::Program& before, const ir::Program& after,
                                  const prove::Verification& verification, bool saturation_is_known,
                                  exec::Executor& executor);

}  // namespace foldproof::fuzz
