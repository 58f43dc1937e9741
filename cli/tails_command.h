// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "cli/command_line.h"
#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// foldproof tails FILE --reach exact|interval --json FILE
void AddTailsCommand(CLI::App& app, const CommandLine& line, ExitCode& code);

}  // namespace foldproof::cli
