// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "cli/command_line.h"
#include "reports/json_report.h"

namespace foldproof::cli {

// The facts of a run of this program on this machine.
reports::RunFacts RunFactsOf(const CommandLine& line, int threads = 1);

}  // namespace foldproof::cli
