// SPDX-License-Identifier: BSD-3-Clause
#include "cli/campaign_setup.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/build_version.h"
#include "cli/interrupts.h"
#include "cli/machine.h"
#include "cli/rule_names.h"
#include "fuzz/case_files.h"
#include "harness/passes/built_in_pass.h"
#include "src/base/refuse.h"

namespace foldproof::cli {
namespace {

// An external pass takes a thousand times as long as ours; draws that are tried for one cause.
constexpr std::size_t kMostExternalShrinks = 120;
constexpr std::uint64_t kAgainExternal = 8;  // of so many programs one is folded twice

constexpr double kLateSeconds = 1;  // after --seconds nobody waits for a case any more

// That an external pass may take for one program: it starts, folds it up to three times, and starts
// again where it ended in between.
unsigned PassSeconds(const passes::PassCommand& pass) {
  const double seconds = 4 * pass.timeout_seconds + 2 * pass.start_seconds + kMostSeconds;
  return static_cast<unsigned>(std::min(seconds, 1e6));
}

// A misspelled rule would be one that never fails.
void CheckRules(const char* option, const std::vector<std::string>& rules) {
  for (const std::string& rule : rules) {
    if (const auto meant = MisspelledRule(rule))
      throw Error(Error::Code::kUsage, option,
                  "'" + Printable(rule, 60) + "' is no rule; did you mean '" + *meant + "'?");
  }
}

// Asked by the processes that examine cases, too.
passes::IsOver NobodyWaits(const CampaignSetup& setup, const Stopwatch& stopwatch) {
  return [&stopwatch, limit = setup.seconds] {
    return InterruptedTwice() || (limit > 0 && stopwatch.Total() >= limit + kLateSeconds);
  };
}

std::filesystem::path CauseFolder(const std::string& out, const fuzz::Failure& failure) {
  return std::filesystem::path(out) / fuzz::FolderName(failure);
}

}  // namespace

fuzz::Family FamilyOf(const CampaignSetup& setup) {
  return setup.fold.pass == fold::FoldPass::kConvBn ? fuzz::Family::kConvBn
                                                    : fuzz::Family::kQatChain;
}

fuzz::CampaignOptions OptionsOf(const CampaignSetup& setup, Stopwatch& stopwatch) {
  fuzz::CampaignOptions options;
  options.seed = setup.seed;
  options.first = setup.first;
  if (setup.cases > 0) options.cases = setup.cases;
  options.threads = setup.threads;
  const bool external = !setup.pass.command.empty();
  options.properties.saturation_is_known = !external && setup.fold.policy == fold::Policy::kGuarded;
  options.properties.family = FamilyOf(setup);
  options.properties.weights = fold::ModeOf(setup.fold);
  if (external) {
    options.most_shrinks = kMostExternalShrinks;
    options.properties.again_every = kAgainExternal;
  }
  if (setup.shrinks > 0) options.most_shrinks = setup.shrinks;
  CheckRules("--properties", setup.properties);
  CheckRules("--known", setup.known);
  options.properties.rules = {setup.properties.begin(), setup.properties.end()};
  options.properties.known = {setup.known.begin(), setup.known.end()};
  options.seconds = [&stopwatch] { return stopwatch.Total(); };
  options.stop = Interrupted;
  if (setup.seconds > 0) options.ends_at = setup.seconds;
  options.hurry = options.is_over = NobodyWaits(setup, stopwatch);
  return options;
}

fuzz::CampaignTerms TermsOf(const CampaignSetup& setup, const fuzz::CampaignOptions& options,
                            const std::string& pass) {
  fuzz::CampaignTerms out{pass,
                          options.properties.rules,
                          options.properties.known,
                          options.most_shrinks,
                          options.properties.weights,
                          {}};
  if (!setup.pass.command.empty()) out.pass_timeout = setup.pass.timeout_seconds;
  return out;
}

CampaignSetup SetupOf(const fuzz::WholeCampaign& campaign) {
  CampaignSetup out;
  out.seed = campaign.seed;
  out.first = campaign.first;
  out.cases = campaign.cases;
  out.shrinks = static_cast<std::size_t>(campaign.terms.shrinks);
  out.properties = {campaign.terms.properties.begin(), campaign.terms.properties.end()};
  out.known = {campaign.terms.known.begin(), campaign.terms.known.end()};
  if (campaign.terms.pass_timeout) {
    out.pass = {campaign.terms.pass, *campaign.terms.pass_timeout, {}};
    const bool norms = campaign.family == fuzz::Family::kConvBn;
    out.fold.weights = campaign.terms.weights;
    out.fold.pass = norms ? fold::FoldPass::kConvBn : fold::FoldPass::kQatConvBn;
    return out;
  }
  const auto fold = passes::OptionsNamed(campaign.terms.pass);
  if (!fold) Refuse("pass", "'" + campaign.terms.pass + "' is none of foldproof's own");
  out.fold = *fold;
  return out;
}

CampaignPass::CampaignPass(const CampaignSetup& setup, const Stopwatch& stopwatch)
    : make_([fold = setup.fold] { return std::make_unique<passes::BuiltInPass>(fold); }),
      apart_seconds_(kMostSeconds) {
  if (setup.pass.command.empty()) return;
  if (passes::OptionsNamed(setup.pass.name)) {
    throw Error(Error::Code::kUsage, "--pass-name",
                "'" + setup.pass.name + "' is a name of our own engine, which replay would run");
  }
  external_.emplace(
      setup.pass, passes::PassFiles::kSmall, [&stopwatch] { return stopwatch.Total(); },
      NobodyWaits(setup, stopwatch), Interrupted);
  make_ = external_->Maker();
  apart_seconds_ += PassSeconds(setup.pass);
}

KeptCauses::KeptCauses(const CampaignPass& pass, std::uint64_t seed, std::string out,
                       passes::IsOver is_over)
    : out_(std::move(out)),
      keeper_(pass.make(), seed, pass.name(), pass.apart_seconds(), std::move(is_over)) {}

std::optional<fuzz::Finding> KeptCauses::Keep(const fuzz::Failure& failure) {
  return keeper_.Keep(failure, CauseFolder(out_, failure));
}

void KeptCauses::Remove(const fuzz::Failure& failure) {
  std::error_code ignored;  // a folder that stays is one more case to replay
  std::filesystem::remove_all(CauseFolder(out_, failure), ignored);
}

fuzz::CampaignRun RunOf(const CampaignSetup& setup, const CommandLine& line) {
  return {line,
          {},
          setup.out,
          setup.threads,
          BuildVersion(),
          DescribeMachine(),
          PeakResidentMegabytes(),
          PeakWorkerMegabytes(),
          ProcessorSeconds()};
}

}  // namespace foldproof::cli
