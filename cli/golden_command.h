// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "cli/command_line.h"
#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// foldproof golden check DIR, foldproof golden update DIR; `code` gets the answer.
void AddGoldenCommand(CLI::App& app, const CommandLine& line, ExitCode& code);

}  // namespace foldproof::cli
