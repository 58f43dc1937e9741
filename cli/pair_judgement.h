// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/configuration.h"
#include "cli/progress.h"
#include "harness/verify/verification.h"

namespace foldproof::cli {

// What `verify` says of one pair.
struct PairJudgement {
  std::optional<verify::Verified> verified;  // nullopt: the pair is unusable
  std::string unusable;                      // why; empty where it is usable
};

// Judges all pairs on `threads` threads, several at once, and gives them in their order; the result
// does not depend on the number of threads, nor on what `memory`, which may be null, knows, but for
// what it cost. Throws what is no fault of a pair
// (Error(kInternal), Error(kOutput)).
std::vector<PairJudgement> JudgePairs(const std::vector<ConfiguredPair>& pairs, int threads,
                                      prove::ProofMemory* memory, Progress& progress);

// How many sites of all pairs were judged before, and their proofs kept.
std::size_t CachedSites(const std::vector<PairJudgement>& judged);

}  // namespace foldproof::cli
