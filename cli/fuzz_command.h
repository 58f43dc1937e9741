// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "cli/command_line.h"
#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// `foldproof fuzz`: random programs through a pass; `code` gets the answer.
void AddFuzzCommand(CLI::App& app, const CommandLine& line, ExitCode& code);

// `foldproof replay DIR`: shows a failure that fuzz kept once more.
void AddReplayCommand(CLI::App& app, ExitCode& code);

}  // namespace foldproof::cli
