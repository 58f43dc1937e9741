// SPDX-License-Identifier: BSD-3-Clause
#include "cli/verify_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/fold_options.h"
#include "cli/machine.h"
#include "cli/pass_option.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "cli/tolerance_option.h"
#include "cli/witness_executors.h"
#include "harness/exec/npz.h"
#include "harness/exec/open_executor.h"
#include "harness/exec/runs.h"
#include "harness/prove/confirm.h"
#include "harness/prove/observed.h"
#include "harness/prove/prover.h"
#include "reports/fold_report.h"
#include "reports/html/html.h"
#include "reports/html/page_report.h"
#include "reports/json_report.h"
#include "reports/summary.h"
#include "src/base/file.h"
#include "src/base/within.h"
#include "src/fold/quant_fusion_crash.h"
#include "src/pt2/reader.h"

namespace foldproof::cli {
namespace {

constexpr std::size_t kCurvesOfPage = 16;
constexpr std::size_t kMostCurves = std::size_t{1} << 20;

struct VerifyOptions {
  std::string before;
  std::string after;   // empty where `fold` makes it
  bool folds = false;  // --fold was given
  FoldArguments fold;
  PassArguments pass;  // makes it
  std::string tolerance = "derived";
  std::string ideal_gap = "0.01";
  std::string domain = "calibrated";
  std::string reach = "exact";
  std::string semantics = "integer";
  std::string batch_norm = "fma";
  std::string inputs;                   // an .npz; empty: nothing is observed
  std::optional<std::string> executor;  // runs them and the witnesses
  std::string json;
  std::string html;
  std::optional<std::size_t> curves;  // channels of each tail, in the report
  std::string witness;
  bool allow_unproved = false;
  bool ideal_distance = false;
  bool quiet = false;
  int threads = 1;
};

prove::ProveOptions ProveOptionsOf(const VerifyOptions& options) {
  prove::ProveOptions out;
  if (options.ideal_gap == "off")
    out.judge.ideal_gap_lsb.reset();
  else
    out.judge.ideal_gap_lsb = ParseLsb("--ideal-gap", options.ideal_gap);
  for (const prove::Domain domain :
       {prove::Domain::kReachable, prove::Domain::kCalibrated, prove::Domain::kObserved}) {
    if (options.domain == prove::NameOf(domain)) out.judge.domain = domain;
  }
  for (const prove::Semantics semantics :
       {prove::Semantics::kInteger, prove::Semantics::kKernelQ31, prove::Semantics::kKernelTosa}) {
    if (options.semantics == prove::NameOf(semantics)) out.semantics = semantics;
  }
  out.reach = options.reach == "exact" ? prove::Reach::kExact : prove::Reach::kInterval;
  out.batch_norm =
      options.batch_norm == "fma" ? prove::BatchNormVariant::kFma : prove::BatchNormVariant::kNoFma;
  out.judge.ideal_distance = options.ideal_distance;
  out.threads = options.threads;
  return out;
}

// A line on standard error that is written over, where a person may be waiting.
void ShowProgress(prove::ProveOptions& options) {
  if (isatty(STDERR_FILENO) == 0) return;
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  options.progress = [start](std::int64_t done, std::int64_t of) {
    if (Clock::now() - start < std::chrono::milliseconds(500)) return;
    std::fprintf(stderr, "\rproving: %lld of %lld channels", static_cast<long long>(done),
                 static_cast<long long>(of));
    if (done + 64 > of) std::fputs("\r\033[K", stderr);
  };
}

ExitCode ExitOf(prove::Verdict verdict, bool allow_unproved) {
  if (verdict == prove::Verdict::kDiffers) return ExitCode::kDiffers;
  if (verdict == prove::Verdict::kUnproved && !allow_unproved) return ExitCode::kUnproved;
  return ExitCode::kHolds;
}

bool HasWitness(const prove::Verification& verification) {
  for (const auto& site : verification.sites) {
    for (const auto& tail : site.tails) {
      if (tail.witness) return true;
    }
  }
  return false;
}

// Runs the witnesses, where there are any: libtorch is loaded for nothing else, unless the inputs
// ask for it. Notes who ran them.
void Confirm(const prove::Side& before, const prove::Side& after, const VerifyOptions& options,
             prove::Semantics semantics, prove::Proof& proof, reports::RunFacts& facts) {
  const std::string& folder = options.witness;
  if (!HasWitness(proof.verification)) return;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error(Error::Code::kOutput, folder, "cannot be made: " + failed.message());
  const WitnessExecutors executors(options.executor, semantics);
  prove::ConfirmWitnesses(before, after, executors.runners(), executors.not_opened(), folder,
                          proof);
  for (const prove::WitnessRunner& runner : executors.runners()) {
    if (facts.executor == runner.description) continue;  // it ran the inputs
    facts.executor += (facts.executor.empty() ? "" : " and ") + runner.description;
  }
}

// What the inputs given produce in the before-program. Notes who ran it.
prove::Observations ObserveInputs(const VerifyOptions& options, const prove::Side& before,
                                  std::string& ran_by) {
  const exec::Arrays arrays = exec::ReadNpz(options.inputs);
  const auto runs =
      Within(options.inputs, [&] { return exec::InputsOfAllRuns(before.view.program(), arrays); });
  const auto executor = exec::OpenExecutor(options.executor.value_or(kDefaultExecutor));
  ran_by = executor->Describe();
  return Within(options.before, [&] { return prove::Observe(before, *executor, runs); });
}

// Who made the program after, where it was no file.
struct MadeBy {
  std::optional<fold::FoldResult> fold;
  std::optional<reports::PassSaid> pass;
  bool raised = false;  // the pass came to no program
};

// What the pass makes of BEFORE, and what it says.
ir::Program AfterPass(const VerifyOptions& options, const ir::Program& before, MadeBy& made) {
  ExternalPasses external(options.pass);
  passes::PassAnswer answer =
      external.Open()->RunOnFile(std::filesystem::absolute(options.before), before);
  made.pass = {options.pass.command, "unchanged", ""};
  made.raised = answer.kind == passes::PassAnswer::Kind::kRaised;
  if (made.raised) {
    made.pass->result = answer.rule;
    made.pass->detail = answer.raised;
  } else if (answer.kind == passes::PassAnswer::Kind::kFolded) {
    made.pass->result = "folded";
  } else if (!answer.missed.empty()) {
    made.pass->result = "refused";
    made.pass->detail = answer.missed[0].detail;
  }
  return std::move(answer.program);
}

// The program after the fold: read, or made of `before`.
ir::Program After(const VerifyOptions& options, const ir::Program& before, MadeBy& made) {
  if (!options.pass.command.empty()) return AfterPass(options, before, made);
  if (!options.folds) return pt2::ReadProgram(options.after);
  made.fold = Within(options.before, [&] { return fold::Fold(before, options.fold.Options()); });
  return std::move(made.fold->program);
}

std::string PassSummary(const reports::PassSaid& said) {
  return "pass: " + Printable(said.result) +
         (said.detail.empty() ? "" : ": " + Printable(said.detail, 600)) + "\n";
}

reports::VerifyRequest RequestOf(const VerifyOptions& options,
                                 const prove::ProveOptions& prove_options, const MadeBy& made,
                                 std::vector<ir::Miss> crashes_before,
                                 std::vector<ir::Miss> crashes_after) {
  reports::VerifyRequest request{
      {options.before, reports::Sha256OfFile(options.before)}, {}, prove_options};
  if (!options.inputs.empty()) {
    request.inputs = {options.inputs, reports::Sha256OfFile(options.inputs)};
  }
  request.crashes_before = std::move(crashes_before);
  request.crashes_after = std::move(crashes_after);
  request.pass = made.pass;
  if (made.fold)
    request.folded = &*made.fold;
  else if (!made.pass)
    request.after = {options.after, reports::Sha256OfFile(options.after)};
  return request;
}

// The report and the page, as asked for. What only the page needs is drawn where it is needed.
void WriteReports(const VerifyOptions& options, const prove::Side& before, const prove::Side& after,
                  const prove::Proof& proof, ExitCode exit, const reports::RunFacts& facts,
                  reports::VerifyRequest& request) {
  const auto report = [&](std::optional<std::size_t> curves) {
    std::optional<reports::Pictures> pictures;
    if (curves) {
      pictures.emplace(
          reports::Pictures{prove::DrawTails(before, after, proof, request.options, *curves),
                            before, after, proof.matching});
    }
    request.pictures = pictures ? &*pictures : nullptr;
    return reports::Written(
        reports::VerifyReport(request, proof.verification, static_cast<int>(exit), facts));
  };
  if (!options.json.empty()) WriteFile(options.json, report(options.curves));
  if (options.html.empty()) return;
  const std::string text = report(options.curves.value_or(kCurvesOfPage));
  WriteFile(options.html,
            reports::Html({reports::PageReport(text, options.json)}, FOLDPROOF_VERSION));
}

ExitCode Verify(const VerifyOptions& options, const CommandLine& line) {
  if (options.folds + !options.after.empty() + !options.pass.command.empty() != 1) {
    throw Error(Error::Code::kUsage, "verify",
                "needs AFTER, or --fold POLICY or --pass COMMAND to make it; one of the three");
  }
  if (options.domain == "observed" && options.inputs.empty()) {
    throw Error(Error::Code::kUsage, "--domain",
                "observed needs --inputs FILE, whose accumulators are observed");
  }
  if (!options.html.empty()) reports::NeedPages();
  const ToleranceOption tolerance = ParseTolerance(options.tolerance);
  prove::ProveOptions prove_options = ProveOptionsOf(options);
  ShowProgress(prove_options);
  Stopwatch stopwatch;
  reports::RunFacts facts;
  facts.command = line;
  facts.threads = options.threads;
  facts.version = FOLDPROOF_VERSION;
  facts.machine = DescribeMachine();
  const ir::Program before = pt2::ReadProgram(options.before);
  tolerance.Apply(before, prove_options);
  MadeBy made;
  const ir::Program after = After(options, before, made);
  facts.read_seconds = stopwatch.Lap();
  const prove::Side before_side(before);
  const prove::Side after_side(after);
  prove::Observations observed;
  if (!options.inputs.empty()) {
    observed = ObserveInputs(options, before_side, facts.executor);
    prove_options.observed = &observed;
  }
  facts.observe_seconds = stopwatch.Lap();
  prove::Proof proof = prove::Prove(before_side, after_side, prove_options);
  if (made.raised) {
    proof.verification.verdict = prove::Verdict::kDiffers;
    auto& structure = proof.verification.structure;
    structure.insert(structure.begin(), {made.pass->result, "", "", made.pass->detail, true});
  }
  facts.prove_seconds = stopwatch.Lap();
  if (options.witness.empty())
    prove::SetWitnessLevels(before_side, proof);
  else
    Confirm(before_side, after_side, options, prove_options.semantics, proof, facts);
  facts.confirm_seconds = stopwatch.Lap();
  const ExitCode exit = ExitOf(proof.verification.verdict, options.allow_unproved);
  if (options.json.empty() && options.html.empty() && options.quiet) return exit;
  const auto patterns = fold::PatternsOf(options.fold.Options().patterns);
  const std::vector<ir::Miss> crashes_after = fold::QuantFusionCrashes(after, patterns);
  if (!options.json.empty() || !options.html.empty()) {
    reports::VerifyRequest request = RequestOf(
        options, prove_options, made, fold::QuantFusionCrashes(before, patterns), crashes_after);
    WriteReports(options, before_side, after_side, proof, exit, facts, request);
  }
  if (!options.quiet) {
    if (made.fold) std::fputs(reports::FoldSummary(*made.fold).c_str(), stdout);
    if (made.pass) std::fputs(PassSummary(*made.pass).c_str(), stdout);
    const std::string summary = reports::VerifySummary(proof.verification, prove_options);
    std::fputs(WithColouredVerdict(summary, OutputHasColours()).c_str(), stdout);
    std::fputs(reports::CrashesSummary(crashes_after, "the program after").c_str(), stdout);
  }
  return exit;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<VerifyOptions>();
  CLI::App* command =
      app.add_subcommand("verify", "Prove or refute that a fold keeps a program's numbers");
  command->add_option("BEFORE", o->before, "The program before the fold (.pt2)")->required();
  command->add_option("AFTER", o->after, "The program after the fold (.pt2)");
  CLI::Option* fold =
      command->add_option("--fold", o->fold.policy, "Fold BEFORE with this policy and judge that")
          ->check(CLI::IsMember({"upstream", "guarded", "repair"}));
  AddFoldOptions(*command, o->fold);
  AddPassOptions(*command, o->pass);
  command
      ->add_option(
          "--tolerance", o->tolerance,
          "Allowed difference: 'derived', a number of LSB, or a file with one for each site "
          "(.json)")
      ->capture_default_str();
  command
      ->add_option("--ideal-gap", o->ideal_gap,
                   "Allowed ideal gap above half a bias step in LSB, or 'off'")
      ->capture_default_str();
  command->add_flag("--ideal-distance", o->ideal_distance,
                    "Also report how far before and after are from before's ideal");
  command->add_option("--domain", o->domain, "The domain that is the gate")
      ->check(CLI::IsMember({"calibrated", "reachable", "observed"}))
      ->capture_default_str();
  command->add_option("--inputs", o->inputs,
                      "An .npz with inputs x0, x1, ... whose accumulators are observed");
  command
      ->add_option("--executor", o->executor,
                   "What runs --inputs and witnesses. Where none is named: integer, and for "
                   "witnesses libtorch too, if this build has it")
      ->check(CLI::IsMember(exec::ExecutorNames()));
  command
      ->add_option("--reach", o->reach, "Accumulators: those an input produces, or their interval")
      ->check(CLI::IsMember({"exact", "interval"}))
      ->capture_default_str();
  command
      ->add_option("--semantics", o->semantics,
                   "AFTER's arithmetic: exact integers and float32, or an integer kernel's "
                   "requantization behind each conv")
      ->check(CLI::IsMember({"integer", "kernel:q31", "kernel:tosa"}))
      ->capture_default_str();
  command
      ->add_option("--batch-norm", o->batch_norm,
                   "The kernel's arithmetic: fused multiply-add or not")
      ->check(CLI::IsMember({"fma", "no-fma"}))
      ->capture_default_str();
  command->add_flag("--allow-unproved", o->allow_unproved,
                    "Exit 0 where something is unproved but nothing differs");
  command->add_option("--json", o->json, "Write the report to this file");
  command->add_option("--html", o->html, "Write the report as a page to look at to this file");
  command
      ->add_option("--curves", o->curves,
                   "Put what a page shows into the report of --json, too, with the step functions "
                   "of so many channels of each tail, the worst ones (--html: 16)")
      ->check(CLI::Range(std::size_t{0}, kMostCurves));
  command->add_option("--witness", o->witness,
                      "Write witnesses into this folder and run both programs on them");
  command->add_option("--threads", o->threads, "Threads to prove on")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--quiet", o->quiet, "Print no summary");
  command->footer(
      "\nExamples: foldproof verify model.before.pt2 model.after.pt2 --witness witnesses\n"
      "          foldproof verify model.before.pt2 model.after.pt2 --html report.html\n"
      "          foldproof verify model.pt2 --fold upstream --json report.json\n");
  command->callback([o, fold, &line, &code] {
    o->folds = fold->count() > 0;
    code = Verify(*o, line);
  });
}

}  // namespace foldproof::cli
