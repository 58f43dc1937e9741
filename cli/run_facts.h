// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "cli/command_line.h"
#include "harness/prove/question/proof_memory.h"
#include "reports/json_report.h"

namespace foldproof::cli {

// The facts of a run of this program on this machine.
reports::RunFacts RunFactsOf(const CommandLine& line, int threads = 1);

// The same of one that proved with a memory, where `memory` is no null: so many sites came from it.
reports::RunFacts RunFactsOf(const CommandLine& line, int threads, const prove::ProofMemory* memory,
                             std::size_t cached_sites);

}  // namespace foldproof::cli
