// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/compare.h"

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>
#include <string_view>

#include "harness/compare/inputs.h"
#include "harness/compare/program_pair.h"

namespace foldproof::compare {
namespace {

constexpr std::size_t kBlock = 64;  // runs that are added up by themselves, whoever runs them

// One input of both programs.
struct Input {
  std::string_view kind;
  exec::Tensors tensors;
};

// Gives one input after the other: those that are recorded, then those that are made.
class InputSource {
 public:
  InputSource(const prove::Side& before, const CompareOptions& options) : options_(options) {
    if (options.random_runs == 0) return;
    maker_.emplace(before.view, options.seed);
    kinds_ = MixOf(options.random_runs);
    std::ranges::stable_sort(kinds_);
  }

  std::optional<Input> Next() {
    if (options_.recorded && !recorded_end_) {
      if (auto inputs = options_.recorded()) return Input{"recorded", std::move(*inputs)};
      recorded_end_ = true;
    }
    if (made_ == kinds_.size()) return std::nullopt;
    const InputKind kind = kinds_[made_];
    ordinal_ = made_ > 0 && kinds_[made_ - 1] == kind ? ordinal_ + 1 : 0;
    ++made_;
    return Input{Name(kind), maker_->Make(kind, ordinal_)};
  }

 private:
  const CompareOptions& options_;
  std::optional<InputMaker> maker_;
  std::vector<InputKind> kinds_;
  bool recorded_end_ = false;
  std::size_t made_ = 0;
  std::uint64_t ordinal_ = 0;
};

// Inputs that follow each other.
struct Block {
  std::size_t first = 0;
  std::vector<Input> inputs;
};

// What a block showed.
struct SeenBlock {
  Observed observed;
  std::vector<RunGroup> runs;
  std::string after_fault;
};

// Hands every input to a pair of programs and, where there is a second executor, to the
// node-by-node comparisons. Blocks run side by side; what they showed is put together in their
// order, so that the sums are the same whoever ran them.
class Session {
 public:
  Session(const prove::Side& before, const prove::Side& after, const CompareOptions& options,
          exec::Executor& executor, exec::Executor* second, Comparison& out)
      : before_(before),
        after_(after),
        options_(options),
        executor_(executor),
        out_(out),
        threads_(second == nullptr ? options.threads : 1) {
    pairs_.push_back(MakePair());
    seen_ = pairs_.front()->Take();
    if (second == nullptr) return;
    before_nodes_ = std::make_unique<NodeByNode>(before, executor, *second);
    after_nodes_ = std::make_unique<NodeByNode>(after, executor, *second);
  }

  void Run() {
    Given();
    Adversarial();
    for (auto& site : seen_.sites) {
      for (TailObservation& tail : site)
        std::ranges::move(tail.findings, std::back_inserter(out_.findings));
    }
    out_.sites = std::move(seen_.sites);
    out_.nodes = std::move(seen_.nodes);
    out_.outputs = std::move(seen_.outputs);
    if (options_.recorded) out_.shares = std::move(seen_.shares);
    if (!before_nodes_) return;
    out_.before_executors = {before_nodes_->nodes(), before_nodes_->not_run()};
    out_.after_executors = {after_nodes_->nodes(), after_nodes_->not_run()};
  }

 private:
  using Pair = std::unique_ptr<ProgramPair>;

  Pair MakePair() const {
    return std::make_unique<ProgramPair>(before_, after_, out_.proof, options_, executor_);
  }

  void Given() {
    InputSource source(before_, options_);
    const auto tokens = static_cast<std::size_t>(threads_);
    const auto read = [&](tbb::flow_control& flow) {
      Block block{next_, {}};
      while (block.inputs.size() < kBlock) {
        auto input = source.Next();
        if (!input) break;
        block.inputs.push_back(std::move(*input));
      }
      next_ += block.inputs.size();
      if (block.inputs.empty()) flow.stop();
      return block;
    };
    tbb::task_arena arena(threads_);
    arena.execute([&] {
      tbb::parallel_pipeline(
          tokens,
          tbb::make_filter<void, Block>(tbb::filter_mode::serial_in_order, read) &
              tbb::make_filter<Block, SeenBlock>(
                  tbb::filter_mode::parallel, [&](const Block& block) { return RunBlock(block); }) &
              tbb::make_filter<SeenBlock, void>(tbb::filter_mode::serial_in_order,
                                                [&](const SeenBlock& seen) { Add(seen); }));
    });
    next_ = RunsDone();
  }

  // By both programs.
  std::size_t RunsDone() const {
    std::size_t runs = 0;
    for (const RunGroup& group : out_.runs) runs += group.count;
    return runs;
  }

  // A pair that nobody uses, made where there is none.
  Pair Borrow() {
    const std::lock_guard lock(mutex_);
    if (pairs_.empty()) return MakePair();
    Pair pair = std::move(pairs_.back());
    pairs_.pop_back();
    return pair;
  }
  void GiveBack(Pair pair) {
    const std::lock_guard lock(mutex_);
    pairs_.push_back(std::move(pair));
  }

  SeenBlock RunBlock(const Block& block) {
    Pair pair = Borrow();
    SeenBlock out;
    for (std::size_t i = 0; i < block.inputs.size(); ++i) {
      if (Whole(*pair, block.first + i, block.inputs[i]))
        Count(block.inputs[i].kind, block.first + i, out.runs);
    }
    out.observed = pair->Take();
    out.after_fault = pair->after_fault();
    GiveBack(std::move(pair));
    return out;
  }

  // False where the after-program cannot be run.
  bool Whole(ProgramPair& pair, std::size_t run, const Input& input) {
    pair.RunWhole(run, input.tensors, input.kind == "recorded");
    const bool ran = pair.after_fault().empty();
    if (before_nodes_) {
      before_nodes_->Observe(run, input.tensors);
      if (ran) after_nodes_->Observe(run, pair.ForAfter(input.tensors));
    }
    return ran;
  }

  static void Count(std::string_view kind, std::size_t run, std::vector<RunGroup>& out) {
    if (out.empty() || out.back().kind != kind) out.push_back({std::string(kind), run, 0});
    ++out.back().count;
  }

  // Once the after-program could not be run, nothing behind it counts.
  void Add(const SeenBlock& seen) {
    if (!out_.after_fault.empty()) return;
    seen_.Merge(seen.observed);
    for (const RunGroup& group : seen.runs) {
      if (out_.runs.empty() || out_.runs.back().kind != group.kind)
        out_.runs.push_back(group);
      else
        out_.runs.back().count += group.count;
    }
    out_.after_fault = seen.after_fault;
    if (!options_.progress) return;
    RunProgress progress{static_cast<std::int64_t>(RunsDone()), std::nullopt};
    if (!options_.recorded) progress.of = static_cast<std::int64_t>(options_.random_runs);
    options_.progress(progress);
  }

  void Adversarial() {
    const Probes made = MakeProbes(before_, out_.proof, options_.probed_channels);
    out_.missing_probes = made.missing;
    Pair pair = Borrow();
    SeenBlock seen;
    using enum prove::Witness::Level;
    for (const Probe& probe : made.probes) {
      if (probe.input.level != kProgram) continue;
      const Input input{"adversarial", InputsOf(before_.view.program(), probe.input)};
      if (Whole(*pair, next_, input)) Count(input.kind, next_++, seen.runs);
    }
    for (const Probe& probe : made.probes) {
      if (probe.input.level != kSite) continue;
      pair->RunSite(next_, probe);
      if (pair->after_fault().empty()) Count("adversarial-site", next_++, seen.runs);
    }
    seen.observed = pair->Take();
    seen.after_fault = pair->after_fault();
    Add(seen);
  }

  const prove::Side& before_;
  const prove::Side& after_;
  const CompareOptions& options_;
  exec::Executor& executor_;
  Comparison& out_;
  const int threads_;
  std::mutex mutex_;
  std::vector<Pair> pairs_;  // that nobody uses
  Observed seen_;
  std::unique_ptr<NodeByNode> before_nodes_;
  std::unique_ptr<NodeByNode> after_nodes_;
  std::size_t next_ = 0;  // run
};

}  // namespace

void TailObservation::Merge(const TailObservation& later) {
  if (why_not.empty()) why_not = later.why_not;
  runs += later.runs;
  for (std::size_t c = 0; c < channels.size(); ++c) channels[c].Merge(later.channels[c]);
  beyond_by_rounding += later.beyond_by_rounding;
  for (const SampleFinding& finding : later.findings) {
    if (findings.size() < kMostFindingsOfTail) findings.push_back(finding);
  }
}

void Observed::Merge(const Observed& later) {
  for (std::size_t s = 0; s < sites.size(); ++s) {
    for (std::size_t t = 0; t < sites[s].size(); ++t) sites[s][t].Merge(later.sites[s][t]);
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) compare::Merge(later.nodes[i], nodes[i]);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    outputs[i].lsb.Merge(later.outputs[i].lsb);
    outputs[i].agreement.Merge(later.outputs[i].agreement);
  }
  shares.Merge(later.shares);
}

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
