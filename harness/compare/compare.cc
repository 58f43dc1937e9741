// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/compare.h"

#include <algorithm>
#include <memory>

#include "harness/compare/inputs.h"
#include "harness/compare/program_pair.h"
#include "harness/exec/arrays/runs.h"

namespace foldproof::compare {
namespace {

// Hands every input to the pair and, where there is a second executor, to the node-by-node
// comparisons.
class Session {
 public:
  Session(const prove::Side& before, const prove::Side& after, const CompareOptions& options,
          exec::Executor& executor, exec::Executor* second, Comparison& out)
      : before_(before),
        options_(options),
        out_(out),
        pair_(before, after, out.proof, options, executor) {
    if (second == nullptr) return;
    before_nodes_ = std::make_unique<NodeByNode>(before, executor, *second);
    after_nodes_ = std::make_unique<NodeByNode>(after, executor, *second);
  }

  void Run() {
    Recorded();
    Made();
    Adversarial();
    pair_.Finish(out_);
    out_.after_fault = pair_.after_fault();
    if (!before_nodes_) return;
    out_.before_executors = {before_nodes_->nodes(), before_nodes_->not_run()};
    out_.after_executors = {after_nodes_->nodes(), after_nodes_->not_run()};
  }

 private:
  void Whole(std::string_view kind, const exec::Tensors& inputs) {
    pair_.RunWhole(next_, inputs);
    if (before_nodes_) {
      before_nodes_->Observe(next_, inputs);
      if (pair_.after_fault().empty()) after_nodes_->Observe(next_, pair_.ForAfter(inputs));
    }
    if (pair_.after_fault().empty()) Count(kind);
  }

  void Count(std::string_view kind) {
    if (out_.runs.empty() || out_.runs.back().kind != kind)
      out_.runs.push_back({std::string(kind), next_, 0});
    ++out_.runs.back().count;
    ++next_;
  }

  void Recorded() {
    if (!options_.recorded) return;
    const ir::Program& program = before_.view.program();
    const std::size_t count = exec::CountRuns(program, *options_.recorded);
    for (std::size_t i = 0; i < count; ++i)
      Whole("recorded", exec::InputsOfRun(program, *options_.recorded, i));
  }

  void Made() {
    if (options_.random_runs == 0) return;
    const InputMaker maker(before_.view, options_.seed);
    std::vector<InputKind> kinds = MixOf(options_.random_runs);
    std::ranges::stable_sort(kinds);
    std::uint64_t ordinal = 0;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      ordinal = i > 0 && kinds[i] == kinds[i - 1] ? ordinal + 1 : 0;
      Whole(Name(kinds[i]), maker.Make(kinds[i], ordinal));
    }
  }

  void Adversarial() {
    const Probes made = MakeProbes(before_, out_.proof, options_.probed_channels);
    out_.missing_probes = made.missing;
    using enum prove::Witness::Level;
    for (const Probe& probe : made.probes) {
      if (probe.input.level == kProgram)
        Whole("adversarial", InputsOf(before_.view.program(), probe.input));
    }
    for (const Probe& probe : made.probes) {
      if (probe.input.level != kSite) continue;
      pair_.RunSite(next_, probe);
      if (pair_.after_fault().empty()) Count("adversarial-site");
    }
  }

  const prove::Side& before_;
  const CompareOptions& options_;
  Comparison& out_;
  ProgramPair pair_;
  std::unique_ptr<NodeByNode> before_nodes_;
  std::unique_ptr<NodeByNode> after_nodes_;
  std::size_t next_ = 0;  // run
};

}  // namespace

Observation TailObservation::Total() const {
  Observation out;
  for (const Observation& channel : channels) out.Merge(channel);
  return out;
}

Comparison Compare(const prove::Side& before, const prove::Side& after,
                   const CompareOptions& options, exec::Executor& executor,
                   exec::Executor* second) {
  return CompareProved(prove::Prove(before, after, options.prove), before, after, options, executor,
                       second);
}

Comparison CompareProved(prove::Proof proof, const prove::Side& before, const prove::Side& after,
                         const CompareOptions& options, exec::Executor& executor,
                         exec::Executor* second) {
  Comparison out;
  out.proof = std::move(proof);
  Session(before, after, options, executor, second, out).Run();
  out.verdict = out.proof.verification.verdict;
  if (!out.findings.empty()) out.verdict = prove::Verdict::kDiffers;
  return out;
}

const SampleFinding* Contradiction(const Comparison& comparison) {
  const auto found =
      std::ranges::find(comparison.findings, "observed-over-proved", &SampleFinding::rule);
  return found == comparison.findings.end() ? nullptr : &*found;
}

}  // namespace foldproof::compare
