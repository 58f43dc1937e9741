// SPDX-License-Identifier: BSD-3-Clause
#include "cli/gate_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/cache_option.h"
#include "cli/configuration.h"
#include "cli/finite_number.h"
#include "cli/gate_merge_command.h"
#include "cli/interrupts.h"
#include "cli/pair_judgement.h"
#include "cli/progress.h"
#include "cli/run_facts.h"
#include "cli/shard_option.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "harness/verify/sha256.h"
#include "reports/gate.h"
#include "reports/report_of.h"
#include "reports/waiver_draft.h"
#include "src/base/file.h"

namespace foldproof::cli {
namespace {

struct GateOptions {
  std::string configuration;
  std::string today;
  std::string json;
  std::string waivers;
  std::string shard;
  CacheOptions cache;
  bool quiet = false;
  bool progress = false;
  int threads = 1;
};

// The configuration named, else the one that is in this folder.
std::string GateConfigurationPath(const GateOptions& options) {
  if (!options.configuration.empty()) return options.configuration;
  for (const char* name : {"foldproof.toml", "foldproof.json"}) {
    if (std::filesystem::exists(name)) return name;
  }
  throw Error(
      Error::Code::kUsage, "gate",
      "there is no foldproof.toml or foldproof.json in this folder; name one with --config");
}

// In UTC, so that a waiver ends everywhere at once.
std::string Today(const GateOptions& options) {
  if (options.today.empty())
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::now()));
  if (!IsDate(options.today))
    throw Error(Error::Code::kUsage, "--today", "must be a date of the form 2027-01-31");
  return options.today;
}

// 90 days later: long enough to mend a quantizer, and somebody looks again in the same quarter.
std::string LastDayOf(const std::string& today) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  FP_CHECK(std::sscanf(today.c_str(), "%d-%u-%u", &year, &month, &day) == 3);
  const std::chrono::sys_days last =
      std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) /
                            std::chrono::day(day)) +
      std::chrono::days(90);
  const std::chrono::year_month_day date(last);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

// Beside the configuration's own waivers: whoever takes one over gives it its reason.
void WriteWaivers(const GateOptions& options, const reports::Gate& gate, const std::string& today) {
  const bool json = gate.configuration.file.ends_with(".json");
  const std::string text = reports::DraftWaivers(
      gate, LastDayOf(today), json ? reports::WaiverFormat::kJson : reports::WaiverFormat::kToml);
  WriteFile(options.waivers, text);
  if (options.quiet) return;
  fmt::print("{}\n", text.empty() ? "no finding needs a waiver"
                                  : "waivers for what fails are in " + Printable(options.waivers) +
                                        "; each wants its reason before `gate` takes it");
}

std::vector<reports::GatedPair> PairsOf(const Configuration& configuration,
                                        const std::vector<PairJudgement>& judged) {
  std::vector<reports::GatedPair> out;
  for (std::size_t i = 0; i < configuration.pairs.size(); ++i) {
    const ConfiguredPair& pair = configuration.pairs[i];
    reports::GatedPair gated{pair.name, {}, judged[i].unusable, pair.options.allow_unproved};
    if (judged[i].verified) gated.report = reports::ReportOf(*judged[i].verified);
    out.push_back(std::move(gated));
  }
  return out;
}

// The whole reports, for those who read the gate's; null where a pair is unusable.
std::vector<nlohmann::ordered_json> ReportsOf(const std::vector<PairJudgement>& judged) {
  std::vector<nlohmann::ordered_json> out(judged.size());
  for (std::size_t i = 0; i < judged.size(); ++i) {
    if (!judged[i].verified) continue;
    out[i] = reports::VerifyReport(*judged[i].verified, {});
    reports::EraseCost(out[i]);
  }
  return out;
}

// Leaves the shard's pairs alone in `configuration`; nullopt where all of them are wanted.
std::optional<reports::GateShard> TakeShardOf(const GateOptions& options,
                                              Configuration& configuration) {
  if (options.shard.empty()) return std::nullopt;
  const fuzz::ShardName shard = ParseShard(options.shard);
  reports::GateShard out{fmt::format("{}/{}", shard.number, shard.of), {}, {}};
  std::vector<ConfiguredPair>& pairs = configuration.pairs;
  for (const ConfiguredPair& pair : pairs) out.all.push_back(pair.name);
  const auto [begin, end] = PartOfList(shard, pairs.size());
  pairs = {pairs.begin() + static_cast<std::ptrdiff_t>(begin),
           pairs.begin() + static_cast<std::ptrdiff_t>(end)};
  return out;
}

ExitCode RunGate(const GateOptions& options, const CommandLine& line) {
  EndOnSignals();
  const std::string path = GateConfigurationPath(options);
  const std::string today = Today(options);
  const Stopwatch stopwatch;
  const ConfigurationFile file = ReadConfigurationFile(path);
  Configuration configuration = ParseConfiguration(file);
  const std::optional<reports::GateShard> shard = TakeShardOf(options, configuration);
  const auto memory = OpenCache(options.cache);
  const std::vector<PairJudgement> judged = [&] {
    Progress progress("judging pairs", options.progress, options.quiet);
    return JudgePairs(configuration.pairs, options.threads, memory.get(), progress);
  }();
  const reports::Gate gate = reports::ApplyWaivers(
      {path, verify::Sha256(file.text)}, PairsOf(configuration, judged), configuration.waivers,
      today, shard ? shard->all : std::vector<std::string>());
  if (!options.json.empty()) {
    const reports::GateRun run{
        today, stopwatch.Total(),
        RunFactsOf(line, options.threads, memory.get(), CachedSites(judged))};
    WriteFile(options.json, reports::Written(reports::GateJson(gate, ReportsOf(judged), run,
                                                               shard ? &*shard : nullptr)));
  }
  if (!options.quiet) Say(reports::GateSummary(gate, shard ? &*shard : nullptr));
  if (!options.waivers.empty()) WriteWaivers(options, gate, today);
  return static_cast<ExitCode>(gate.exit_code);
}

}  // namespace

void AddGateCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<GateOptions>();
  CLI::App* command = app.add_subcommand(
      "gate", "Judge every pair of programs that a repository keeps, with what it waives");
  command->add_option(
      "--config", o->configuration,
      "The configuration (.toml or .json); foldproof.toml or foldproof.json of this "
      "folder without");
  command->add_option("--today", o->today,
                      "The day that waivers are held to (YYYY-MM-DD); that of the clock without");
  command->add_option("--json", o->json, "Write the report to this file");
  command->add_option("--write-waivers", o->waivers,
                      "Write a waiver for each finding that fails into this file, for you to give "
                      "reasons for");
  command
      ->add_option("--shard", o->shard,
                   "I/N: the I-th of N parts of the pairs; `gate merge` makes one report of them")
      ->excludes("--write-waivers");
  command->add_option("--threads", o->threads, "Threads to prove on")
      ->check(WholeNumber(1, 1024))
      ->capture_default_str();
  AddProgressOption(*command, o->progress);
  AddCacheOptions(*command, o->cache);
  command->add_flag("--quiet", o->quiet, "Print nothing");
  command->footer(
      "\nExit codes: 0 holds or waived, 1 differs or a waiver has expired, 2 unproved, 3 "
      "unusable.\n"
      "Examples: foldproof gate --json gate.json\n"
      "          foldproof report gate.json --to markdown >> \"$GITHUB_STEP_SUMMARY\"\n");
  const CLI::App* merge = AddGateMergeCommand(*command, line, code);
  command->callback([o, merge, &line, &code] {
    if (!merge->parsed()) code = RunGate(*o, line);
  });
}

}  // namespace foldproof::cli
