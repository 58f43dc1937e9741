// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/compare/end_to_end.h"

namespace foldproof::compare {

// A program under two executors: each node of the second is fed what the first computed for its
// operands, so that no difference travels.
class NodeByNode {
 public:
  struct NotRun {
    std::string node;
    std::string reason;
  };

  // Both executors and the side outlive it.
  NodeByNode(const prove::Side& side, exec::Executor& first, exec::Executor& second);

  // Throws Error(kInput) where the first executor cannot run the program.
  void Observe(std::size_t run, const exec::Tensors& feeds);

  // The nodes that depend on an input and that the second runs, in the order of execution.
  std::vector<NodeDistance> nodes() const;
  const std::vector<NotRun>& not_run() const { return not_run_; }

 private:
  struct Step {
    ir::NodeId node;
    std::vector<ir::ValueId> fed;
    std::vector<ir::ValueId> outputs;  // that are compared
    NodeDistance distance;
    std::unique_ptr<exec::PreparedProgram> prepared;  // null: the second cannot run it
  };

  void FeedOperands(const ir::Node& node, std::set<ir::ValueId>& fed) const;
  void AddStep(const ir::Node& node, exec::Executor& second, std::set<ir::ValueId>& fetched);
  void Refuse(Step& step, const Error& error);

  const prove::Side& side_;
  exec::Executor& first_;
  std::vector<char> depends_;
  std::vector<Step> steps_;
  std::vector<NotRun> not_run_;
  std::unique_ptr<exec::PreparedProgram> whole_;  // the first's, once a run was seen
  std::vector<ir::ValueId> fetch_;
};

}  // namespace foldproof::compare
