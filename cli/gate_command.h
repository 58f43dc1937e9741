// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "cli/command_line.h"
#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// foldproof gate [--config FILE]: judges every pair of a repository; `code` gets the answer.
void AddGateCommand(CLI::App& app, const CommandLine& line, ExitCode& code);

}  // namespace foldproof::cli
