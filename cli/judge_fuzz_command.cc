// SPDX-License-Identifier: BSD-3-Clause
#include "cli/judge_fuzz_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "cli/build_version.h"
#include "cli/machine.h"
#include "cli/progress.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "fuzz/judge/faulty_judges.h"
#include "fuzz/judge/lie_campaign.h"
#include "fuzz/judge/lie_case.h"
#include "fuzz/judge/lie_report.h"
#include "harness/exec/open/open_executor.h"
#include "harness/prove/verdict/names.h"
#include "reports/json_report.h"
#include "src/base/file.h"
#include "src/pt2/reader.h"

namespace foldproof::cli {
namespace {

// The programs of a folder, in the order of their names. One that cannot be read ends the command.
std::vector<ir::Program> ProgramsIn(const std::string& folder) {
  if (folder.empty()) return {};
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".pt2") files.push_back(entry.path());
  }
  if (failed) throw Error(Error::Code::kInput, folder, "cannot be read: " + failed.message());
  if (files.empty()) throw Error(Error::Code::kInput, folder, "holds no .pt2 file");
  std::ranges::sort(files);
  std::vector<ir::Program> out;
  for (const auto& file : files) out.push_back(pt2::ReadProgram(file));
  return out;
}

fuzz::LieCampaignOptions CampaignOf(const JudgeFuzzOptions& options, Stopwatch& stopwatch) {
  fuzz::LieCampaignOptions campaign;
  campaign.seed = options.seed;
  if (options.cases > 0) campaign.cases = options.cases;
  campaign.threads = options.threads;
  campaign.programs = ProgramsIn(options.programs);
  campaign.seconds = [&stopwatch] { return stopwatch.Total(); };
  campaign.stop = [&options, &stopwatch] {
    return options.interrupted() || (options.seconds > 0 && stopwatch.Total() >= options.seconds);
  };
  return campaign;
}

// Every faulty judge must be found out.
ExitCode HuntJudges(const JudgeFuzzOptions& options, const CommandLine& line) {
  Stopwatch stopwatch;
  const fuzz::LieCampaignOptions campaign = CampaignOf(options, stopwatch);
  const auto hunted = fuzz::HuntFaultyJudges(campaign, [&](const fuzz::HuntedJudge& judge) {
    if (options.quiet) return;
    fmt::print("found     {:32} {:18} {:6} cases {:7.2f} s\n", judge.name, judge.rule, judge.cases,
               judge.seconds);
  });
  const auto found = std::ranges::count_if(hunted, &fuzz::HuntedJudge::found);
  if (!options.quiet) {
    for (const fuzz::HuntedJudge& judge : hunted) {
      if (!judge.found) fmt::print("SURVIVES  {} ({} cases)\n", judge.name, judge.cases);
    }
    fmt::print("{} of {} faulty judges found\n", found, hunted.size());
  }
  if (!options.json.empty()) {
    const fuzz::LieRun run{line,
                           "",
                           options.threads,
                           BuildVersion(),
                           DescribeMachine(),
                           exec::OpenExecutor("torch")->Describe()};
    WriteFile(options.json,
              reports::Written(fuzz::FaultyJudgesReport(hunted, campaign, stopwatch.Total(), run)));
  }
  return found == std::ssize(hunted) ? ExitCode::kHolds : ExitCode::kDiffers;
}

}  // namespace

ExitCode FuzzJudge(const JudgeFuzzOptions& options, const CommandLine& line) {
  if (options.mutants) return HuntJudges(options, line);
  Stopwatch stopwatch;
  fuzz::LieCampaignOptions campaign = CampaignOf(options, stopwatch);
  std::optional<Progress> progress;
  progress.emplace("drawing pairs", options.progress, options.quiet);
  campaign.progress = [&](const fuzz::LieCampaignResult& result) {
    progress->Tell(
        fmt::format("{} pairs, {} held, {} lies", result.cases, result.held, result.lied));
  };
  campaign.found = [&](const fuzz::FoundLie& lie) {
    if (options.out.empty()) return;
    fuzz::WriteLie(lie, campaign, std::filesystem::path(options.out) / fuzz::FolderName(lie));
  };
  const fuzz::LieCampaignResult result = fuzz::RunLieCampaign(campaign);
  progress.reset();
  const fuzz::LieRun run{
      line,           options.out,       options.threads,
      BuildVersion(), DescribeMachine(), exec::OpenExecutor("torch")->Describe()};
  if (!options.json.empty()) {
    WriteFile(options.json, reports::Written(fuzz::LieReport(result, run)));
  }
  if (!options.quiet) Say(fuzz::LieSummary(result, run));
  return result.lied == 0 ? ExitCode::kHolds : ExitCode::kDiffers;
}

ExitCode ReplayLie(const std::string& folder) {
  const fuzz::KeptLie kept = fuzz::ReadLie(folder);
  const auto torch = exec::OpenExecutor("torch");
  prove::JudgeScratch scratch;
  const fuzz::CheckedPair checked =
      fuzz::CheckPair(kept.pair, kept.key, fuzz::ProverWith(scratch), *torch);
  Say(fmt::format("verdict {}{}{}\n", prove::NameOf(checked.verdict),
                  checked.note.empty() ? "" : ": ", Printable(checked.note, 400)));
  if (checked.lie) {
    Say(fmt::format("{} at {}: {}\n", checked.lie->rule, Printable(checked.lie->place, 80),
                    PrintableMessage(checked.lie->detail)));
  }
  const bool again = checked.lie && checked.lie->rule == kept.lie.rule;
  Say(fmt::format("{}: {}\n", torch->Describe(),
                  again ? "the judge is wrong again by " + Printable(kept.lie.rule, 60)
                        : "the judge is no longer wrong by " + Printable(kept.lie.rule, 60)));
  return again ? ExitCode::kDiffers : ExitCode::kHolds;
}

}  // namespace foldproof::cli
