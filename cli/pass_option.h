// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/passes/external_passes.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// Adds --pass COMMAND and --pass-timeout SECONDS.
void AddPassOptions(CLI::App& command, passes::PassCommand& pass);

}  // namespace foldproof::cli
