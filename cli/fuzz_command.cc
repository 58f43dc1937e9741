// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fuzz_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "cli/choice_option.h"
#include "cli/finite_number.h"
#include "cli/fold_options.h"
#include "cli/judge_fuzz_command.h"
#include "cli/machine.h"
#include "cli/pass_option.h"
#include "cli/rule_names.h"
#include "cli/stopwatch.h"
#include "fuzz/campaign.h"
#include "fuzz/campaign_report.h"
#include "fuzz/case_files.h"
#include "fuzz/case_keeper.h"
#include "fuzz/dump.h"
#include "fuzz/mutant_hunt.h"
#include "harness/exec/arrays/file_bytes.h"
#include "harness/passes/built_in_pass.h"
#include "reports/json_report.h"
#include "src/base/file.h"
#include "src/base/within.h"
#include "src/fold/fold_names.h"

namespace foldproof::cli {
namespace {

// Ctrl-C, so many times: the campaign ends with what it has, then without shrinking that.
std::atomic<int> interrupts = 0;
static_assert(std::atomic<int>::is_always_lock_free);

bool Interrupted() { return interrupts.load() > 0; }

void ListenToCtrlC() {
  std::signal(SIGINT, [](int) { interrupts.fetch_add(1); });
}

// The same, and answers at once.
void AnswerCtrlC() {
  std::signal(SIGINT, [](int) {
    static constexpr char kAnswer[] =
        "\nfoldproof: stopping; the causes found so far are shrunk, Ctrl-C again to leave them\n";
    if (interrupts.fetch_add(1) == 0) {
      [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kAnswer, sizeof(kAnswer) - 1);
    }
  });
}

// An external pass takes a thousand times as long as ours; draws that are tried for one cause.
constexpr std::size_t kMostExternalShrinks = 120;
constexpr std::uint64_t kAgainExternal = 8;  // of so many programs one is folded twice

constexpr double kShrinkSeconds = 1;  // after --seconds

// That an external pass may take for one program: it starts, and folds it up to three times.
unsigned PassSeconds(const passes::PassCommand& pass) {
  return static_cast<unsigned>(std::min(4 * pass.timeout_seconds + kMostSeconds, 1e6));
}

struct FuzzCommand {
  std::uint64_t cases = 0;  // 0: no limit
  double seconds = 0;       // 0: no limit
  std::uint64_t seed = 1;
  int threads = 1;
  std::size_t shrinks = 0;  // 0: kMostExternalShrinks or CampaignOptions' own
  std::string out, json, resume, dump, outcomes;
  std::vector<std::string> properties, known;
  bool quiet = false;
  bool mutants = false;
  bool judge = false;
  std::string programs;
  fold::FoldOptions fold;
  passes::PassCommand pass;  // instead of our own
};

fuzz::Family FamilyOf(const FuzzCommand& command) {
  return command.fold.pass == fold::FoldPass::kConvBn ? fuzz::Family::kConvBn
                                                      : fuzz::Family::kQatChain;
}

constexpr std::size_t kMostCampaignBytes = std::size_t{64} << 20;

fuzz::CampaignResult ReadReport(const std::string& path) {
  return Within(path, [&] {
    const auto bytes = exec::ReadFileBytes(path, kMostCampaignBytes);
    return fuzz::ParseCampaignReport({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

// Prints a line now and then, over the last one where standard error is a terminal.
class FuzzProgress {
 public:
  explicit FuzzProgress(bool quiet) : quiet_(quiet) {}

  void Show(const fuzz::CampaignResult& result) {
    if (quiet_ || result.seconds < next_) return;
    next_ = result.seconds + 5;
    std::fprintf(stderr, "%s\n", fuzz::ProgressLine(result).c_str());
  }

 private:
  bool quiet_;
  double next_ = 5;
};

// "12\tfailed\tbias-wrap,saturation\tchannel 0 needs ...": the rules by name, each once, and what
// the first finding says.
std::string OutcomeLine(std::uint64_t index, const fuzz::CaseOutcome& outcome) {
  std::set<std::string> rules;
  for (const fuzz::Finding& finding : outcome.findings) rules.insert(finding.rule);
  const std::string detail = outcome.findings.empty() ? "" : outcome.findings.front().detail;
  return fmt::format("{}\t{}\t{}\t{}\n", index, fuzz::Name(outcome.kind), fmt::join(rules, ","),
                     Printable(detail, 400));
}

// A misspelled rule would be one that never fails.
void CheckRules(const char* option, const std::vector<std::string>& rules) {
  for (const std::string& rule : rules) {
    if (const auto meant = MisspelledRule(rule))
      throw Error(Error::Code::kUsage, option,
                  "'" + Printable(rule, 60) + "' is no rule; did you mean '" + *meant + "'?");
  }
}

fuzz::CampaignOptions OptionsOf(const FuzzCommand& command, Stopwatch& stopwatch) {
  fuzz::CampaignOptions options;
  options.seed = command.seed;
  if (command.cases > 0) options.cases = command.cases;
  options.threads = command.threads;
  const bool external = !command.pass.command.empty();
  options.properties.saturation_is_known =
      !external && command.fold.policy == fold::Policy::kGuarded;
  options.properties.family = FamilyOf(command);
  options.properties.weights = fold::ModeOf(command.fold);
  if (external) {
    options.most_shrinks = kMostExternalShrinks;
    options.properties.again_every = kAgainExternal;
  }
  if (command.shrinks > 0) options.most_shrinks = command.shrinks;
  CheckRules("--properties", command.properties);
  CheckRules("--known", command.known);
  options.properties.rules = {command.properties.begin(), command.properties.end()};
  options.properties.known = {command.known.begin(), command.known.end()};
  options.seconds = [&stopwatch] { return stopwatch.Total(); };
  options.stop = [&stopwatch, limit = command.seconds] {
    return Interrupted() || (limit > 0 && stopwatch.Total() >= limit);
  };
  options.hurry = [&stopwatch, limit = command.seconds] {
    return interrupts.load() > 1 || (limit > 0 && stopwatch.Total() >= limit + kShrinkSeconds);
  };
  return options;
}

// Every mutant must be found out.
ExitCode HuntMutants(const FuzzCommand& command, const CommandLine& line) {
  Stopwatch stopwatch;
  fuzz::HuntOptions options;
  options.seed = command.seed;
  if (command.cases > 0) options.most_cases = command.cases;
  options.threads = command.threads;
  options.seconds = [&] { return stopwatch.Total(); };
  if (!command.quiet) {
    options.found = [](const fuzz::HuntedMutant& mutant) {
      fmt::print("{:9} {:32} {:24} {:6} cases {:6.2f} s\n", mutant.killed ? "killed" : "SURVIVES",
                 mutant.name, mutant.rule, mutant.cases, mutant.seconds);
    };
  }
  const std::vector<fuzz::HuntedMutant> hunted = fuzz::HuntMutants(options);
  if (!command.json.empty()) {
    WriteFile(command.json, reports::Written(fuzz::HuntReport(
                                hunted, options, line, FOLDPROOF_VERSION, DescribeMachine())));
  }
  const auto killed = std::ranges::count_if(hunted, &fuzz::HuntedMutant::killed);
  if (!command.quiet) fmt::print("{} of {} mutants killed\n", killed, hunted.size());
  return killed == std::ssize(hunted) ? ExitCode::kHolds : ExitCode::kDiffers;
}

// The drawn programs themselves, for others to read.
ExitCode Dump(const FuzzCommand& command) {
  if (command.cases == 0) throw Error(Error::Code::kUsage, "usage", "--dump needs --cases N");
  ListenToCtrlC();
  const std::uint64_t written =
      fuzz::DumpPrograms(command.seed, command.cases, FamilyOf(command), command.dump, Interrupted);
  if (!command.quiet) fmt::print("{} programs in {}\n", written, command.dump);
  return ExitCode::kHolds;
}

void Tell(const FuzzCommand& command, const fuzz::CampaignResult& result, const CommandLine& line,
          const std::string& pass) {
  const fuzz::CampaignRun run{line,
                              pass,
                              command.out,
                              command.threads,
                              FOLDPROOF_VERSION,
                              DescribeMachine(),
                              PeakResidentMegabytes(),
                              PeakWorkerMegabytes()};
  if (!command.json.empty()) {
    WriteFile(command.json, reports::Written(fuzz::CampaignReport(result, run)));
  }
  if (!command.quiet) std::fputs(fuzz::CampaignSummary(result, run).c_str(), stdout);
}

ExitCode AskJudge(const FuzzCommand& command, const CommandLine& line) {
  ListenToCtrlC();
  return FuzzJudge({command.cases, command.seconds, command.seed, command.threads, command.programs,
                    command.out, command.json, command.quiet, command.mutants, Interrupted},
                   line);
}

ExitCode Fuzz(const FuzzCommand& command, const CommandLine& line) {
  if (command.mutants && !command.judge) return HuntMutants(command, line);
  if (!command.dump.empty()) return Dump(command);
  if (command.cases == 0 && command.seconds == 0 && !command.mutants) {
    throw Error(Error::Code::kUsage, "usage", "fuzz needs --cases N or --seconds S");
  }
  if (command.judge) return AskJudge(command, line);
  Stopwatch stopwatch;
  std::optional<passes::ExternalPasses> external;
  if (!command.pass.command.empty())
    external.emplace(command.pass, passes::PassFiles::kSmall, [&] { return stopwatch.Total(); });
  passes::MakePass make_pass = [&] { return std::make_unique<passes::BuiltInPass>(command.fold); };
  if (external) make_pass = external->Maker();
  fuzz::CampaignOptions options = OptionsOf(command, stopwatch);
  if (!command.resume.empty()) {
    options.before = ReadReport(command.resume);
    options.seed = options.before->seed;
  }
  FuzzProgress progress(command.quiet);
  options.progress = [&](const fuzz::CampaignResult& result) { progress.Show(result); };
  std::string outcomes;
  if (!command.outcomes.empty()) {
    options.counted = [&](std::uint64_t index, const fuzz::CaseOutcome& outcome) {
      outcomes += OutcomeLine(index, outcome);
    };
  }
  const std::string pass = make_pass()->name();
  // A case is examined in a process of its own, so that none takes the campaign down.
  options.apart_seconds = kMostSeconds + (external ? PassSeconds(command.pass) : 0);
  options.ahead = !external;
  std::optional<fuzz::CaseKeeper> keeper;
  if (!command.out.empty()) {
    keeper.emplace(make_pass, options.seed, pass, *options.apart_seconds);
    const auto folder = [&](const fuzz::Failure& failure) {
      return std::filesystem::path(command.out) / fuzz::FolderName(failure);
    };
    options.found = [&, folder](const fuzz::Failure& failure) {
      return keeper->Keep(failure, folder(failure));
    };
    options.absorbed = [folder](const fuzz::Failure& failure) {
      std::error_code ignored;  // a folder that stays is one more case to replay
      std::filesystem::remove_all(folder(failure), ignored);
    };
  }
  AnswerCtrlC();
  const fuzz::CampaignResult result = fuzz::RunCampaign(make_pass, options);
  if (!command.outcomes.empty()) WriteFile(command.outcomes, outcomes);
  Tell(command, result, line, pass);
  return fuzz::ExitCodeOf(result);
}

}  // namespace

void AddFuzzCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<FuzzCommand>();
  CLI::App* command = app.add_subcommand(
      "fuzz", "Draw random programs, fold each, and ask of each fold what must hold of it");
  command->add_option("--cases", o->cases, "How many programs")->check(NotAboveZero);
  command->add_option("--seconds", o->seconds, "For how long")->check(NotAboveZero);
  command->add_option("--seed", o->seed, "The same seed draws the same programs")
      ->capture_default_str();
  command->add_option("--threads", o->threads, "Threads; they change no result")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--workers", o->threads, "The same, said of --pass: one worker a thread")
      ->check(CLI::Range(1, 256));
  AddPassOptions(*command, o->pass);
  AddChoice(*command, "--policy", o->fold.policy, "The engine that is fuzzed");
  AddChoice(*command, "--fold-pass", o->fold.pass,
            "The pass of that engine, and what is drawn, for --pass too: chains of "
            "quantization-aware training, or a batch_norm behind a convolution or a linear");
  AddWeightsOption(*command, o->fold);
  command
      ->add_option("--properties", o->properties,
                   "Only these rules are failures (docs/fuzzing.md lists them); default: all")
      ->delimiter(',');
  command->add_option("--known", o->known, "These rules are no failures, such as what is known")
      ->delimiter(',');
  command->add_option("--out", o->out,
                      "Folder for one case of each cause: programs, witness, draw");
  command->add_option("--json", o->json, "Write the report");
  command->add_option(
      "--outcomes", o->outcomes,
      "Write a line for each case: index, what became of it, rules that fail, detail");
  command
      ->add_option("--shrinks", o->shrinks,
                   "Draws that are tried to shrink one cause; default: 2000, with --pass 120")
      ->check(NotAboveZero);
  command->add_option("--resume", o->resume, "Go on where this report ended")
      ->check(CLI::ExistingFile);
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
      ->excludes("--out", "--json", "--outcomes", "--resume", "--seconds");
  // These speak of folds and their failures; the judge is asked about pairs.
  judge->excludes("--pass", "--policy", "--properties", "--known", "--outcomes", "--shrinks",
                  "--resume", "--dump");
  command->add_flag("--quiet", o->quiet, "Print nothing");
  command->footer(
      "\nExample: foldproof fuzz --seconds 60 --policy upstream --out failures --json fuzz.json\n");
  command->callback([o, &line, &code] { code = Fuzz(*o, line); });
}

}  // namespace foldproof::cli
