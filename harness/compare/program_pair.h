// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "harness/compare/comparison.h"
#include "harness/compare/probes.h"
#include "harness/prove/witness/feed_point.h"

namespace foldproof::compare {

// Both programs made ready in one executor, and everything that watches their runs.
class ProgramPair {
 public:
  // All outlive it.
  ProgramPair(const prove::Side& before, const prove::Side& after, const prove::Proof& proof,
              const CompareOptions& options, exec::Executor& executor);

  // Both programs on the same inputs, which are given for the before-program: end to end, and each
  // site with before's value at its input on both sides. `recorded`: they count for the shares.
  void RunWhole(std::size_t run, const exec::Tensors& inputs, bool recorded);
  // One site alone, `probe`'s value at its input.
  void RunSite(std::size_t run, const Probe& probe);

  // Not empty: why the after-program cannot be run, where the proof has found that it differs (a
  // fold may leave a program that is malformed). Nothing is run from then on.
  const std::string& after_fault() const { return after_fault_; }

  // The same inputs for the after-program.
  exec::Tensors ForAfter(const exec::Tensors& inputs) const;
  // What was seen since it was asked for last.
  Observed Take();

 private:
  using Prepared = std::unique_ptr<exec::PreparedProgram>;

  // Sites of the after-program whose inputs are fed in one run.
  struct Group {
    std::vector<std::size_t> sites;
    Prepared after;
  };
  struct Cut {
    Prepared before;
    Prepared after;
  };

  // body(), which runs the after-program; false where that cannot be done, and why is noted.
  template <typename Body>
  bool WithAfter(Body&& body);
  void MakeObservers(const CompareOptions& options);
  void PrepareBefore();
  void PrepareAfter();
  void PrepareGroups();
  exec::Tensors AfterOfGroup(const Group& group, const exec::Tensors& before,
                             const exec::Tensors& after);
  void Observe(std::size_t run, std::size_t site, const exec::Tensors& before,
               const exec::Tensors& after, const exec::Tensor& cut);

  const prove::Side& before_;
  const prove::Side& after_;
  const prove::Proof& proof_;
  exec::Executor& executor_;
  EndToEnd end_to_end_;
  ShareObserver shares_;
  std::vector<prove::FeedPoint> feeds_;               // by site
  std::vector<std::vector<PairObserver>> observers_;  // by site and tail
  Prepared whole_before_;
  Prepared whole_after_;
  std::vector<Group> groups_;
  std::string after_fault_;
  std::map<std::size_t, Cut> cuts_;  // by site, once a probe asked for it
};

}  // namespace foldproof::compare
