// SPDX-License-Identifier: BSD-3-Clause
//
// What the executors that compute here (not in libtorch) have in common: a program made ready once,
// node by node, and run on values of the executor's own type.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <utility>

#include "harness/exec/executor.h"
#include "harness/exec/feeds.h"
#include "harness/exec/plan/elsewhere.h"
#include "harness/exec/plan/node_error.h"
#include "harness/exec/plan/node_plan.h"
#include "harness/exec/plan/run_plan.h"

namespace foldproof::exec {

// The value that a node reads where its arguments say `id`.
template <typename Value>
using ReadValue = std::function<const Value&(ir::ValueId)>;
// Computes a node's results. Throws Error(kInput) with an empty place.
template <typename Value>
using NodeKernel = std::function<std::vector<Value>(const ReadValue<Value>&)>;

// The values of the functional program that stand for those of the original, when they are made...
inline std::set<ir::ValueId> MadeOf(const FunctionalView& view, const std::set<ir::ValueId>& fed) {
  std::set<ir::ValueId> out;
  for (const ir::ValueId id : fed) out.insert(view.Made(id));
  return out;
}

// ... and, of those that the original returns, when it ends.
inline std::vector<ir::ValueId> HeldBy(const FunctionalView& view, const ir::Program& original,
                                       const std::vector<ir::ValueId>& fetch) {
  const std::set<ir::ValueId> returned = ReturnedValues(original.graph);
  std::vector<ir::ValueId> out;
  for (const ir::ValueId id : fetch) {
    out.push_back(returned.contains(id) ? view.AtEnd(id) : view.Made(id));
  }
  return out;
}

// An executor's values and operators.
template <typename Value>
class Operators {
 public:
  virtual ~Operators() = default;

  virtual Value FromTensor(Tensor tensor) const = 0;
  virtual Tensor ToTensor(const Value& value) const = 0;
  // Chosen once for every run: `node` outlives it. Throws Error(kInput) with an empty place, which
  // is Undecided(), for an operator that is not known.
  virtual NodeKernel<Value> KernelOf(const ir::Graph& graph, const ir::Node& node) const = 0;
  // Who runs operators that are not known here; nullptr: nobody.
  virtual Elsewhere* elsewhere() const { return nullptr; }
};

template <typename Value>
class PreparedNodes : public PreparedProgram {
 public:
  PreparedNodes(std::shared_ptr<const Operators<Value>> operators, const ir::Program& program,
                const std::set<ir::ValueId>& fed, const std::vector<ir::ValueId>& fetch,
                NodeReads reads = {})
      : operators_(std::move(operators)),
        view_(program),
        program_(view_.program()),
        original_(program),
        fed_original_(fed),
        fed_(MadeOf(view_, fed)),
        fetch_(fetch),
        reads_(std::move(reads)),
        plan_(PlanNodes(view_, fed_, HeldBy(view_, original_, fetch_), reads_)),
        held_(program_.graph.values().size()) {
    const auto constants = ConstantsByValue(program_);
    for (const ir::ValueId id : plan_.stored) {
      const ir::Constant& constant = *constants.at(id);
      held_[id.index] = operators_->FromTensor(
          {constant.type.dtype, constant.type.sizes(), program_.BytesOf(constant)});
    }
    for (const NodePlan::Step& step : plan_.constants) {
      RunNode(program_.graph.node(step.node), Kernel(program_.graph.node(step.node)));
    }
    for (const NodePlan::Step& step : plan_.steps) {
      kernels_.push_back(Kernel(program_.graph.node(step.node)));
    }
  }

  Tensors Run(const Tensors& feeds) override {
    CheckFeeds(original_, fed_original_, feeds);
    for (const ir::ValueId id : fed_original_) {
      held_[view_.Made(id).index] = operators_->FromTensor(feeds.at(id));
    }
    for (std::size_t i = 0; i < kernels_.size(); ++i) {
      RunNode(program_.graph.node(plan_.steps[i].node), kernels_[i]);
      for (const ir::ValueId id : plan_.steps[i].dead) held_[id.index].reset();
    }
    Tensors out;
    for (std::size_t i = 0; i < fetch_.size(); ++i) {
      out.insert_or_assign(fetch_[i], operators_->ToTensor(Held(plan_.fetch[i])));
    }
    return out;
  }

 private:
  NodeKernel<Value> Kernel(const ir::Node& node) const {
    return NamingNode(node, [&] {
      try {
        return operators_->KernelOf(program_.graph, node);
      } catch (const Error& error) {
        if (error.exit_code() != ExitCode::kUnproved) throw;
        if (auto kernel = KernelElsewhere(node)) return *std::move(kernel);
        throw;
      }
    });
  }

  // A node that is not known here, run by another executor; nullopt where there is none, or where
  // the node reads what is no tensor.
  std::optional<NodeKernel<Value>> KernelElsewhere(const ir::Node& node) const {
    Elsewhere* const elsewhere = operators_->elsewhere();
    std::set<ir::ValueId> operands;
    bool tensors = elsewhere != nullptr && !node.outputs.empty();
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) {
        operands.insert(id);
        tensors = tensors && program_.graph.value(id).type.has_value();
      });
    }
    Executor* const other = tensors ? elsewhere->For(node.target) : nullptr;
    if (other == nullptr) return std::nullopt;
    std::shared_ptr<PreparedProgram> prepared = other->Prepare(program_, operands, node.outputs);
    return [this, &node, operands, prepared](const ReadValue<Value>& read) {
      Tensors feeds;
      for (const ir::ValueId id : operands) {
        feeds.insert_or_assign(id, operators_->ToTensor(read(id)));
      }
      Tensors made = prepared->Run(feeds);
      std::vector<Value> out;
      for (const ir::ValueId id : node.outputs) {
        out.push_back(operators_->FromTensor(std::move(made.at(id))));
      }
      return out;
    };
  }

  void RunNode(const ir::Node& node, const NodeKernel<Value>& kernel) {
    const ReadValue<Value> read = [&](ir::ValueId id) -> const Value& { return Held(id); };
    std::vector<Value> results = NamingNode(node, [&] { return kernel(read); });
    if (results.size() < node.outputs.size()) {
      throw Error(Error::Code::kInput, node.name,
                  fmt::format("{}: has {} results, but the program names {}", node.target,
                              results.size(), node.outputs.size()));
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (!fed_.contains(node.outputs[i])) held_[node.outputs[i].index] = std::move(results[i]);
    }
  }

  const Value& Held(ir::ValueId id) const {
    FP_CHECK(held_[id.index].has_value());
    return *held_[id.index];
  }

  std::shared_ptr<const Operators<Value>> operators_;
  const FunctionalView view_;
  const ir::Program& program_;   // the functional one, whose values and nodes are meant below
  const ir::Program& original_;  // whose values are fed and fetched
  const std::set<ir::ValueId> fed_original_, fed_;
  const std::vector<ir::ValueId> fetch_;
  const NodeReads reads_;
  const NodePlan plan_;
  std::vector<std::optional<Value>> held_;
  std::vector<NodeKernel<Value>> kernels_;
};

}  // namespace foldproof::exec
