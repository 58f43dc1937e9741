// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/verification.h"

#include <algorithm>

#include <filesystem>
#include <utility>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/arrays/runs.h"
#include "harness/exec/open/open_executor.h"
#include "harness/prove/judge/observed.h"
#include "harness/prove/judge/prover.h"
#include "harness/prove/question/fields.h"
#include "harness/prove/sites/output_pairs.h"
#include "harness/prove/witness/confirm.h"
#include "harness/verify/cache/kept_pair.h"
#include "harness/verify/chosen_sizes.h"
#include "harness/verify/input_extents.h"
#include "harness/verify/laps.h"
#include "harness/verify/refuting_runs.h"
#include "harness/verify/tolerance.h"
#include "harness/verify/witness_executors.h"
#include "src/base/within.h"
#include "src/fold/quant_fusion/quant_fusion_crash.h"

namespace foldproof::verify {
namespace {

bool HasWitness(const prove::Verification& verification) {
  for (const auto& site : verification.sites) {
    for (const auto& tail : site.tails) {
      if (tail.witness) return true;
    }
  }
  return false;
}

void MakeFolder(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error(Error::Code::kOutput, folder, "cannot be made: " + failed.message());
}

// What a proof speaks of.
struct Sides {
  prove::Side before;
  prove::Side after;
};

// Runs the witnesses, where there are any: libtorch is loaded for nothing else, unless the inputs
// ask for it. Notes who ran them.
void Confirm(const ir::Program& before, const ir::Program& after, const Sides& sides,
             const VerifyOptions& options, prove::Proof& proof, Verified& out) {
  const std::string& folder = options.witness;
  if (!HasWitness(proof.verification)) return;
  MakeFolder(folder);
  WitnessExecutors executors(options.executor, options.proof.semantics);
  prove::ConfirmWitnesses(sides.before, sides.after, executors.runners(), executors.not_opened(),
                          folder, proof);
  ConfirmAtChosenSizes(before, after, out.options, executors, folder, proof);
  for (const prove::WitnessRunner& runner : executors.runners()) {
    if (out.executor == runner.description) continue;  // it ran the inputs
    out.executor += (out.executor.empty() ? "" : " and ") + runner.description;
  }
}

// What the inputs given produce in the before-program. Returns how far they reach.
InputExtents ObserveInputs(const VerifyOptions& options, const prove::Side& before, Verified& out) {
  const SourceFile file = ReadFile(options.inputs, exec::kMostNpzBytes);
  out.inputs = file.identity;
  const std::string name = options.executor.value_or(kDefaultExecutor);
  const auto runs = Within(options.inputs, [&] {
    exec::Arrays arrays = exec::ParseNpz(file.bytes);
    AddNonfinite(options.inputs, arrays, out.notes);
    return exec::InputsOfAllRuns(before.view.program(), std::move(arrays),
                                 exec::FloatsTakenBy(name));
  });
  const auto executor = exec::OpenExecutor(name);
  out.executor = executor->Describe();
  out.observed = std::make_unique<prove::Observations>(
      Within(out.before.file, [&] { return prove::Observe(before, *executor, runs); }));
  out.options.observed = out.observed.get();
  InputExtents extents(before.view.program(), out.options.float_box);
  for (const exec::Tensors& run : runs) extents.Add(run);
  return extents;
}

// What the pass makes of BEFORE, and what it says.
ir::Program AfterPass(const passes::PassCommand& command, const SourceProgram& before,
                      const passes::Seconds& now, Verified& out) {
  passes::ExternalPasses external(command, passes::PassFiles::kLarge, now);
  passes::PassAnswer answer =
      external.Open()->RunOnFile(std::filesystem::absolute(before.identity->file), before.program);
  const char* unchanged = answer.file.empty() ? "it wrote no file" : "it wrote the same program";
  out.pass = {command.command, "unchanged", unchanged};
  out.pass->raised = answer.kind == passes::PassAnswer::Kind::kRaised;
  if (out.pass->raised) {
    out.pass->result = answer.rule;
    out.pass->detail = answer.raised;
  } else if (answer.kind == passes::PassAnswer::Kind::kFolded) {
    out.pass->result = "folded";
    out.pass->detail.clear();
  } else if (!answer.missed.empty()) {
    out.pass->result = "refused";
    out.pass->detail = answer.missed[0].detail;
  }
  return std::move(answer.program);
}

// batch_norms in evaluation mode.
std::size_t NormsOf(const ir::Program& program) {
  return static_cast<std::size_t>(
      std::ranges::count_if(program.graph.nodes(), [](const ir::Node& node) {
        const auto* norm = std::get_if<ir::BatchNorm>(&node.op);
        return norm != nullptr && !norm->training;
      }));
}

// The program after the fold: read, or made of `before`.
SourceProgram ProgramAfter(const After& after, const SourceProgram& before,
                           const passes::Seconds& now, Verified& out) {
  if (const auto* file = std::get_if<AfterFile>(&after)) {
    SourceProgram read = ReadProgram(file->path);
    read.program.storages.Share(before.program.storages);
    return read;
  }
  if (const auto* pass = std::get_if<passes::PassCommand>(&after))
    return {AfterPass(*pass, before, now, out), std::nullopt};
  out.fold = Within(before.identity->file,
                    [&] { return fold::Fold(before.program, std::get<AfterFold>(after).options); });
  const std::size_t was = NormsOf(before.program), left = NormsOf(out.fold->program);
  out.left_unfolded = was == left ? left : 0;
  return {std::move(out.fold->program), std::nullopt};
}

// A pass that came to no program fails by its own rule. There is nothing to prove.
prove::Verification RaisedVerification(const PassSaid& said) {
  prove::Verification out;
  out.verdict = prove::Verdict::kDiffers;
  out.structure.push_back({said.result, "", "", said.detail, true});
  return out;
}

// Nobody asked what a pass that changed nothing would have made.
void TellUnchanged(const Verified& verified, prove::Verification& verification) {
  if (!verified.changed_nothing()) return;
  std::string what = "the pass changed nothing";
  if (verified.fold) {
    std::size_t left = 0;
    for (const ir::PassReport& pass : verified.fold->passes) left += pass.missed.size();
    what = "nothing was folded, " + std::to_string(left) +
           (left == 1 ? " chain is left" : " chains are left");
  } else {
    what += verified.pass->WhyUnchanged();
  }
  verification.unproved.push_back({verified.fold ? "fold" : "pass",
                                   what + ", so nothing was judged; --allow-unchanged, in a gate "
                                          "unchanged = \"allowed\", lets that pass"});
  if (verification.verdict != prove::Verdict::kDiffers)
    verification.verdict = prove::Verdict::kUnproved;
}

// A proof of biases that were quantized says nothing of the batch_norms that were to be folded.
void TellUnfolded(const Verified& verified, prove::Verification& verification) {
  if (verified.left_unfolded == 0 || verified.changed_nothing()) return;
  verification.unproved.push_back(
      {"fold", verified.UnfoldedText() + "; --allow-unfolded lets that pass"});
  if (verification.verdict != prove::Verdict::kDiffers)
    verification.verdict = prove::Verdict::kUnproved;
}

// Whether anything depends on a constant that the program updates, but for what it holds next.
bool DependsOnUpdates(const prove::Side& side) {
  const auto& outputs = side.view.program().outputs;
  for (std::uint32_t i = 0; i < outputs.size(); ++i) {
    const bool updates = outputs[i].kind != ir::OutputSpec::Kind::kUserOutput;
    if (updates && !prove::IsUnreadBatchCounter(side.view, i)) return true;
  }
  return false;
}

// Whether a proof of the first call alone may show what one of every call leaves open.
bool MayDifferAtFirst(const Sides& sides, const prove::Proof& proof) {
  if (proof.verification.verdict != prove::Verdict::kUnproved) return false;
  const auto update = [](const prove::Side& side) { return !side.view.program().updated.empty(); };
  if (!update(sides.before) && !update(sides.after)) return false;
  return !proof.matching.changed_outputs.empty() || DependsOnUpdates(sides.before) ||
         DependsOnUpdates(sides.after);
}

// What cannot be proved of every call may be shown to be wrong in the first; then `sides` become
// those of the first.
prove::Proof ProveSides(const ir::Program& before, const ir::Program& after,
                        const prove::ProveOptions& options, Sides& sides) {
  prove::Proof proof = prove::Prove(sides.before, sides.after, options);
  if (!MayDifferAtFirst(sides, proof)) return proof;
  Sides first{prove::Side(before, ir::State::kStored), prove::Side(after, ir::State::kStored)};
  prove::Proof of_first = prove::Prove(first.before, first.after, options);
  if (of_first.verification.verdict != prove::Verdict::kDiffers) return proof;
  sides = std::move(first);
  return of_first;
}

// A run that refutes a proof which was left open is a finding, with its input beside the witnesses.
void Refute(const ir::Program& before, const ir::Program& after, const VerifyOptions& options,
            const Sides& sides, prove::Verification& verification) {
  if (verification.verdict != prove::Verdict::kUnproved ||
      options.proof.semantics != prove::Semantics::kInteger ||
      !CanBeRefuted(sides.before.view, sides.after.view)) {
    return;
  }
  WitnessExecutors executors(options.executor, options.proof.semantics);
  std::optional<RefutingRun> run = FindRefutingRun(before, after, executors);
  if (!run) return;
  if (!options.witness.empty()) {
    MakeFolder(options.witness);
    run->finding.file = (std::filesystem::path(options.witness) / "run.npz").string();
    exec::WriteNpz(*run->finding.file, run->inputs);
  }
  verification.verdict = prove::Verdict::kDiffers;
  verification.structure.insert(verification.structure.begin(), std::move(run->finding));
}

// An option that is new either asks for what is run or drawn besides the proof, and is named in
// PairQuestionOf; or belongs to the proof, and to a PairQuestion; or is one of the last four, which
// tell what was proved.
static_assert(prove::ConsistsOf<VerifyOptions, prove::ProveOptions, Tolerance, std::string,
                                std::optional<std::string>, std::string, std::optional<std::size_t>,
                                std::optional<fold::PatternSet>, bool, bool, bool>);

// What is kept of a pair of files. Whatever is run or drawn needs the proof itself.
std::optional<prove::PairQuestion> PairQuestionOf(const VerifyOptions& options,
                                                  const Verified& out) {
  if (out.options.memory == nullptr || out.before.sha256.empty() || !out.after) return std::nullopt;
  if (!options.inputs.empty() || !options.witness.empty() || options.curves) return std::nullopt;
  return prove::AskPair(out.before.sha256, out.after->sha256, out.options);
}

// Whether the verification is one that was kept.
bool Recall(const ir::Program& before, const ir::Program& after, const VerifyOptions& options,
            const KeptPair& kept, Laps& laps, Verified& out) {
  std::optional<prove::Verification> known = kept.Find();
  if (!known) return false;
  out.verification = *std::move(known);
  out.seconds.prove = laps.Next();
  if (out.verification.verdict == prove::Verdict::kUnproved) {
    const Sides sides{prove::Side(before), prove::Side(after)};
    Refute(before, after, options, sides, out.verification);
  }
  out.seconds.confirm = laps.Next();
  return true;
}

// The proof itself, and what runs the programs besides.
void ProveAndRun(const ir::Program& before, const ir::Program& after, const VerifyOptions& options,
                 const KeptPair& kept, Laps& laps, Verified& out) {
  Sides sides{prove::Side(before), prove::Side(after)};
  std::optional<InputExtents> extents;
  if (!options.inputs.empty()) extents = ObserveInputs(options, sides.before, out);
  out.seconds.observe = laps.Next();
  prove::Proof proof = ProveSides(before, after, out.options, sides);
  if (options.witness.empty()) prove::SetWitnessLevels(sides.before, proof);
  kept.Keep(proof.verification);
  if (extents && proof.verification.input_range) extents->Tell(options.inputs, out.notes);
  if (!options.unchanged_holds) TellUnchanged(out, proof.verification);
  if (!options.unfolded_holds) TellUnfolded(out, proof.verification);
  out.seconds.prove = laps.Next();
  Refute(before, after, options, sides, proof.verification);
  if (!options.witness.empty()) Confirm(before, after, sides, options, proof, out);
  out.seconds.confirm = laps.Next();
  if (options.curves) {
    out.pictures =
        Pictures{prove::DrawTails(sides.before, sides.after, proof, out.options, *options.curves),
                 GraphsOf(sides.before, sides.after, proof.matching)};
  }
  out.verification = std::move(proof.verification);
}

void Judge(const ir::Program& before, const ir::Program& after, const VerifyOptions& options,
           Laps& laps, Verified& out) {
  if (out.pass && out.pass->raised) {
    out.verification = RaisedVerification(*out.pass);
    out.exit = ExitOf(out.verification.verdict, options.allow_unproved);
    return;
  }
  const KeptPair kept(out.options.memory, PairQuestionOf(options, out));
  if (!Recall(before, after, options, kept, laps, out))
    ProveAndRun(before, after, options, kept, laps, out);
  out.exit = ExitOf(out.verification.verdict, options.allow_unproved);
  if (!options.crashes) return;
  const auto patterns = fold::PatternsOf(*options.crashes);
  out.crashes = Crashes{fold::QuantFusionCrashes(before, patterns),
                        fold::QuantFusionCrashes(after, patterns)};
}

}  // namespace

std::string Verified::UnfoldedText() const {
  return "nothing folded: " + std::to_string(left_unfolded) +
         (left_unfolded == 1 ? " batch norm left" : " batch norms left");
}

std::string PassSaid::WhyUnchanged() const {
  const std::string refused = detail.empty() ? "it refused" : "it refused: " + detail;
  return " (" + (result == "refused" ? refused : detail) + ")";
}

ExitCode ExitOf(prove::Verdict verdict, bool allow_unproved) {
  if (verdict == prove::Verdict::kDiffers) return ExitCode::kDiffers;
  if (verdict == prove::Verdict::kUnproved && !allow_unproved) return ExitCode::kUnproved;
  return ExitCode::kHolds;
}

Verified Verify(const std::string& before, const After& after, const VerifyOptions& options,
                const passes::Seconds& now) {
  CheckOptions(options.proof, options.tolerance, options.inputs);
  const ReadTolerance tolerance(options.tolerance);
  Laps laps(now);
  Verified out;
  out.options = options.proof;
  const SourceProgram read = ReadProgram(before);
  out.before = *read.identity;
  out.modules = read.modules;
  tolerance.Apply(read.program, out.options);
  const SourceProgram made = ProgramAfter(after, read, now, out);
  out.after = made.identity;
  out.notes = NotesOnOrder(read, made);
  out.seconds.read = laps.Next();
  Judge(read.program, made.program, options, laps, out);
  return out;
}

Verified Verify(const SourceProgram& before, const SourceProgram& after,
                const VerifyOptions& options, const passes::Seconds& now) {
  CheckOptions(options.proof, options.tolerance, options.inputs);
  const ReadTolerance tolerance(options.tolerance);
  Laps laps(now);
  Verified out;
  out.options = options.proof;
  out.before = before.identity.value_or(FileIdentity{});
  out.modules = before.modules;
  out.after = after.identity;
  out.notes = NotesOnOrder(before, after);
  tolerance.Apply(before.program, out.options);
  Judge(before.program, after.program, options, laps, out);
  return out;
}

}  // namespace foldproof::verify
