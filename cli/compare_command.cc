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

#include "cli/choice_option.h"
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
#include "src/base/error.h"
#include "src/base/file.h"

namespace foldproof::cli {
namespace {

constexpr std::size_t kMostRandom = 10'000'000;

struct CompareCommandOptions {
  std::string before;
  std::string after;
  verify::CompareOptions compare;
  std::string json;
  bool quiet = false;
};

ExitCode Compare(const CompareCommandOptions& options, const CommandLine& line) {
  const Stopwatch stopwatch;
  const verify::Compared compared = verify::Compare(options.before, options.after, options.compare,
                                                    [&] { return stopwatch.Total(); });
  if (!options.json.empty()) {
    const auto facts = RunFactsOf(line, options.compare.proof.threads);
    WriteFile(options.json, reports::Written(reports::CompareReport(compared, facts)));
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
  command->add_option("--inputs", o->compare.inputs,
                      "An .npz with inputs x0, x1, ... (x0_0, x0_1, ...)");
  command
      ->add_option("--random", o->compare.random,
                   "How many inputs to make from the seed (100 where none are given)")
      ->check(CLI::Range(std::size_t{0}, kMostRandom));
  command->add_option("--seed", o->compare.seed, "Of the inputs that are made")
      ->capture_default_str();
  AddProofOptionsOfCompare(*command, o->compare);
  command->add_option("--json", o->json, "Write the report to this file");
  AddThreadsOption(*command, o->compare.proof.threads);
  command->add_flag("--quiet", o->quiet, "Print no summary");
  command->footer(
      "\nExample: foldproof compare model.before.pt2 model.after.pt2 --executor integer,torch "
      "--random 1000 --json compare.json\n");
  command->callback(
      [o, &line, &code] { TellingRefusal(o->json, line, [&] { code = Compare(*o, line); }); });
}

}  // namespace foldproof::cli
