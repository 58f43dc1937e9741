// SPDX-License-Identifier: BSD-3-Clause
#include "cli/golden_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>

#include "cli/cache_option.h"
#include "cli/configuration.h"
#include "cli/finite_number.h"
#include "cli/pair_judgement.h"
#include "cli/progress.h"
#include "cli/run_facts.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "harness/exec/arrays/file_bytes.h"
#include "harness/verify/sha256.h"
#include "reports/golden.h"
#include "src/base/file.h"
#include "src/base/within.h"

namespace foldproof::cli {
namespace {

namespace fs = std::filesystem;
using reports::CaseStatus;

constexpr std::size_t kMostReportBytes = std::size_t{256} << 20;

struct GoldenOptions {
  std::string folder;
  std::string json;
  bool updates = false;
  bool quiet = false;
  bool progress = false;
  int threads = 1;
  CacheOptions cache;
};

std::string GoldenConfigurationPath(const std::string& folder) {
  for (const char* name : {"golden.toml", "golden.json"}) {
    if (fs::exists(fs::path(folder) / name)) return (fs::path(folder) / name).string();
  }
  throw Error(Error::Code::kInput, folder, "has no golden.toml or golden.json");
}

fs::path ReportPath(const GoldenOptions& options, const std::string& name) {
  return fs::path(options.folder) / "reports" / (name + ".json");
}

// The report as it is kept: files by the names that the configuration has for them, so that it is
// the same wherever the folder is.
std::string KeptText(const ConfiguredPair& pair, const verify::Verified& verified) {
  nlohmann::ordered_json report = reports::VerifyReport(verified, {});
  reports::EraseCost(report);
  report["before"]["file"] = pair.before;
  if (!pair.after.empty()) report["after"]["file"] = pair.after;
  if (!pair.inputs.empty()) report["gate"]["inputs"]["file"] = pair.inputs;
  return reports::Written(report);
}

std::string TextOfFile(const fs::path& path) {
  return Within(path.string(), [&] {
    const auto bytes = exec::ReadFileBytes(path, kMostReportBytes);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
}

// Expected reports that no pair has.
std::vector<std::string> GoneNames(const GoldenOptions& options,
                                   const std::vector<ConfiguredPair>& pairs) {
  std::set<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(fs::path(options.folder) / "reports", none)) {
    if (entry.path().extension() == ".json") names.insert(entry.path().stem().string());
  }
  for (const ConfiguredPair& pair : pairs) names.erase(pair.name);
  return {names.begin(), names.end()};
}

reports::GoldenCase CaseOf(const GoldenOptions& options, const std::string& name,
                           const std::string& actual) {
  const fs::path path = ReportPath(options, name);
  if (!fs::exists(path)) {
    reports::GoldenCase out = reports::CompareGolden(name, actual, actual);
    out.status = CaseStatus::kNew;
    out.expected_verdict.clear();
    return out;
  }
  reports::GoldenCase out = reports::CompareGolden(name, TextOfFile(path), actual);
  // What cannot be read is written anew.
  if (options.updates && out.status == CaseStatus::kUnusable) out.status = CaseStatus::kChanged;
  return out;
}

void WriteGoldenReports(const GoldenOptions& options, const reports::Golden& golden,
                        const std::vector<std::string>& texts) {
  const fs::path folder = fs::path(options.folder) / "reports";
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    throw Error(Error::Code::kOutput, folder.string(), "cannot be made: " + failed.message());
  for (std::size_t i = 0; i < golden.cases.size(); ++i) {
    const reports::GoldenCase& one = golden.cases[i];
    const fs::path path = ReportPath(options, one.name);
    if (one.status == CaseStatus::kChanged || one.status == CaseStatus::kNew)
      WriteFile(path, texts[i]);
    if (one.status == CaseStatus::kGone && !fs::remove(path, failed) && failed)
      throw Error(Error::Code::kOutput, path.string(), "cannot be removed: " + failed.message());
  }
}

ExitCode RunGolden(const GoldenOptions& options, const CommandLine& line) {
  const auto memory = OpenCache(options.cache);
  const Stopwatch stopwatch;
  const std::string path = GoldenConfigurationPath(options.folder);
  const ConfigurationFile file = ReadConfigurationFile(path);
  const Configuration configuration = ParseConfiguration(file);
  if (!configuration.waivers.empty())
    throw Error(Error::Code::kInput, path, "has waivers, which are for gate");
  const std::vector<PairJudgement> judged = [&] {
    Progress progress("judging pairs", options.progress, options.quiet);
    return JudgePairs(configuration.pairs, options.threads, memory.get(), progress);
  }();
  reports::Golden golden{{path, verify::Sha256(file.text)}, options.updates, {}};
  std::vector<std::string> texts(configuration.pairs.size());
  for (std::size_t i = 0; i < configuration.pairs.size(); ++i) {
    const ConfiguredPair& pair = configuration.pairs[i];
    if (!judged[i].verified) {
      golden.cases.push_back({pair.name, CaseStatus::kUnusable, judged[i].unusable});
      continue;
    }
    texts[i] = KeptText(pair, *judged[i].verified);
    golden.cases.push_back(CaseOf(options, pair.name, texts[i]));
  }
  for (const std::string& name : GoneNames(options, configuration.pairs))
    golden.cases.push_back({name, CaseStatus::kGone, "no pair has this name"});
  if (options.updates && golden.exit_code() == 0) WriteGoldenReports(options, golden, texts);
  if (!options.json.empty()) {
    WriteFile(options.json,
              reports::Written(reports::GoldenJson(
                  golden, {stopwatch.Total(),
                           RunFactsOf(line, options.threads, memory.get(), CachedSites(judged))})));
  }
  if (!options.quiet) Say(reports::GoldenSummary(golden));
  return static_cast<ExitCode>(golden.exit_code());
}

void AddGoldenVerb(CLI::App& golden, const CommandLine& line, ExitCode& code, bool updates) {
  auto o = std::make_shared<GoldenOptions>();
  o->updates = updates;
  CLI::App* command =
      golden.add_subcommand(updates ? "update" : "check",
                            updates ? "Write the expected reports anew, and say what changed"
                                    : "Say what changed; exit code 1 where something did");
  command->add_option("DIR", o->folder, "The folder of golden.toml or golden.json")->required();
  command->add_option("--json", o->json, "Write what changed to this file");
  command->add_option("--threads", o->threads, "Threads to prove on")
      ->check(WholeNumber(1, 1024))
      ->capture_default_str();
  AddProgressOption(*command, o->progress);
  AddCacheOptions(*command, o->cache);
  command->add_flag("--quiet", o->quiet, "Print nothing");
  command->footer(updates ? "\nExample: foldproof golden update golden\n"
                          : "\nExample: foldproof golden check golden --threads 2\n");
  command->callback([o, &line, &code] { code = RunGolden(*o, line); });
}

}  // namespace

void AddGoldenCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  CLI::App* command = app.add_subcommand(
      "golden", "Hold what verify says of known pairs to the reports that were expected");
  command->require_subcommand(1);
  AddGoldenVerb(*command, line, code, false);
  AddGoldenVerb(*command, line, code, true);
  command->footer(
      "\nExamples: foldproof golden check golden --threads 2\n"
      "          foldproof golden update golden\n");
}

}  // namespace foldproof::cli
