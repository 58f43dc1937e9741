// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "cli/command_line.h"
#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// foldproof report IN.json... --to FORMAT [-o FILE]
// foldproof report diff OLD.json NEW.json [--json FILE]
void AddReportCommand(CLI::App& app, const CommandLine& line, ExitCode& code);

}  // namespace foldproof::cli
