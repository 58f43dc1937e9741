// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

#include "harness/exec/executor.h"
#include "harness/prove/prover.h"

namespace foldproof::prove {

// Sets the level of every witness of `proof`: program where the program's own input shows it, else
// site.
void SetWitnessLevels(const Side& before, Proof& proof);

// Writes the input of every witness into `folder`, as ConfirmWitnesses does, and runs nothing;
// `why_not_run` is said in the witness. Throws Error(kOutput) where a file cannot be written.
void WriteWitnesses(const Side& before, const std::string& why_not_run,
                    const std::filesystem::path& folder, Proof& proof);

// Runs both programs on every witness and writes its input into `folder` (site0_tail0.npz: x0, or
// x0_{k} of several inputs, for `foldproof run`; `cut` at level site). A witness is confirmed where
// the executed difference is over the tolerance (one that shows an ideal gap has none to be over)
// and within one code of the claim. Throws Error(kOutput) where a file cannot be written; what
// cannot be run is said in the witness.
void ConfirmWitnesses(const Side& before, const Side& after, const ProveOptions& options,
                      exec::Executor& executor, const std::filesystem::path& folder, Proof& proof);

}  // namespace foldproof::prove
