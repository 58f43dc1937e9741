// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// foldproof completion bash|zsh|fish: what the shell completes, made of `app`'s own commands,
// options and choices. Added last; it knows of itself, too.
void AddCompletionCommand(CLI::App& app, ExitCode& code);

}  // namespace foldproof::cli
