// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "harness/exec/plan/run_plan.h"
#include "src/ir/program.h"

namespace foldproof::exec {

// What of a program an executor without memory of its own runs: every node makes new values, an
// in-place one too, and later readers are given those (FunctionalView).
struct NodePlan {
  struct Step {
    ir::NodeId node;
    std::vector<ir::ValueId> dead;  // that nothing reads after this step; no constants
  };
  std::vector<Step> constants;     // depend on constants alone: to be run once
  std::vector<Step> steps;         // the others, in the order of execution
  std::vector<ir::ValueId> fetch;  // as given
  std::set<ir::ValueId> stored;    // constants of the program that a step or the fetch reads
};

// `fed` and `fetch` are values of the functional program. Throws Error(kInput) that names a user
// input which is needed and not fed, or a node that reads what nothing is known of.
NodePlan PlanNodes(const FunctionalView& view, const std::set<ir::ValueId>& fed,
                   const std::vector<ir::ValueId>& fetch, const NodeReads& reads = {});

}  // namespace foldproof::exec
