// SPDX-License-Identifier: BSD-3-Clause
//
// Runs that refute what the proof leaves open. A proof that finds no counterpart of a value can say
// no more than `unproved`, whatever the programs compute. Where nothing was folded, the two have to
// give the same numbers, and a run in which they do not shows that they differ.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/exec/arrays/npz.h"
#include "harness/prove/verdict/verdict.h"
#include "harness/verify/witness_executors.h"
#include "src/ir/functional/functional_program.h"

namespace foldproof::verify {

struct RefutingRun {
  prove::StructureFinding finding;  // rule "run-differs", with what ran it
  exec::Arrays inputs;              // x0, or x0_{k} of several inputs, for `foldproof run`
};

// Whether a run can refute the pair: both consist of the same convolutions, batch_norms, quantizers
// and stored numbers, so that no fold has happened whose rounding would have to be allowed, and no
// result is drawn at random.
bool CanBeRefuted(const ir::FunctionalProgram& before, const ir::FunctionalProgram& after);

// The first of some inputs drawn from the range of the input's quantizer on which an output differs
// by more than 8 LSB and a sixteenth of its largest magnitude, in every runner that can run both
// programs, one at least. Such a difference is none of rounding. nullopt: there is none.
std::optional<RefutingRun> FindRefutingRun(const ir::Program& before, const ir::Program& after,
                                           WitnessExecutors& executors);

}  // namespace foldproof::verify
