// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/node_plan.h"

#include <algorithm>

#include "harness/exec/plan/run_plan.h"
#include "src/base/error.h"
#include "src/ir/functional/effect.h"

namespace foldproof::exec {
namespace {

class Planner {
 public:
  Planner(const FunctionalView& view, const std::set<ir::ValueId>& fed, const NodeReads& reads)
      : graph_(view.program().graph),
        fed_(fed),
        reads_(reads),
        constants_(ConstantsByValue(view.program())),
        needed_(graph_.nodes().size(), 0) {}

  NodePlan Plan(const std::vector<ir::ValueId>& fetch) {
    plan_.fetch = fetch;
    for (const ir::ValueId id : fetch) Need(id);
    for (std::size_t n = graph_.nodes().size(); n-- > 0;) {
      if (needed_[n]) NeedReads(graph_.nodes()[n]);
    }
    SortSteps();
    NoteDead();
    return std::move(plan_);
  }

 private:
  void Need(ir::ValueId id) {
    if (fed_.contains(id)) return;
    const ir::Value& value = graph_.value(id);
    if (constants_.contains(id)) {
      plan_.stored.insert(id);
    } else if (value.producer) {
      needed_[value.producer->index] = 1;
    } else {
      throw Error(Error::Code::kInput, value.name, "is an input of the program and was not given");
    }
  }

  void NeedReads(const ir::Node& node) {
    if (node.target == ir::kUnknownTarget) {
      throw Error(Error::Code::kInput, node.name,
                  "nothing is known of it: " + std::get<std::string>(node.arguments[0].value) +
                      "; only the executor torch runs such a program");
    }
    if (node.target == ir::kWrittenTarget) {
      throw Error(Error::Code::kInput, node.name,
                  "is what " + std::get<std::string>(node.arguments[0].value) +
                      " writes; only the executor torch runs such a program");
    }
    ForEachOperand(node, [&](ir::ValueId id) { Need(id); });
  }

  template <typename Visit>
  void ForEachOperand(const ir::Node& node, Visit&& visit) const {
    if (const auto found = reads_.find(node.id); found != reads_.end()) {
      std::ranges::for_each(found->second, visit);
      return;
    }
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, visit);
    }
  }

  void SortSteps() {
    constant_ = plan_.stored;
    for (const ir::Node& node : graph_.nodes()) {
      if (!needed_[node.id.index]) continue;
      bool is_constant = true;
      ForEachOperand(node, [&](ir::ValueId id) { is_constant &= constant_.contains(id); });
      if (is_constant) constant_.insert(node.outputs.begin(), node.outputs.end());
      (is_constant ? plan_.constants : plan_.steps).push_back({node.id, {}});
    }
  }

  void NoteDead() {
    std::set<ir::ValueId> read_later(plan_.fetch.begin(), plan_.fetch.end());
    for (auto step = plan_.steps.rbegin(); step != plan_.steps.rend(); ++step) {
      const ir::Node& node = graph_.node(step->node);
      const auto note = [&](ir::ValueId id) {
        if (!constant_.contains(id) && read_later.insert(id).second) step->dead.push_back(id);
      };
      ForEachOperand(node, note);
      std::ranges::for_each(node.outputs, note);
    }
  }

  const ir::Graph& graph_;
  const std::set<ir::ValueId>& fed_;
  const NodeReads& reads_;
  std::map<ir::ValueId, const ir::Constant*> constants_;
  std::vector<char> needed_;
  std::set<ir::ValueId> constant_;  // stored, or computed of such alone
  NodePlan plan_;
};

}  // namespace

NodePlan PlanNodes(const FunctionalView& view, const std::set<ir::ValueId>& fed,
                   const std::vector<ir::ValueId>& fetch, const NodeReads& reads) {
  return Planner(view, fed, reads).Plan(fetch);
}

}  // namespace foldproof::exec
