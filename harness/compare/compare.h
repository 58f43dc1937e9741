// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/compare/comparison.h"

namespace foldproof::compare {

// Proves, then runs both programs with `executor` on every input that the options ask for, and on
// the proof's worst accumulators; with `second` also each program on both executors, node by node.
// The same options and executors give the same result, whatever the number of threads. Throws
// Error(kInput) where the programs or the inputs do not fit each other, or a node cannot be run.
Comparison Compare(const prove::Side& before, const prove::Side& after,
                   const CompareOptions& options, exec::Executor& executor,
                   exec::Executor* second = nullptr);

// The same with a proof that is there already, of the same programs and options.
Comparison CompareProved(prove::Proof proof, const prove::Side& before, const prove::Side& after,
                         const CompareOptions& options, exec::Executor& executor,
                         exec::Executor* second = nullptr);

// The finding of a program that did more than the proof says any input can; nullptr: there is none.
const SampleFinding* Contradiction(const Comparison& comparison);

}  // namespace foldproof::compare
