// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/campaign.h"
#include "fuzz/campaign_result.h"
#include "fuzz/shard.h"
#include "src/base/error.h"

namespace foldproof::fuzz {

// How a campaign was run; but for its terms none of it changes what it finds.
struct CampaignRun {
  std::vector<std::string> command;  // as it was typed
  CampaignTerms terms;
  std::string out;  // folder of the cases; empty: they were not kept
  int threads = 1;
  std::string version;
  std::string machine;
  double peak_rss_mb = 0;         // the most memory that was resident, in 10^6 bytes
  double peak_worker_rss_mb = 0;  // the same of the largest process that examined cases
  double processor_seconds = 0;   // of all of them
};

// 4 where foldproof itself failed on a case, else 1 where a pass did, else 0.
ExitCode ExitCodeOf(const CampaignResult& result);
// The verdict of a report with this exit code.
const char* VerdictOf(ExitCode code);

// report "fuzz": cases, seconds, what became of them, failures[{rule, count, case, ...}], coverage
// (docs/fuzzing.md). With `part` it can be merged with others.
nlohmann::ordered_json CampaignReport(const CampaignResult& result, const CampaignRun& run,
                                      const CampaignPart* part = nullptr);

// The same of a campaign of which some parts were never merged: "missing" says which.
nlohmann::ordered_json PartialReport(const CampaignResult& result, const CampaignRun& run,
                                     const CampaignPart& part);

// What CampaignReport wrote, to go on from: counts, failures and the index of the next case. Throws
// Error(kInput) that names the field.
CampaignResult ResultOf(const nlohmann::json& report);

// The same, of the report's text.
CampaignResult ParseCampaignReport(std::string_view text);

// "12800 cases, 2133/s, 41 % refused, 58 % proved, 0 % unproved, 3 failures (2 causes), 99 % of
// pairs".
std::string ProgressLine(const CampaignResult& result);

// "12,800 of 20,000 cases, 3 failed (2 causes), shrinking cause 3 of 7 (saturation)"; `cases`: how
// many are asked for; nullopt: as many as there is time for.
std::string ProgressText(const CampaignProgress& progress, std::optional<std::uint64_t> cases);

// A line for the whole, and one for each failure.
std::string CampaignSummary(const CampaignResult& result, const CampaignRun& run);

}  // namespace foldproof::fuzz
