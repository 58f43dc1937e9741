// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run_facts.h"

#include "cli/build_version.h"
#include "cli/machine.h"

namespace foldproof::cli {

reports::RunFacts RunFactsOf(const CommandLine& line, int threads) {
  return {line, threads, BuildVersion(), DescribeMachine()};
}

reports::RunFacts RunFactsOf(const CommandLine& line, int threads, const prove::ProofMemory* memory,
                             std::size_t cached_sites) {
  reports::RunFacts out = RunFactsOf(line, threads);
  if (memory != nullptr) out.cached_sites = cached_sites;
  return out;
}

}  // namespace foldproof::cli
