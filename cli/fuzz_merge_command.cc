// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fuzz_merge_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/build_version.h"
#include "cli/campaign_setup.h"
#include "cli/interrupts.h"
#include "cli/machine.h"
#include "cli/pass_option.h"
#include "cli/progress.h"
#include "cli/standard_output.h"
#include "fuzz/campaign_merge.h"
#include "fuzz/cause_shrinker.h"
#include "harness/exec/arrays/file_bytes.h"
#include "reports/json_report.h"
#include "src/base/file.h"
#include "src/base/refuse.h"

namespace foldproof::cli {
namespace {

struct FuzzMerge {
  std::vector<std::string> files;
  std::string json, out, pass;
  double pass_start_seconds = passes::PassCommand{}.start_seconds;
  bool allow_missing = false;
  bool quiet = false;
  bool progress = false;
};

constexpr std::size_t kMostPartBytes = std::size_t{256} << 20;
constexpr std::size_t kMostListed = 8;  // of what is missing, in a message

// Thrown so that the processes that examine cases, and their passes, are ended first. The parts are
// all there still: whoever wants the report merges again.
struct MergeStopped {};

void ThrowIfStopped() {
  if (InterruptedTwice()) throw MergeStopped{};
}

struct ReadParts {
  fuzz::PartReports parts;
  std::vector<std::string> faults;  // of the files that are none
};

ReadParts ReadPartReports(const std::vector<std::string>& files) {
  ReadParts out;
  for (const std::string& file : files) {
    ThrowIfStopped();
    try {
      const auto bytes = exec::ReadFileBytes(file, kMostPartBytes);
      out.parts.Add(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      // What contradicts another report names itself.
      const bool is_named = error.place() == file;
      out.faults.emplace_back(is_named ? error.what() : error.Within(file).what());
    }
  }
  return out;
}

std::string Listed(const std::vector<fuzz::CaseRange>& missing) {
  std::vector<std::string> names;
  for (const fuzz::CaseRange& range : missing) {
    if (names.size() < kMostListed) names.push_back(fuzz::NameOfRange(range));
  }
  const std::size_t more = missing.size() - names.size();
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

// Where something is missing that may not be: the files that are no reports, then the cases.
void RefuseMissing(const ReadParts& read, const std::vector<fuzz::CaseRange>& missing) {
  if (read.faults.empty() && missing.empty()) return;
  std::vector<std::string> why;
  for (std::size_t i = 0; i < read.faults.size() && i < kMostListed; ++i) {
    why.push_back(Printable(read.faults[i], 300));
  }
  if (!missing.empty()) why.push_back("missing: " + Listed(missing));
  if (!read.parts.empty()) {
    why.emplace_back("--allow-missing merges what there is, and says so");
  }
  throw Unusable("fuzz merge", fmt::format("{}", fmt::join(why, "; ")));
}

// Shrinks what no part has shrunk, with the campaign's own pass.
class LateShrinker {
 public:
  LateShrinker(const fuzz::WholeCampaign& campaign, const FuzzMerge& merge)
      : setup_(SetupOf(campaign)), given_(setup_.pass.command.empty() || !merge.pass.empty()) {
    setup_.out = merge.out;
    if (!merge.pass.empty() && merge.pass != campaign.terms.pass) {
      throw Error(Error::Code::kUsage, "--pass",
                  "must be that of the reports: " + campaign.terms.pass);
    }
    if (!given_ && !merge.out.empty()) AskForPass("--out");
    setup_.pass.start_seconds = merge.pass_start_seconds;
    pass_.emplace(setup_, stopwatch_);
    options_ = OptionsOf(setup_, stopwatch_);
    options_.apart_seconds = pass_->apart_seconds();
    // A process of its own is made for each before anything is examined.
    if (given_) {
      shrinker_.emplace(pass_->make(), options_.properties, options_.apart_seconds,
                        fuzz::ShrinkOptions{setup_.seed, options_.most_shrinks, options_.seconds,
                                            InterruptedTwice, InterruptedTwice});
    }
    if (!merge.out.empty()) kept_.emplace(*pass_, setup_.seed, merge.out, InterruptedTwice);
    progress_.emplace("merging", merge.progress, merge.quiet);  // a thread, when all processes are
  }

  fuzz::CauseOptions Causes() {
    fuzz::CauseOptions out;
    out.most = options_.most_failures;
    out.shrink = [this](const fuzz::Finding& finding, std::uint64_t index) {
      if (!shrinker_)
        AskForPass(
            fmt::format("case {}, which fails by {} and was not shrunk,", index, finding.rule));
      progress_->Tell(fmt::format("shrinking cause {} ({})", ++shrunk_, finding.rule));
      return Shrunk(finding, index);
    };
    if (kept_) {
      out.found = [this](const fuzz::Failure& failure) {
        const auto found = kept_->Keep(failure);
        ThrowIfStopped();
        return found;
      };
      out.absorbed = [this](const fuzz::Failure& failure) { kept_->Remove(failure); };
    }
    return out;
  }

  void EndProgress() { progress_.reset(); }
  const CampaignSetup& setup() const { return setup_; }
  double seconds() const { return stopwatch_.Total(); }

 private:
  fuzz::Failure Shrunk(const fuzz::Finding& finding, std::uint64_t index) {
    try {
      fuzz::Failure out = shrinker_->Shrunk(shrinker_->FindingOf(finding.rule, index), index);
      ThrowIfStopped();  // it is not shrunk to the end
      return out;
    } catch (const Error&) {
      ThrowIfStopped();  // a case that nobody waited for does not fail by its rule
      throw;
    }
  }

  [[noreturn]] void AskForPass(const std::string& what) const {
    throw Error(Error::Code::kUsage, "fuzz merge",
                what + " needs the pass: give --pass '" + setup_.pass.command + "'");
  }

  Stopwatch stopwatch_;
  CampaignSetup setup_;
  bool given_;
  std::optional<CampaignPass> pass_;
  fuzz::CampaignOptions options_;
  std::optional<fuzz::CauseShrinker> shrinker_;
  std::optional<KeptCauses> kept_;
  std::optional<Progress> progress_;
  int shrunk_ = 0;
};

// A report of the whole campaign is the answer, whatever parts of it are there besides.
ExitCode TellWhole(const FuzzMerge& merge, const fuzz::WholeReport& whole,
                   const CommandLine& line) {
  if (!merge.out.empty()) {
    throw Error(Error::Code::kUsage, "--out",
                whole.name + " is the report of the whole campaign; its cases are where it says");
  }
  auto report = nlohmann::ordered_json::parse(whole.report);
  report["run"] = {{"command", line},
                   {"seconds", 0},
                   {"threads", 1},
                   {"version", whole.campaign.version},
                   {"machine", DescribeMachine()}};
  if (!merge.json.empty()) WriteFile(merge.json, reports::Written(report));
  const int code = report["exit_code"].get<int>();
  if (!merge.quiet) {
    Say(fmt::format("{}: {} cases, {} failed ({} causes), as {} says\n",
                    Printable(whole.campaign.terms.pass), whole.campaign.cases,
                    report["failed"].get<std::uint64_t>(), report["failures"].size(),
                    Printable(whole.name)));
  }
  return static_cast<ExitCode>(code);
}

void CheckVersion(const fuzz::WholeCampaign& campaign, const std::string& name) {
  if (campaign.version == BuildVersion()) return;
  Refuse(name,
         fmt::format("was written by foldproof {}; this is {}", campaign.version, BuildVersion()));
}

ExitCode Merged(const FuzzMerge& merge, const CommandLine& line) {
  const ReadParts read = ReadPartReports(merge.files);
  if (read.parts.empty()) RefuseMissing(read, {});
  if (const auto whole = read.parts.Whole()) {
    if (!merge.allow_missing) RefuseMissing(read, {});
    CheckVersion(whole->campaign, whole->name);
    return TellWhole(merge, *whole, line);
  }
  const fuzz::CampaignPart part = read.parts.Union();
  CheckVersion(part.campaign, part.name);
  const std::vector<fuzz::CaseRange> missing = fuzz::MissingOf(part);
  if (!merge.allow_missing) RefuseMissing(read, missing);
  for (const std::string& fault : read.faults) {
    std::fprintf(stderr, "foldproof: left out: %s\n", fault.c_str());
  }
  LateShrinker shrinker(part.campaign, merge);
  fuzz::CampaignResult result = fuzz::MergedResult(part, shrinker.Causes());
  shrinker.EndProgress();
  result.seconds = shrinker.seconds();
  fuzz::CampaignRun run = RunOf(shrinker.setup(), line);
  run.terms = part.campaign.terms;
  if (!merge.json.empty()) {
    WriteFile(merge.json,
              reports::Written(missing.empty() ? fuzz::CampaignReport(result, run)
                                               : fuzz::PartialReport(result, run, part)));
  }
  if (!merge.quiet) {
    Say(fuzz::CampaignSummary(result, run));
    if (!missing.empty()) Say("  missing: " + Listed(missing) + "\n");
  }
  return fuzz::ExitCodeOf(result);
}

ExitCode Merge(const FuzzMerge& merge, const CommandLine& line) {
  CountSignalsAsTwice();  // before any process is started, which all see the count
  try {
    return Merged(merge, line);
  } catch (const MergeStopped&) {
    EndIfTerminated();
    throw Error(Error::Code::kInternal, "fuzz merge", "no signal ended it");
  }
}

}  // namespace

CLI::App* AddFuzzMergeCommand(CLI::App& fuzz, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<FuzzMerge>();
  CLI::App* command = fuzz.add_subcommand(
      "merge", "One report of the parts of a campaign, as if one process had examined all of it");
  command
      ->add_option("SHARD", o->files,
                   "Reports of `fuzz --shard`, and of `fuzz merge --allow-missing`, in any order")
      ->required();
  command->add_option("--json", o->json, "Write the report");
  command->add_option("--out", o->out,
                      "Folder for one case of each cause: programs, witness, draw");
  command->add_option("--pass", o->pass,
                      "The reports' own --pass, where something is to be shrunk or kept");
  AddPassStartOption(*command, o->pass_start_seconds);
  command->add_flag("--allow-missing", o->allow_missing,
                    "Merge what there is where parts are missing; the report says which");
  AddProgressOption(*command, o->progress);
  command->add_flag("--quiet", o->quiet, "Print nothing");
  command->footer(
      "\nThe reports are of one campaign: the same seed, cases, pass, options and version.\n"
      "Example: foldproof fuzz merge shard*.json --json fuzz.json --out failures\n");
  command->callback([o, &line, &code] { code = Merge(*o, line); });
  return command;
}

}  // namespace foldproof::cli
