// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <set>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::exec {

// What of a program has to run, and in which order.
struct RunPlan {
  struct Step {
    ir::NodeId node;
    std::vector<ir::ValueId> dead;  // values that nothing reads after this step
  };
  std::vector<Step> steps;
  std::set<ir::ValueId> changed;  // values into whose memory a step writes
};

// Nodes that are run from other values than their arguments: what each reads then.
using NodeReads = std::map<ir::NodeId, std::vector<ir::ValueId>>;

// The nodes that `fetch` needs where the values `fed` are given: those that make a value which is
// read later and is not fed, and those that change in place, or change a view of, such a value. A
// fetched value that the program returns is read at the end, any other where it is made
// (executor.h).
RunPlan PlanRun(const ir::Program& program, const std::set<ir::ValueId>& fed,
                const std::vector<ir::ValueId>& fetch, const NodeReads& reads = {});

// The constant that each value stands for, of those that stand for one: Program::ConstantOf for all
// values at once.
std::map<ir::ValueId, const ir::Constant*> ConstantsByValue(const ir::Program& program);

// The values that the program's outputs are.
std::set<ir::ValueId> ReturnedValues(const ir::Graph& graph);

}  // namespace foldproof::exec
