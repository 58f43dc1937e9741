// SPDX-License-Identifier: BSD-3-Clause
//
// What a campaign is set up with, by `fuzz` and by `fuzz merge`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/stopwatch.h"
#include "fuzz/campaign.h"
#include "fuzz/campaign_report.h"
#include "fuzz/case_keeper.h"
#include "harness/passes/external_passes.h"
#include "src/fold/pipeline.h"

namespace foldproof::cli {

inline constexpr unsigned kMostSeconds = 120;  // that we may take for the program of a case

struct CampaignSetup {
  std::uint64_t cases = 0;  // 0: no limit
  double seconds = 0;       // 0: no limit
  std::uint64_t seed = 1;
  std::uint64_t first = 0;
  int threads = 1;
  std::size_t shrinks = 0;  // 0: 120 for an external pass, else CampaignOptions' own
  std::string out;
  std::vector<std::string> properties, known;
  fold::FoldOptions fold;
  passes::PassCommand pass;  // instead of our own
};

fuzz::Family FamilyOf(const CampaignSetup& setup);

// Throws Error(kUsage) of a rule that is misspelled.
fuzz::CampaignOptions OptionsOf(const CampaignSetup& setup, Stopwatch& stopwatch);

// What a report says of `options`.
fuzz::CampaignTerms TermsOf(const CampaignSetup& setup, const fuzz::CampaignOptions& options,
                            const std::string& pass);

// The reverse: what `campaign` was set up with. Throws Error(kInput) where its pass is none of
// ours and no command.
CampaignSetup SetupOf(const fuzz::WholeCampaign& campaign);

// The pass that a campaign asks. It outlives what it makes.
class CampaignPass {
 public:
  CampaignPass(const CampaignSetup& setup, const Stopwatch& stopwatch);

  const passes::MakePass& make() const { return make_; }
  std::string name() const { return make_()->name(); }
  bool is_external() const { return external_.has_value(); }
  unsigned apart_seconds() const { return apart_seconds_; }  // that a case may take

 private:
  std::optional<passes::ExternalPasses> external_;
  passes::MakePass make_;
  unsigned apart_seconds_;
};

// Keeps a folder in `out` for each cause, and removes those of causes that others take in.
class KeptCauses {
 public:
  KeptCauses(const CampaignPass& pass, std::uint64_t seed, std::string out,
             passes::IsOver is_over = {});

  std::optional<fuzz::Finding> Keep(const fuzz::Failure& failure);
  void Remove(const fuzz::Failure& failure);

 private:
  std::string out_;
  fuzz::CaseKeeper keeper_;
};

// What `fuzz` says of a campaign's run, without its terms.
fuzz::CampaignRun RunOf(const CampaignSetup& setup, const CommandLine& line);

}  // namespace foldproof::cli
