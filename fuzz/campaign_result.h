// SPDX-License-Identifier: BSD-3-Clause
//
// What a campaign found, as values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/coverage.h"
#include "fuzz/failure.h"
#include "src/fold/folded_weight.h"

namespace foldproof::fuzz {

// What decides what a campaign finds, beside its seed, its cases and which programs are drawn.
struct CampaignTerms {
  std::string pass;                    // its name: one of our engines, or a command
  std::set<std::string> properties{};  // only these rules are failures; empty: all
  std::set<std::string> known{};       // these are not
  std::uint64_t shrinks = 2000;        // draws that are tried for one cause
  fold::CodesMode weights{};           // what becomes of codes of weights
  // Seconds that a command may take for one program; nullopt: the pass is an engine of ours.
  std::optional<double> pass_timeout{};

  friend bool operator==(const CampaignTerms&, const CampaignTerms&) = default;
};

// What became of the cases `begin` to `end` - 1.
struct CaseRange {
  std::uint64_t begin = 0, end = 0;
  std::string shard;  // "3/16", as it was asked for
  std::uint64_t refused = 0, proved = 0, unproved = 0, failed = 0;
  std::map<std::string, std::uint64_t> unproved_reasons;
  std::vector<std::uint64_t> choices;  // how often each was drawn (Coverage::counts)

  friend bool operator==(const CaseRange&, const CaseRange&) = default;
};

// What other cases may need of these: from it the causes are told apart again, as if one campaign
// had looked at all cases in their order (shard.h).
struct CaseRecord {
  // The rules that a case fails by, in the order in which it does, and those cases, ascending.
  std::map<std::vector<std::string>, std::vector<std::uint64_t>> failing;
  // What shrinking made of a case, by its index and the rule that was held fixed.
  std::map<std::pair<std::uint64_t, std::string>, Failure> shrunk;
};

struct CampaignResult {
  std::uint64_t seed = 0;
  std::uint64_t first = 0;  // index of the first case
  std::uint64_t next = 0;   // index of the case that would come next
  std::uint64_t cases = 0, refused = 0, proved = 0, unproved = 0, failed = 0;
  std::uint64_t internal_errors = 0;  // cases in which foldproof itself threw, crashed or hung
  bool stopped = false;               // before all that was asked for were examined
  std::vector<Failure> failures;      // by cause, in the order in which they were told apart
  std::map<std::string, std::uint64_t> unproved_reasons;
  Coverage coverage;
  std::optional<CaseRecord> record;  // where the campaign was asked for it
  double seconds = 0;
};

}  // namespace foldproof::fuzz
