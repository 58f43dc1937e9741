// SPDX-License-Identifier: BSD-3-Clause
//
// Many pairs before the judge: the lie detector (docs/fuzzing.md).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/judge/lie_check.h"

namespace foldproof::fuzz {

// One kind of lie: the rule, and the changes that its plainest case needs.
struct FoundLie {
  Lie lie;
  std::vector<std::string> needs;  // KindsOf the plainest case
  std::string family;
  PairDraw draw;
  std::uint64_t count = 0;  // cases
  std::uint64_t first = 0;  // index of the first
  std::size_t tried = 0;    // draws while it was shrunk
  double seconds = 0;       // into the campaign when it was found
};

// Whether a case that fails by `rule` and holds these kinds of changes is taken for the same lie.
bool Explains(const FoundLie& known, const std::string& rule,
              const std::vector<std::string>& kinds);

struct LieCampaignResult {
  std::uint64_t seed = 0, cases = 0, next = 0;
  // Pairs by what became of them; `unmade`: a change had no place.
  std::uint64_t unmade = 0, refused = 0, differs = 0, unproved = 0, not_run = 0, held = 0, lied = 0,
                flips = 0;
  struct OfKind {
    std::uint64_t cases = 0, held = 0, lied = 0;
  };
  std::map<std::string, OfKind> kinds;
  std::map<std::string, std::uint64_t> unproved_reasons, not_run_reasons;
  std::vector<FoundLie> lies;
  double seconds = 0;
};

struct LieCampaignOptions {
  std::uint64_t seed = 1;
  std::uint64_t first = 0;             // index of the first case
  std::optional<std::uint64_t> cases;  // nullopt: until `stop`
  int threads = 1;
  std::vector<ir::Program> programs;  // bases besides the drawn ones
  std::size_t most_lies = 128;        // that are told apart and shrunk
  std::size_t most_shrinks = 400;     // draws that are tried for one
  std::function<double()> seconds;
  std::function<bool()> stop;
  std::function<void(const LieCampaignResult&)> progress;
  std::function<void(const FoundLie&)> found;
};

// The same cases and the same lies for any number of threads, where nothing is drawn at random in
// a program itself.
LieCampaignResult RunLieCampaign(const LieCampaignOptions& options);

// The inputs of a case's runs are drawn with this.
std::uint64_t RunKey(std::uint64_t seed, std::uint64_t index);

}  // namespace foldproof::fuzz
