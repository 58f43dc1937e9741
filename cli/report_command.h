// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// foldproof report IN.json... --to FORMAT [-o FILE]
void AddReportCommand(CLI::App& app, ExitCode& code);

}  // namespace foldproof::cli
