// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cli/command_line.h"
#include "src/base/error.h"

namespace foldproof::cli {

// `fuzz --judge`: pairs of programs whose verdict libtorch is asked to bear out.
struct JudgeFuzzOptions {
  std::uint64_t cases = 0;  // 0: no limit
  double seconds = 0;       // 0: no limit
  std::uint64_t seed = 1;
  int threads = 1;
  std::string programs;  // a folder of .pt2 files; may be empty
  std::string out, json;
  bool quiet = false;
  bool progress = false;
  bool mutants = false;  // faulty judges instead of the right one
  std::function<bool()> interrupted;
};

ExitCode FuzzJudge(const JudgeFuzzOptions& options, const CommandLine& line);

// `replay` of a lie.
ExitCode ReplayLie(const std::string& folder);

}  // namespace foldproof::cli
