// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "fuzz/failure.h"
#include "harness/exec/executor.h"
#include "harness/passes/pass_under_test.h"

namespace foldproof::fuzz {

// What a failure is kept as: a folder with before.pt2, after.pt2 (what the pass made of it, usable
// or not; absent where it made nothing or raised), the witness's input where the proof has one
// (site0_tail0.npz), traceback.txt where it said one, and case.json.
struct KeptCase {
  std::string pass;  // its name: a policy of ours, or the command of an external pass
  std::uint64_t seed = 0, index = 0;
  Finding finding;
  Draw draw;
};

// "saturation-1f3a": the rule, and a hash of what the case needs; the same for the same cause.
std::string FolderName(const Failure& failure);

// Makes `folder` and writes into it what needs nothing to be run: before.pt2 and case.json. `pass`
// is its name. Throws Error(kOutput) where a file cannot be written.
void WriteCase(const Failure& failure, std::uint64_t seed, const std::string& pass,
               const std::filesystem::path& folder);

// Writes the rest: what the pass makes of the program, and the witness, which `executor` runs.
// Throws like WriteCase.
void WriteOutcome(const Draw& draw, passes::PassUnderTest& pass, exec::Executor& executor,
                  const std::filesystem::path& folder);

// Reads case.json of `folder`. Throws Error(kInput) that names the file and the field.
KeptCase ReadCase(const std::filesystem::path& folder);

// The same, of the text of a case.json.
KeptCase ParseCase(std::string_view text);

}  // namespace foldproof::fuzz
