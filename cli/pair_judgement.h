// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/configuration.h"
#include "harness/verify/verification.h"

namespace foldproof::cli {

// What `verify` says of one pair.
struct PairJudgement {
  std::optional<verify::Verified> verified;  // nullopt: the pair is unusable
  std::string unusable;                      // why; empty where it is usable
};

// Of all pairs in their order, on `threads` threads, several pairs at once; the result does not
// depend on their number, but for what it cost. Throws what is no fault of a pair
// (Error(kInternal), Error(kOutput)).
std::vector<PairJudgement> JudgePairs(const std::vector<ConfiguredPair>& pairs, int threads);

}  // namespace foldproof::cli
