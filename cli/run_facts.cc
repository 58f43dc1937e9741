// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run_facts.h"

#include "cli/build_version.h"
#include "cli/machine.h"

namespace foldproof::cli {

reports::RunFacts RunFactsOf(const CommandLine& line, int threads) {
  return {line, threads, BuildVersion(), DescribeMachine()};
}

}  // namespace foldproof::cli
