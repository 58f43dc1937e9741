// SPDX-License-Identifier: BSD-3-Clause
#include "cli/verification.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/machine.h"
#include "cli/stopwatch.h"
#include "cli/tolerance_option.h"
#include "cli/witness_executors.h"
#include "harness/exec/arrays/npz.h"
#include "harness/exec/arrays/runs.h"
#include "harness/exec/open/open_executor.h"
#include "harness/prove/judge/observed.h"
#include "harness/prove/judge/prover.h"
#include "harness/prove/witness/confirm.h"
#include "src/base/within.h"
#include "src/fold/quant_fusion/quant_fusion_crash.h"
#include "src/pt2/reader.h"

namespace foldproof::cli {
namespace {

prove::ProveOptions ProveOptionsOf(const VerificationOptions& options) {
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
void Confirm(const prove::Side& before, const prove::Side& after,
             const VerificationOptions& options, prove::Semantics semantics, prove::Proof& proof,
             reports::RunFacts& facts) {
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
prove::Observations ObserveInputs(const VerificationOptions& options, const prove::Side& before,
                                  std::string& ran_by) {
  const exec::Arrays arrays = exec::ReadNpz(options.inputs);
  const auto runs =
      Within(options.inputs, [&] { return exec::InputsOfAllRuns(before.view.program(), arrays); });
  const auto executor = exec::OpenExecutor(options.executor.value_or(kDefaultExecutor));
  ran_by = executor->Describe();
  return Within(options.before, [&] { return prove::Observe(before, *executor, runs); });
}

// What the pass makes of BEFORE, and what it says.
ir::Program AfterPass(const VerificationOptions& options, const ir::Program& before, MadeBy& made) {
  ExternalPasses external(options.pass, PassFiles::kLarge);
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
ir::Program After(const VerificationOptions& options, const ir::Program& before, MadeBy& made) {
  if (!options.pass.command.empty()) return AfterPass(options, before, made);
  if (!options.folds) return pt2::ReadProgram(options.after);
  made.fold = Within(options.before, [&] { return fold::Fold(before, options.fold.Options()); });
  return std::move(made.fold->program);
}

void CheckOptions(const VerificationOptions& options) {
  if (options.folds + !options.after.empty() + !options.pass.command.empty() != 1) {
    throw Error(Error::Code::kUsage, "verify",
                "needs AFTER, or --fold POLICY or --pass COMMAND to make it; one of the three");
  }
  if (options.domain == "observed" && options.inputs.empty()) {
    throw Error(Error::Code::kUsage, "--domain",
                "observed needs --inputs FILE, whose accumulators are observed");
  }
}

reports::RunFacts FactsOf(const VerificationOptions& options) {
  reports::RunFacts facts;
  facts.threads = options.threads;
  facts.version = FOLDPROOF_VERSION;
  facts.machine = DescribeMachine();
  return facts;
}

// The proof itself, and what runs the programs besides. Times go into the facts.
prove::Verification Judge(const VerificationOptions& options, const ir::Program& before,
                          const ir::Program& after, Stopwatch& stopwatch, Verified& verified) {
  prove::Side before_side(before);
  prove::Side after_side(after);
  reports::RunFacts& facts = verified.facts;
  if (!options.inputs.empty()) {
    verified.observed =
        std::make_unique<prove::Observations>(ObserveInputs(options, before_side, facts.executor));
    verified.options.observed = verified.observed.get();
  }
  facts.observe_seconds = stopwatch.Lap();
  prove::Proof proof = prove::Prove(before_side, after_side, verified.options);
  // What cannot be proved of every call may be shown to be wrong in the first.
  const bool updates = before_side.UpdatesConstants() || after_side.UpdatesConstants();
  if (updates && proof.verification.verdict == prove::Verdict::kUnproved) {
    prove::Side before_first(before, ir::State::kStored);
    prove::Side after_first(after, ir::State::kStored);
    prove::Proof first = prove::Prove(before_first, after_first, verified.options);
    if (first.verification.verdict == prove::Verdict::kDiffers) {
      before_side = std::move(before_first);
      after_side = std::move(after_first);
      proof = std::move(first);
    }
  }
  if (verified.made.raised) {
    const reports::PassSaid& said = *verified.made.pass;
    proof.verification.verdict = prove::Verdict::kDiffers;
    auto& structure = proof.verification.structure;
    structure.insert(structure.begin(), {said.result, "", "", said.detail, true});
  }
  facts.prove_seconds = stopwatch.Lap();
  if (options.witness.empty())
    prove::SetWitnessLevels(before_side, proof);
  else
    Confirm(before_side, after_side, options, verified.options.semantics, proof, facts);
  facts.confirm_seconds = stopwatch.Lap();
  if (options.curves) {
    verified.pictures = reports::Pictures{
        prove::DrawTails(before_side, after_side, proof, verified.options, *options.curves),
        reports::GraphsOf(before_side, after_side, proof.matching)};
  }
  return std::move(proof.verification);
}

}  // namespace

ExitCode ExitOf(prove::Verdict verdict, bool allow_unproved) {
  if (verdict == prove::Verdict::kDiffers) return ExitCode::kDiffers;
  if (verdict == prove::Verdict::kUnproved && !allow_unproved) return ExitCode::kUnproved;
  return ExitCode::kHolds;
}

Verified Verify(const VerificationOptions& options,
                std::function<void(std::int64_t, std::int64_t)> progress) {
  CheckOptions(options);
  const ToleranceOption tolerance = ParseTolerance(options.tolerance);
  Verified out;
  out.options = ProveOptionsOf(options);
  out.options.progress = std::move(progress);
  out.facts = FactsOf(options);
  Stopwatch stopwatch;
  const ir::Program before = pt2::ReadProgram(options.before);
  tolerance.Apply(before, out.options);
  const ir::Program after = After(options, before, out.made);
  out.facts.read_seconds = stopwatch.Lap();
  out.verification = Judge(options, before, after, stopwatch, out);
  out.exit = ExitOf(out.verification.verdict, options.allow_unproved);
  const auto patterns = fold::PatternsOf(options.fold.Options().patterns);
  out.crashes_before = fold::QuantFusionCrashes(before, patterns);
  out.crashes_after = fold::QuantFusionCrashes(after, patterns);
  return out;
}

nlohmann::ordered_json ReportOf(const VerificationOptions& options, const Verified& verified,
                                bool pictures) {
  reports::VerifyRequest request{
      {options.before, reports::Sha256OfFile(options.before)}, {}, verified.options};
  if (!options.inputs.empty()) {
    request.inputs = {options.inputs, reports::Sha256OfFile(options.inputs)};
  }
  request.crashes_before = verified.crashes_before;
  request.crashes_after = verified.crashes_after;
  if (pictures && verified.pictures) request.pictures = &*verified.pictures;
  request.pass = verified.made.pass;
  if (verified.made.fold)
    request.folded = &*verified.made.fold;
  else if (!verified.made.pass)
    request.after = {options.after, reports::Sha256OfFile(options.after)};
  return reports::VerifyReport(request, verified.verification, static_cast<int>(verified.exit),
                               verified.facts);
}

void EraseCost(nlohmann::ordered_json& report) {
  report.erase("run");
  for (auto& site : report.at("sites")) site.erase("evaluations");
}

}  // namespace foldproof::cli
