// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "fuzz/judge/faulty_judges.h"
#include "fuzz/judge/lie_campaign.h"

namespace foldproof::fuzz {

struct LieRun {
  std::vector<std::string> command;
  std::string out;  // the folder of the cases; may be empty
  int threads = 1;
  std::string version, machine, executor;
};

// report "fuzz" with "judge" (docs/fuzzing.md). Times stand in "run" alone.
nlohmann::ordered_json LieReport(const LieCampaignResult& result, const LieRun& run);

// report "fuzz" with mutants[{name, breaks, killed, rule, cases, needs}].
nlohmann::ordered_json FaultyJudgesReport(const std::vector<HuntedJudge>& hunted,
                                          const LieCampaignOptions& options, double seconds,
                                          const LieRun& run);

// A line for the terminal, and all of it.
std::string LieProgress(const LieCampaignResult& result);
std::string LieSummary(const LieCampaignResult& result, const LieRun& run);

}  // namespace foldproof::fuzz
