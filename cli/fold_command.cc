// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fold_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/choice_option.h"
#include "cli/fold_options.h"
#include "cli/progress.h"
#include "cli/refused_input.h"
#include "cli/run_facts.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "harness/verify/sha256.h"
#include "harness/verify/source.h"
#include "reports/fold_report.h"
#include "src/base/file.h"
#include "src/base/within.h"
#include "src/fold/fold_names.h"
#include "src/fold/quant_fusion/quant_fusion_crash.h"
#include "src/pt2/writer.h"

namespace foldproof::cli {
namespace {

struct FoldCommand {
  std::string input;
  std::string output;
  std::string json;
  bool quiet = false;
  bool progress = false;
  fold::FoldOptions fold;
};

// Folds, and writes the result.
fold::FoldResult FoldAndWrite(const FoldCommand& command, reports::FoldRun& run) {
  Progress progress("folding", command.progress, command.quiet);
  Stopwatch stopwatch;
  verify::SourceArchive read = verify::ReadArchive(command.input);
  run.input = *read.source.identity;
  run.read_seconds = stopwatch.Lap();
  fold::FoldResult result = Within(
      command.input, [&] { return fold::Fold(std::move(read.source.program), command.fold); });
  run.fold_seconds = stopwatch.Lap();
  run.crashes = fold::QuantFusionCrashes(result.program, fold::PatternsOf(result.options.patterns));
  const std::string written =
      Within(command.output, [&] { return pt2::SerializeProgram(result.program, read.remainder); });
  WriteFile(command.output, written);
  run.write_seconds = stopwatch.Lap();
  if (!command.json.empty()) run.output = {command.output, verify::Sha256(written)};
  return result;
}

void Fold(const FoldCommand& command, const CommandLine& line) {
  reports::FoldRun run;
  run.facts = RunFactsOf(line);
  const fold::FoldResult result = FoldAndWrite(command, run);
  if (!command.json.empty()) {
    WriteFile(command.json, reports::Written(reports::FoldReport(run, result)));
  }
  if (command.quiet) return;
  Say(reports::FoldSummary(result));
  // Of the result, which still has what was left: the input is not read again.
  SayWhatConvBnFolds(result, [&] { return result.program; });
  // A fold into weights makes no operators of ExecuTorch's QuantFusion; the JSON has it all the
  // same.
  if (command.fold.pass != fold::FoldPass::kQatConvBn) return;
  Say(reports::CrashesSummary(run.crashes, "the result"));
}

}  // namespace

void AddFoldCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<FoldCommand>();
  CLI::App* command = app.add_subcommand(
      "fold", "Fold the Conv-BatchNorm chains of a program, and write the result");
  command->add_option("IN", o->input, "The program to fold (.pt2)")->required();
  command->add_option("-o,--output", o->output, "Where to write it (.pt2)")->required();
  AddChoice(
      *command, "--policy", o->fold.policy,
      "upstream: as ExecuTorch 1.5.1 or PyTorch does, holes included; guarded: right or not at "
      "all; repair: guarded, and what would saturate, be shared or not fit is repaired");
  AddFoldOptions(*command, o->fold);
  command->add_option("--json", o->json, "Write what was folded, and what was left and why");
  AddProgressOption(*command, o->progress);
  command->add_flag("--quiet", o->quiet, "Print no summary");
  command->footer(
      "\nExamples: foldproof fold model.pt2 -o folded.pt2 --policy repair --json fold.json\n"
      "          foldproof fold model.pt2 -o folded.pt2 --fold-pass conv-bn --weights rescale\n");
  command->callback([o, &line, &code] {
    TellingRefusal(o->json, line, [&] { Fold(*o, line); });
    code = ExitCode::kHolds;
  });
}

}  // namespace foldproof::cli
