// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "cli/command_line.h"
#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// foldproof compare BEFORE AFTER --executor A[,B] [--inputs X.npz] [--random N --seed S] ...
// `code` is the exit code when it has run.
void AddCompareCommand(CLI::App& app, const CommandLine& line, ExitCode& code);

}  // namespace foldproof::cli
