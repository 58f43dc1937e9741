// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fuzz_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "cli/build_version.h"
#include "cli/campaign_setup.h"
#include "cli/choice_option.h"
#include "cli/finite_number.h"
#include "cli/fold_options.h"
#include "cli/fuzz_merge_command.h"
#include "cli/interrupts.h"
#include "cli/judge_fuzz_command.h"
#include "cli/machine.h"
#include "cli/pass_option.h"
#include "cli/progress.h"
#include "cli/shard_option.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "fuzz/campaign.h"
#include "fuzz/campaign_report.h"
#include "fuzz/dump.h"
#include "fuzz/mutant_hunt.h"
#include "harness/exec/arrays/file_bytes.h"
#include "reports/json_report.h"
#include "src/base/file.h"
#include "src/base/within.h"
#include "src/fold/fold_names.h"

namespace foldproof::cli {
namespace {

constexpr std::uint64_t kMostCases = 1'000'000'000'000'000;

struct FuzzCommand {
  CampaignSetup setup;
  std::string shard, json, resume, dump, outcomes;
  bool shrink_later = false;
  bool quiet = false;
  bool progress = false;
  bool mutants = false;
  bool judge = false;
  std::string programs;
};

constexpr std::size_t kMostCampaignBytes = std::size_t{64} << 20;

fuzz::CampaignResult ReadReport(const std::string& path) {
  return Within(path, [&] {
    const auto bytes = exec::ReadFileBytes(path, kMostCampaignBytes);
    return fuzz::ParseCampaignReport({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

// "12\tfailed\tbias-wrap,saturation\tchannel 0 needs ...": the rules by name, each once, and what
// the first finding says.
std::string OutcomeLine(std::uint64_t index, const fuzz::CaseOutcome& outcome) {
  std::set<std::string> rules;
  for (const fuzz::Finding& finding : outcome.findings) rules.insert(finding.rule);
  const std::string detail = outcome.findings.empty() ? "" : outcome.findings.front().detail;
  return fmt::format("{}\t{}\t{}\t{}\n", index, fuzz::Name(outcome.kind), fmt::join(rules, ","),
                     PrintableMessage(detail));
}

// Every mutant must be found out.
ExitCode HuntMutants(const FuzzCommand& command, const CommandLine& line) {
  Stopwatch stopwatch;
  fuzz::HuntOptions options;
  options.seed = command.setup.seed;
  if (command.setup.cases > 0) options.most_cases = command.setup.cases;
  options.threads = command.setup.threads;
  options.seconds = [&] { return stopwatch.Total(); };
  if (!command.quiet) {
    options.found = [](const fuzz::HuntedMutant& mutant) {
      fmt::print("{:9} {:32} {:24} {:6} cases {:6.2f} s\n", mutant.killed ? "killed" : "SURVIVES",
                 mutant.name, mutant.rule, mutant.cases, mutant.seconds);
    };
  }
  const std::vector<fuzz::HuntedMutant> hunted = fuzz::HuntMutants(options);
  if (!command.json.empty()) {
    WriteFile(command.json, reports::Written(fuzz::HuntReport(hunted, options, line, BuildVersion(),
                                                              DescribeMachine())));
  }
  const auto killed = std::ranges::count_if(hunted, &fuzz::HuntedMutant::killed);
  if (!command.quiet) fmt::print("{} of {} mutants killed\n", killed, hunted.size());
  return killed == std::ssize(hunted) ? ExitCode::kHolds : ExitCode::kDiffers;
}

// The drawn programs themselves, for others to read.
ExitCode Dump(const FuzzCommand& command) {
  if (command.setup.cases == 0) throw Error(Error::Code::kUsage, "usage", "--dump needs --cases N");
  ListenToCtrlC();
  const std::uint64_t written = fuzz::DumpPrograms(
      command.setup.seed, command.setup.cases, FamilyOf(command.setup), command.dump, Interrupted);
  if (!command.quiet) fmt::print("{} programs in {}\n", written, command.dump);
  return ExitCode::kHolds;
}

ExitCode AskJudge(const FuzzCommand& command, const CommandLine& line) {
  ListenToCtrlC();
  return FuzzJudge({command.setup.cases, command.setup.seconds, command.setup.seed,
                    command.setup.threads, command.programs, command.setup.out, command.json,
                    command.quiet, command.progress, command.mutants, Interrupted},
                   line);
}

// The campaign that the shard is one of, and the shard's own cases, which `options` gets.
fuzz::WholeCampaign TakeShard(const FuzzCommand& command, const std::string& pass,
                              fuzz::CampaignOptions& options) {
  const fuzz::ShardName shard = ParseShard(command.shard);
  fuzz::WholeCampaign out{options.seed,
                          options.first,
                          *options.cases,
                          options.properties.family,
                          TermsOf(command.setup, options, pass),
                          BuildVersion()};
  const fuzz::CaseRange range = fuzz::RangeOfShard(out, shard.number, shard.of);
  options.first = range.begin;
  options.cases = range.end - range.begin;
  options.records = true;
  if (command.shrink_later) options.hurry = [] { return true; };
  return out;
}

void Tell(const FuzzCommand& command, const fuzz::CampaignResult& result,
          const fuzz::CampaignRun& run, const std::optional<fuzz::WholeCampaign>& campaign) {
  std::optional<fuzz::CampaignPart> part;
  if (campaign) {
    const fuzz::ShardName shard = ParseShard(command.shard);  // without zeros in front
    part = fuzz::PartOf(result, *campaign, fmt::format("{}/{}", shard.number, shard.of));
  }
  if (!command.json.empty()) {
    WriteFile(command.json,
              reports::Written(fuzz::CampaignReport(result, run, part ? &*part : nullptr)));
  }
  if (!command.quiet) Say(fuzz::CampaignSummary(result, run));
}

ExitCode RunFuzz(const FuzzCommand& command, const CommandLine& line) {
  if (!command.shard.empty() && !command.setup.pass.name.empty()) {
    throw Error(Error::Code::kUsage, "--pass-name",
                "is not for a shard, whose command merging runs");
  }
  AnswerCtrlC();  // before any process is started, which all see the count
  Stopwatch stopwatch;
  const CampaignPass pass(command.setup, stopwatch);
  fuzz::CampaignOptions options = OptionsOf(command.setup, stopwatch);
  if (!command.resume.empty()) {
    options.before = ReadReport(command.resume);
    options.seed = options.before->seed;
  }
  // Its thread must not be there before the processes are, which are copies of this one.
  std::optional<Progress> progress;
  std::optional<std::uint64_t> wanted = options.cases;
  if (wanted && options.before) *wanted += options.before->cases;
  options.progress = [&](const fuzz::CampaignProgress& so_far) {
    if (!progress) {
      const char* doing = pass.is_external() ? "starting the pass" : "drawing programs";
      progress.emplace(doing, command.progress, command.quiet);
    } else {
      progress->Tell(fuzz::ProgressText(so_far, wanted));
    }
  };
  std::string outcomes;
  if (!command.outcomes.empty()) {
    options.counted = [&](std::uint64_t index, const fuzz::CaseOutcome& outcome) {
      outcomes += OutcomeLine(index, outcome);
    };
  }
  const std::string name = pass.name();
  std::optional<fuzz::WholeCampaign> campaign;
  if (!command.shard.empty()) campaign = TakeShard(command, name, options);
  // A case is examined in a process of its own, so that none takes the campaign down.
  options.apart_seconds = pass.apart_seconds();
  options.ahead = !pass.is_external();
  std::optional<KeptCauses> kept;
  if (!command.setup.out.empty()) {
    kept.emplace(pass, options.seed, command.setup.out, options.is_over);
    options.found = [&](const fuzz::Failure& failure) { return kept->Keep(failure); };
    options.absorbed = [&](const fuzz::Failure& failure) { kept->Remove(failure); };
  }
  const fuzz::CampaignResult result = fuzz::RunCampaign(pass.make(), options);
  progress.reset();
  if (!command.outcomes.empty()) WriteFile(command.outcomes, outcomes);
  fuzz::CampaignRun run = RunOf(command.setup, line);
  run.terms = TermsOf(command.setup, options, name);
  Tell(command, result, run, campaign);
  return fuzz::ExitCodeOf(result);
}

ExitCode Fuzz(const FuzzCommand& command, const CommandLine& line) {
  if (command.mutants && !command.judge) return HuntMutants(command, line);
  if (!command.dump.empty()) return Dump(command);
  if (command.setup.cases == 0 && command.setup.seconds == 0 && !command.mutants) {
    throw Error(Error::Code::kUsage, "usage", "fuzz needs --cases N or --seconds S");
  }
  if (command.judge) return AskJudge(command, line);
  return RunFuzz(command, line);
}

}  // namespace

void AddFuzzCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<FuzzCommand>();
  CLI::App* command = app.add_subcommand(
      "fuzz", "Draw random programs, fold each, and ask of each fold what must hold of it");
  command->add_option("--cases", o->setup.cases, "How many programs")
      ->check(WholeNumber(1, kMostCases));
  command->add_option("--seconds", o->setup.seconds, "For how long")->check(NotAboveZero);
  command->add_option("--first", o->setup.first, "Index of the first program; default: 0")
      ->check(WholeNumber(0, kMostCases));
  command->add_option("--seed", o->setup.seed, "The same seed draws the same programs")
      ->check(WholeNumber(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  command->add_option("--threads", o->setup.threads, "Threads; they change no result")
      ->check(WholeNumber(1, 256))
      ->capture_default_str();
  command
      ->add_option("--workers", o->setup.threads, "The same, said of --pass: one worker a thread")
      ->check(WholeNumber(1, 256));
  AddPassOptions(*command, o->setup.pass);
  AddChoice(*command, "--policy", o->setup.fold.policy, "The engine that is fuzzed");
  AddChoice(*command, "--fold-pass", o->setup.fold.pass,
            "The pass of that engine, and what is drawn, for --pass too: chains of "
            "quantization-aware training, or a batch_norm behind a convolution or a linear");
  AddWeightsOption(*command, o->setup.fold);
  command
      ->add_option("--properties", o->setup.properties,
                   "Only these rules are failures (docs/fuzzing.md lists them); default: all")
      ->delimiter(',');
  command
      ->add_option("--known", o->setup.known, "These rules are no failures, such as what is known")
      ->delimiter(',');
  command->add_option("--out", o->setup.out,
                      "Folder for one case of each cause: programs, witness, draw");
  command->add_option("--json", o->json, "Write the report");
  command->add_option(
      "--outcomes", o->outcomes,
      "Write a line for each case: index, what became of it, rules that fail, detail");
  command
      ->add_option("--shrinks", o->setup.shrinks,
                   "Draws that are tried to shrink one cause; default: 2000, with --pass 120")
      ->check(WholeNumber(1, 1'000'000'000));
  command->add_option("--resume", o->resume, "Go on where this report ended")
      ->check(CLI::ExistingFile)
      ->excludes("--first");
  CLI::Option* shard = command->add_option(
      "--shard", o->shard,
      "I/N: the I-th of N parts of the campaign of --first and --cases; `fuzz merge` makes one "
      "report of them");
  shard->needs("--cases")->excludes("--seconds", "--resume");
  command
      ->add_flag("--shrink-later", o->shrink_later,
                 "With --shard: leave it to `fuzz merge` to shrink what fails")
      ->needs(shard);
  command->add_flag(
      "--mutants", o->mutants,
      "Fuzz faulty engines (docs/mutants.md) until each is found out; --cases: at most "
      "so many for one; with --judge: faulty judges");
  CLI::Option* judge = command->add_flag(
      "--judge", o->judge,
      "Ask the judge instead: change programs at random, and have libtorch bear out each verdict "
      "that holds (docs/fuzzing.md)");
  command->add_option("--programs", o->programs, "With --judge: .pt2 files to change besides")
      ->check(CLI::ExistingDirectory)
      ->needs(judge);
  command
      ->add_option("--dump", o->dump,
                   "Write the programs of --cases and --seed into this folder, and fold nothing")
      ->excludes("--out", "--json", "--outcomes", "--resume", "--seconds", "--shard", "--first");
  // These speak of folds and their failures; the judge is asked about pairs.
  judge->excludes("--pass", "--policy", "--properties", "--known", "--outcomes", "--shrinks",
                  "--resume", "--dump", "--shard", "--first");
  AddProgressOption(*command, o->progress);
  command->add_flag("--quiet", o->quiet, "Print nothing");
  command->footer(
      "\nExamples: foldproof fuzz --seconds 60 --policy upstream --out failures --json fuzz.json\n"
      "          foldproof fuzz --cases 1000000 --shard 3/16 --json shard3.json\n"
      "          foldproof fuzz merge shard*.json --json fuzz.json\n");
  const CLI::App* merge = AddFuzzMergeCommand(*command, line, code);
  command->callback([o, merge, &line, &code] {
    if (merge->parsed()) return;
    code = Fuzz(*o, line);
    EndIfTerminated();
  });
}

}  // namespace foldproof::cli
