// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "cli/command_line.h"
#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// `foldproof gate merge SHARD.json...`: one report of a gate whose pairs several processes judged.
CLI::App* AddGateMergeCommand(CLI::App& gate, const CommandLine& line, ExitCode& code);

}  // namespace foldproof::cli
