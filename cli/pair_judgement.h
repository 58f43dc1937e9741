// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/configuration.h"

namespace foldproof::cli {

// What `verify` says of all pairs, in their order.
struct PairJudgements {
  std::vector<nlohmann::ordered_json> reports;  // without what they cost; null: unusable
  std::vector<std::string> unusable;            // for each pair why; empty where it is usable
};

// On `threads` threads, several pairs at once; the result does not depend on their number. Throws
// what is no fault of a pair (Error(kInternal), Error(kOutput)).
PairJudgements JudgePairs(const std::vector<ConfiguredPair>& pairs, int threads);

}  // namespace foldproof::cli
