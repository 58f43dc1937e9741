// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/end_to_end.h"
#include "harness/compare/node_by_node.h"
#include "harness/compare/output_shares.h"
#include "harness/compare/pair_observer.h"
#include "harness/prove/verdict/proof.h"
#include "harness/prove/verdict/prove_options.h"

namespace foldproof::compare {

// Gives the inputs that were recorded, one after the other, by value of the before-program; nullopt
// behind the last. Called by one thread at a time.
using NextInputs = std::function<std::optional<exec::Tensors>()>;

struct RunProgress {
  std::int64_t runs = 0;
  std::optional<std::int64_t> of;  // not known where inputs are given
};

struct CompareOptions {
  prove::ProveOptions prove;
  NextInputs recorded;  // empty: none are given
  ShareOptions shares;  // what of these is told of the program's outputs
  int threads = 1;      // that run the programs
  std::function<void(const RunProgress&)>
      progress;                 // called after each block of runs; may be empty
  std::size_t random_runs = 0;  // of MixOf's kinds
  std::uint64_t seed = 0;
  std::size_t probed_channels = 1;  // of each tail and domain, the worst ones (MakeProbes)
  Arithmetic arithmetic = Arithmetic::kOther;  // the executor's
};

// Runs that follow each other, of one kind: "recorded", those of InputKind, "adversarial" (whole
// programs), "adversarial-site" (one site alone, its input given).
struct RunGroup {
  std::string kind;
  std::size_t first = 0;
  std::size_t count = 0;
};

struct TailObservation {
  std::string why_not;  // not empty: nothing was seen, and why
  std::int64_t runs = 0;
  std::vector<Observation> channels;
  std::int64_t beyond_by_rounding = 0;  // PairObserver
  std::vector<SampleFinding> findings;  // PairObserver

  Observation Total() const;
  void Merge(const TailObservation& later);
};

// What some runs of both programs showed.
struct Observed {
  std::vector<std::vector<TailObservation>> sites;  // as the proof's sites and their tails
  std::vector<NodeDistance> nodes;
  std::vector<OutputDistance> outputs;
  OutputShares shares;

  // Adds what later runs showed.
  void Merge(const Observed& later);
};

// One program under two executors.
struct ExecutorComparison {
  std::vector<NodeDistance> nodes;  // that both run
  std::vector<NodeByNode::NotRun> not_run;
};

// What a proof said and what running the programs showed.
struct Comparison {
  prove::Proof proof;
  prove::Verdict verdict = prove::Verdict::kEqual;  // the proof's, or differs by a finding
  std::vector<RunGroup> runs;                       // of both programs
  std::string after_fault;  // not empty: why the after-program, which differs, could not be run
  std::vector<std::string> missing_probes;          // reasons
  std::vector<std::vector<TailObservation>> sites;  // as the proof's sites and their tails
  std::vector<SampleFinding> findings;
  std::vector<NodeDistance> nodes;  // end to end, matched values in the order of execution
  std::vector<OutputDistance> outputs;
  std::optional<OutputShares> shares;                  // where inputs are recorded
  std::optional<ExecutorComparison> before_executors;  // where there is a second executor
  std::optional<ExecutorComparison> after_executors;
};

}  // namespace foldproof::compare
