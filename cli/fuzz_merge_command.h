// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "cli/command_line.h"
#include "src/base/error.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// `foldproof fuzz merge SHARD.json...`: one report of the parts of a campaign.
CLI::App* AddFuzzMergeCommand(CLI::App& fuzz, const CommandLine& line, ExitCode& code);

}  // namespace foldproof::cli
