// SPDX-License-Identifier: BSD-3-Clause
#include "cli/compare_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/cache_option.h"
#include "cli/choice_option.h"
#include "cli/finite_number.h"
#include "cli/progress.h"
#include "cli/proof_options.h"
#include "cli/refused_input.h"
#include "cli/run_facts.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "cli/tolerance_option.h"
#include "harness/prove/verdict/names.h"
#include "harness/verify/side_by_side.h"
#include "reports/compare_report.h"
#include "reports/compare_summary.h"
#include "reports/html/html.h"
#include "reports/html/page_report.h"
#include "reports/json_report.h"
#include "src/base/error.h"
#include "src/base/file.h"

namespace foldproof::cli {
namespace {

constexpr std::size_t kMostRandom = 10'000'000;

struct CompareCommandOptions {
  std::string before;
  std::string after;
  verify::CompareOptions compare;
  CacheOptions cache;
  std::string json;
  std::string html;
  bool quiet = false;
  bool progress = false;
};

// The proof's sites first, then the runs.
verify::Compared RunCompare(const CompareCommandOptions& options, prove::ProofMemory* memory,
                            const Stopwatch& stopwatch) {
  Progress progress("reading", options.progress, options.quiet);
  verify::CompareOptions compare = options.compare;
  compare.proof.progress = progress.OfProof();
  compare.proof.memory = memory;
  compare.progress = [&progress](const compare::RunProgress& runs) {
    progress.Tell(runs.runs, runs.of, "inputs run");
  };
  return verify::Compare(options.before, options.after, compare, [&] { return stopwatch.Total(); });
}

ExitCode Compare(const CompareCommandOptions& options, const CommandLine& line) {
  if (!options.html.empty()) reports::NeedPages();
  const auto memory = OpenCache(options.cache);
  const Stopwatch stopwatch;
  const verify::Compared compared = RunCompare(options, memory.get(), stopwatch);
  if (!options.json.empty() || !options.html.empty()) {
    const auto facts = RunFactsOf(line, options.compare.proof.threads, memory.get(),
                                  compared.comparison.proof.verification.remembered_sites);
    const nlohmann::ordered_json report = reports::CompareReport(compared, facts);
    if (!options.json.empty()) WriteFile(options.json, reports::Written(report));
    if (!options.html.empty()) {
      WriteFile(options.html,
                reports::Html(reports::PageReports(nlohmann::json(report), options.json),
                              FOLDPROOF_VERSION));
    }
  }
  if (!options.quiet) {
    Say(reports::CompareSummary(compared, options.compare.proof.judge.domain));
    // What an executor left to libtorch.
    for (const std::string& described : compared.described) {
      if (described.find("; ") == std::string::npos) continue;
      Say("  run by " + Printable(described, 600) + "\n");
    }
  }
  return compared.exit;
}

void AddProofOptionsOfCompare(CLI::App& command, verify::CompareOptions& o) {
  AddToleranceOption(command, o.tolerance);
  AddChoice(command, "--domain", o.proof.judge.domain, "The domain that is the gate",
            Default::kShown,
            {prove::NameOf(prove::Domain::kCalibrated), prove::NameOf(prove::Domain::kReachable)});
  AddReachOption(command, o.proof.reach);
  AddBatchNormOption(command, o.proof.batch_norm);
  AddInputRangeOption(command, o.proof.float_box);
  command.add_flag("--allow-unproved", o.allow_unproved,
                   "Exit 0 where something is unproved but nothing differs");
}

}  // namespace

void AddCompareCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<CompareCommandOptions>();
  CLI::App* command = app.add_subcommand(
      "compare",
      "Run both programs side by side and count the differences beside the proof's bound");
  command->add_option("BEFORE", o->before, "The program before the fold (.pt2)")->required();
  command->add_option("AFTER", o->after, "The program after the fold (.pt2)")->required();
  command
      ->add_option("--executor", o->compare.executors,
                   "Who runs the programs; a second name after a comma: also compared with the "
                   "first, node by node")
      ->delimiter(',')
      ->expected(1, 2)
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option(
      "--inputs", o->compare.inputs,
      "Files with inputs x0, x1, ... (x0_0, x0_1, ...) (.npz), and folders of them");
  command->add_option("--classes", o->compare.classes,
                      "Also tell how many of these inputs change their top-1 answer at this output "
                      "(0, 1, ...)");
  command
      ->add_option("--random", o->compare.random,
                   "How many inputs to make from the seed (100 where none are given)")
      ->check(WholeNumber(0, kMostRandom));
  command->add_option("--seed", o->compare.seed, "Of the inputs that are made")
      ->capture_default_str();
  AddProofOptionsOfCompare(*command, o->compare);
  command->add_option("--json", o->json, "Write the report to this file");
  command->add_option("--html", o->html, "Write the report as a page to look at to this file");
  AddThreadsOption(*command, o->compare.proof.threads);
  AddProgressOption(*command, o->progress);
  AddCacheOptions(*command, o->cache);
  command->add_flag("--quiet", o->quiet, "Print no summary");
  command->footer(
      "\nExample: foldproof compare model.before.pt2 model.after.pt2 --executor integer,torch "
      "--random 1000 --json compare.json\n");
  command->callback(
      [o, &line, &code] { TellingRefusal(o->json, line, [&] { code = Compare(*o, line); }); });
}

}  // namespace foldproof::cli
