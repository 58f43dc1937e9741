// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/passes/external_passes.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// Adds --pass-start-timeout SECONDS.
void AddPassStartOption(CLI::App& command, double& seconds);
// Adds that and --pass COMMAND, --pass-timeout SECONDS and --pass-name NAME.
void AddPassOptions(CLI::App& command, passes::PassCommand& pass);

}  // namespace foldproof::cli
