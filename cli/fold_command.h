// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// `foldproof fold IN -o OUT`: folds a program and writes it; `code` gets the answer.
void AddFoldCommand(CLI::App& app, ExitCode& code);

}  // namespace foldproof::cli
