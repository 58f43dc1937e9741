// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/prove/verdict/proof.h"
#include "harness/prove/verdict/prove_options.h"

namespace foldproof::prove {

// Sets the level of every witness of `proof`: program where the program's own input shows it, else
// site.
void SetWitnessLevels(const Side& before, Proof& proof);

// What runs a witness: an executor for each program, which may be one.
struct WitnessRunner {
  exec::Executor* before;
  exec::Executor* after;
  std::string description;  // for the report
};

// Runs both programs on every witness and writes its input into `folder` (site0_tail0.npz: x0, or
// x0_{k} of several inputs, for `foldproof run`; `cut` at level site, which is fed as the codes
// that it stands for where both programs dequantize them alike). A witness is confirmed where, in
// each of `runners` that can run it, the executed difference is over the tolerance (one that shows
// an ideal gap has none to be over) and within one code of the claim. Throws Error(kOutput) where a
// file cannot be written; what cannot be run is said in the witness, as is `not_opened`: "torch:
// this build has no libtorch".
void ConfirmWitnesses(const Side& before, const Side& after,
                      const std::vector<WitnessRunner>& runners,
                      const std::vector<std::string>& not_opened,
                      const std::filesystem::path& folder, Proof& proof);

}  // namespace foldproof::prove
