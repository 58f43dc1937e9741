// SPDX-License-Identifier: BSD-3-Clause
#include "cli/verify_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/cache_option.h"
#include "cli/choice_option.h"
#include "cli/finite_number.h"
#include "cli/fold_options.h"
#include "cli/interrupts.h"
#include "cli/pass_option.h"
#include "cli/progress.h"
#include "cli/proof_options.h"
#include "cli/refused_input.h"
#include "cli/run_facts.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "cli/tolerance_option.h"
#include "harness/exec/open/open_executor.h"
#include "harness/prove/verdict/names.h"
#include "harness/verify/verification.h"
#include "reports/explanation.h"
#include "reports/fold_report.h"
#include "reports/held_text.h"
#include "reports/html/html.h"
#include "reports/html/page_report.h"
#include "reports/json_report.h"
#include "reports/summary.h"
#include "src/base/file.h"
#include "src/fold/fold_names.h"
#include "src/fold/pipeline.h"
#include "src/pt2/reader.h"

namespace foldproof::cli {
namespace {

constexpr std::size_t kCurvesOfPage = 16;
constexpr std::size_t kMostCurves = std::size_t{1} << 20;

struct VerifyCommandOptions {
  std::string before;
  std::string after;  // empty where `fold` or `pass` makes it
  bool folds = false;
  fold::FoldOptions fold;
  passes::PassCommand pass;
  verify::VerifyOptions verify;
  bool crashes = false;
  std::optional<std::size_t> curves;  // of --json, and of the page
  CacheOptions cache;
  std::string json;
  std::string html;
  bool quiet = false;
  bool progress = false;
  bool explain = false;
};

std::string PassSummary(const verify::PassSaid& said) {
  return "pass: " + Printable(said.result) +
         (said.detail.empty() ? "" : ": " + PrintableMessage(said.detail)) + "\n";
}

// That a program is equal to itself is no proof of a pass.
bool IsUnchanged(const verify::Verified& verified) {
  return verified.changed_nothing() && verified.verification.verdict != prove::Verdict::kDiffers;
}

// Where a repaired fold holds, and is far from before where that one clipped.
bool WasGivenRoom(const verify::Verified& verified) {
  return verified.fold && verified.fold->options.policy == fold::Policy::kRepair &&
         verified.verification.verdict == prove::Verdict::kWithin &&
         reports::BeyondTolerance(verified.verification).has_value();
}

void PrintSummary(const VerifyCommandOptions& options, const verify::Verified& verified) {
  if (verified.left_unfolded > 0) Say(verified.UnfoldedText() + "\n");
  if (verified.fold) {
    Say(reports::FoldSummary(*verified.fold));
    SayWhatConvBnFolds(*verified.fold, [&] { return pt2::ReadProgram(options.before); });
  }
  if (IsUnchanged(verified)) {
    const std::string who = verified.fold ? "fold" : "pass";
    const std::string why = verified.pass ? PrintableMessage(verified.pass->WhyUnchanged()) : "";
    Say("UNCHANGED: the " + who + " changed nothing" + why +
        ", so nothing was judged; --allow-unchanged lets that pass\n");
  }
  if (verified.pass) Say(PassSummary(*verified.pass));
  if (IsUnchanged(verified)) return;
  const std::string summary =
      reports::VerifySummary(verified.verification, verified.options, verified.modules);
  Say(summary);
  if (!options.explain) Say(reports::ExplainHint(verified.verification));
  if (WasGivenRoom(verified)) {
    Say("  --policy repair gives a quantizer more room: where before clipped, after need not, and "
        "so "
        "the two are further apart there\n");
  }
  Say(reports::NoteLines(verified.notes));
  if (!verified.crashes) return;
  Say(reports::CrashesSummary(verified.crashes->after, "the program after"));
}

// What each finding means, where the two part, and what our own fold would do that repairs.
void PrintExplanation(const VerifyCommandOptions& options, const verify::Verified& verified) {
  Say(reports::Explanation(verified));
  if (verified.verification.verdict != prove::Verdict::kDiffers) return;
  fold::FoldOptions repair;
  repair.policy = fold::Policy::kRepair;
  const fold::FoldResult folded = fold::Fold(pt2::ReadProgram(options.before), repair);
  Say("What `foldproof fold --policy repair` would do with the program before:\n");
  Say(reports::FoldSummary(folded));
}

verify::After AfterOf(const VerifyCommandOptions& options) {
  if (options.folds + !options.after.empty() + !options.pass.command.empty() != 1) {
    throw Error(Error::Code::kUsage, "verify",
                "needs AFTER, or --fold POLICY or --pass COMMAND to make it; one of the three");
  }
  if (options.folds) return verify::AfterFold{options.fold};
  if (!options.pass.command.empty()) return options.pass;
  return verify::AfterFile{options.after};
}

verify::VerifyOptions VerifyOptionsOf(const VerifyCommandOptions& options, Progress& progress) {
  verify::VerifyOptions out = options.verify;
  out.proof.progress = progress.OfProof();
  out.curves = options.curves;
  if (options.explain && !out.curves) out.curves = 1;  // a trace comes with them
  if (!options.html.empty() && !options.curves) out.curves = kCurvesOfPage;
  if (options.crashes) out.crashes = options.fold.patterns;
  return out;
}

void WriteVerifyReports(const VerifyCommandOptions& options, const verify::Verified& verified,
                        const reports::RunFacts& facts) {
  if (!options.json.empty()) {
    const auto shows = options.curves ? reports::Shows::kPictures : reports::Shows::kVerdicts;
    WriteFile(options.json, reports::VerifyReportPieces(verified, facts, shows));
  }
  if (!options.html.empty()) {
    const nlohmann::json report = reports::VerifyReport(verified, facts, reports::Shows::kPictures);
    WriteFile(options.html,
              reports::Html(reports::PageReports(report, options.json), FOLDPROOF_VERSION));
  }
}

ExitCode RunVerify(const VerifyCommandOptions& options, const CommandLine& line) {
  EndOnSignals();
  if (!options.html.empty()) reports::NeedPages();
  const auto memory = OpenCache(options.cache);
  const Stopwatch stopwatch;
  const verify::Verified verified = [&] {
    const std::string doing = options.pass.command.empty() ? "reading" : "running the pass";
    Progress progress(doing, options.progress, options.quiet);
    verify::VerifyOptions asked = VerifyOptionsOf(options, progress);
    asked.proof.memory = memory.get();
    return verify::Verify(options.before, AfterOf(options), asked,
                          [&] { return stopwatch.Total(); });
  }();
  WriteVerifyReports(options, verified,
                     RunFactsOf(line, options.verify.proof.threads, memory.get(),
                                verified.verification.remembered_sites));
  if (!options.quiet) PrintSummary(options, verified);
  if (options.explain) PrintExplanation(options, verified);
  return verified.exit;
}

void AddProofOptionsOfVerify(CLI::App& command, verify::VerifyOptions& o) {
  AddToleranceOption(command, o.tolerance);
  AddIdealGapOption(command, o.proof.judge.ideal_gap_lsb);
  command.add_flag("--ideal-distance", o.proof.judge.ideal_distance,
                   "Also report how far before and after are from before's ideal");
  AddChoice(command, "--domain", o.proof.judge.domain, "The domain that is the gate");
  command.add_option("--inputs", o.inputs,
                     "An .npz with inputs x0, x1, ... whose accumulators are observed");
  command
      .add_option("--executor", o.executor,
                  "What runs --inputs and witnesses. Where none is named: integer, and for "
                  "witnesses libtorch too, if this build has it")
      ->check(OneOfNames(exec::ExecutorNames()));
  AddReachOption(command, o.proof.reach);
  AddChoice(command, "--semantics", o.proof.semantics,
            "AFTER's arithmetic: exact integers and float32, or an integer kernel's "
            "requantization behind each conv");
  AddBatchNormOption(command, o.proof.batch_norm);
  AddInputRangeOption(command, o.proof.float_box);
  command.add_flag("--allow-unchanged", o.unchanged_holds,
                   "Exit 0 where --pass or --fold changed nothing, so that nothing was judged");
  command.add_flag("--allow-unfolded", o.unfolded_holds,
                   "Exit 0 where --fold folded no batch_norm and left some");
  command.add_flag("--allow-unproved", o.allow_unproved,
                   "Exit 0 where something is unproved but nothing differs");
}

}  // namespace

void AddVerifyCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<VerifyCommandOptions>();
  CLI::App* command =
      app.add_subcommand("verify", "Prove or refute that a fold keeps a program's numbers");
  command->add_option("BEFORE", o->before, "The program before the fold (.pt2)")->required();
  command->add_option("AFTER", o->after, "The program after the fold (.pt2)");
  CLI::Option* fold = AddChoice(*command, "--fold", o->fold.policy,
                                "Fold BEFORE with this policy and judge that", Default::kNotShown);
  AddFoldOptions(*command, o->fold);
  AddPassOptions(*command, o->pass);
  AddProofOptionsOfVerify(*command, o->verify);
  command->add_option("--json", o->json, "Write the report to this file");
  command->add_option("--html", o->html, "Write the report as a page to look at to this file");
  command
      ->add_option("--curves", o->curves,
                   "Put what a page shows into the report of --json, too, with the step functions "
                   "of so many channels of each tail, the worst ones (--html: 16)")
      ->check(WholeNumber(0, kMostCurves));
  command->add_option("--witness", o->verify.witness,
                      "Write witnesses into this folder and run both programs on them");
  command->add_flag("--crashes", o->crashes,
                    "Also predict where ExecuTorch's QuantFusion would raise on either program");
  AddThreadsOption(*command, o->verify.proof.threads);
  AddProgressOption(*command, o->progress);
  AddCacheOptions(*command, o->cache);
  command->add_flag("--explain", o->explain,
                    "Also print what each finding means and what to do, where the steps part, and "
                    "what a repairing fold would do");
  command->add_flag("--quiet", o->quiet, "Print no summary");
  command->footer(
      "\nExamples: foldproof verify model.before.pt2 model.after.pt2 --witness witnesses\n"
      "          foldproof verify model.before.pt2 model.after.pt2 --html report.html\n"
      "          foldproof verify model.pt2 --fold upstream --json report.json\n");
  command->callback([o, fold, &line, &code] {
    o->folds = fold->count() > 0;
    TellingRefusal(o->json, line, [&] { code = RunVerify(*o, line); });
  });
}

}  // namespace foldproof::cli
