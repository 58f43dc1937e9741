// SPDX-License-Identifier: BSD-3-Clause
//
// The accumulators that given inputs produce (docs/proof.md, "Domains").
#pragma once

#include <vector>

#include "harness/exec/executor.h"
#include "harness/prove/verdict/observations.h"

namespace foldproof::prove {

struct Side;

// Runs the program of `before` on every entry of `runs` (InputsOfAllRuns) up to the inputs of its
// quantized convs, and sums up every accumulator exactly. Throws Error(kInput) that names the node
// where the program cannot be run.
Observations Observe(const Side& before, exec::Executor& executor,
                     const std::vector<exec::Tensors>& runs);

}  // namespace foldproof::prove
