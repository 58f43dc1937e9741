// SPDX-License-Identifier: BSD-3-Clause
//
// Judges with a fault, which the lie detector must find: it asks the judge what mutants ask the
// engine (docs/mutants.md). A faulty judge is the right one that does not see a part of the
// programs, or says another thing than it found.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/judge/lie_campaign.h"
#include "fuzz/judge/sketch.h"

namespace foldproof::fuzz {

struct FaultyJudge {
  std::string_view name;    // "moves-unseen"; stable
  std::string_view breaks;  // which part, and how
  // Takes out of a program what this judge does not see; whether there was anything. May be null.
  bool (*sees)(Sketch&) = nullptr;
  // Turns what the right judge says into what this one does; whether it is another thing.
  bool (*says)(prove::Verification&) = nullptr;
};

std::span<const FaultyJudge> FaultyJudges();

// How a faulty judge was found out.
struct HuntedJudge {
  std::string_view name;
  std::string_view breaks;
  bool found = false;
  std::string rule;                // of the lie
  std::vector<std::string> needs;  // the kinds of changes in the case
  std::uint64_t cases = 0;         // until then; all that were tried for a survivor
  double seconds = 0;
};

// Draws pairs until each faulty judge was caught in a lie that the right one does not tell of the
// same pair. `found` is called for each.
std::vector<HuntedJudge> HuntFaultyJudges(const LieCampaignOptions& options,
                                          const std::function<void(const HuntedJudge&)>& found);

}  // namespace foldproof::fuzz
