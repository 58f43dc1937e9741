// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// `foldproof cache check`, `foldproof cache prune`.
void AddCacheCommand(CLI::App& app, ExitCode& code);

}  // namespace foldproof::cli
