// SPDX-License-Identifier: BSD-3-Clause
//
// Two programs run side by side, beside what the proof says of them: read, proved, run.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/compare.h"
#include "harness/passes/child.h"
#include "harness/verify/notes.h"
#include "harness/verify/options.h"
#include "harness/verify/source.h"
#include "src/base/error.h"

namespace foldproof::verify {

struct Compared {
  FileIdentity before;
  FileIdentity after;
  std::optional<FileIdentity> inputs;  // of several files: their names, and the digest of theirs
  std::size_t input_files = 0;
  std::optional<FileIdentity> tolerance_file;
  std::vector<std::string> executors;          // as they were named
  std::vector<std::string> described;          // as they describe themselves
  std::map<std::string, std::string> modules;  // of before's nodes, as their author named them
  Notes notes;                                 // beside the verdict
  compare::CompareOptions options;
  compare::Comparison comparison;
  double read_seconds = 0;
  double compare_seconds = 0;
  ExitCode exit = ExitCode::kHolds;
};

// Throws Error(kUsage) where the options contradict each other, Error(kInput) where a file cannot
// be used.
Compared Compare(const std::string& before, const std::string& after, const CompareOptions& options,
                 const passes::Seconds& now);

}  // namespace foldproof::verify
