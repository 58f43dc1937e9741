// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/node_by_node.h"

#include <algorithm>
#include <set>

#include "harness/prove/witness/feed_point.h"

namespace foldproof::compare {
namespace {

std::set<ir::ValueId> IdsOf(const exec::Tensors& feeds) {
  std::set<ir::ValueId> out;
  for (const auto& [id, tensor] : feeds) out.insert(id);
  return out;
}

}  // namespace

NodeByNode::NodeByNode(const prove::Side& side, exec::Executor& first, exec::Executor& second)
    : side_(side), first_(first), depends_(DependOnInputs(side.view)) {
  std::set<ir::ValueId> fetched;
  for (const ir::Node& node : side.view.program().graph.nodes()) {
    if (side.view.IsLive(node.id) && !node.outputs.empty() && depends_[node.outputs[0].index])
      AddStep(node, second, fetched);
  }
  fetch_.assign(fetched.begin(), fetched.end());
}

// Where an in-place node wrote into an operand, what was there before is fed, and that node runs
// again: executors differ in whether a value that is fed counts as written already.
void NodeByNode::FeedOperands(const ir::Node& node, std::set<ir::ValueId>& fed) const {
  const ir::Graph& graph = side_.view.program().graph;
  for (const ir::Argument& argument : node.arguments) {
    ir::ForEachRead(argument.value, [&](ir::ValueId id) {
      const ir::ValueId read = side_.view.Read(node.id, id);
      if (read != id)
        FeedOperands(*graph.ProducerOf(read), fed);
      else if (depends_[id.index])
        fed.insert(id);
    });
  }
}

// Operands that depend on an input are fed; what is constant the second computes itself.
void NodeByNode::AddStep(const ir::Node& node, exec::Executor& second,
                         std::set<ir::ValueId>& fetched) {
  const ir::Graph& graph = side_.view.program().graph;
  Step step{node.id, {}, {}, {node.name, node.target}, nullptr};
  std::set<ir::ValueId> fed;
  FeedOperands(node, fed);
  step.fed.assign(fed.begin(), fed.end());
  fetched.insert(fed.begin(), fed.end());
  for (const ir::ValueId output : node.outputs) {
    const bool read = output == node.outputs[0] || !graph.users(output).empty();
    if (!read || !graph.value(output).type) continue;
    step.outputs.push_back(output);
    fetched.insert(output);
  }
  if (step.outputs.empty()) return;
  const auto lsb = UnitOf(side_.view, step.outputs[0]);
  step.distance.scale = lsb.value_or(1);
  step.distance.has_unit = lsb.has_value();
  try {
    step.prepared = second.Prepare(side_.view.program(), fed, step.outputs);
  } catch (const Error& error) {
    Refuse(step, error);
  }
  steps_.push_back(std::move(step));
}

void NodeByNode::Refuse(Step& step, const Error& error) {
  if (error.code() != Error::Code::kInput) throw error;
  not_run_.push_back({step.distance.node, error.why()});
  step.prepared.reset();
}

void NodeByNode::Observe(std::size_t run, const exec::Tensors& feeds) {
  const ir::Program& program = side_.view.program();
  if (!whole_) whole_ = first_.Prepare(program, IdsOf(feeds), fetch_);
  const exec::Tensors values = whole_->Run(feeds);
  const auto value_of = [&](ir::ValueId id) -> const exec::Tensor& {
    const auto fed = feeds.find(id);
    return fed != feeds.end() ? fed->second : values.at(id);
  };
  for (Step& step : steps_) {
    if (!step.prepared) continue;
    exec::Tensors operands;
    for (const ir::ValueId id : step.fed)
      operands.emplace(id, prove::AsValue(program.graph.value(id), value_of(id)));
    try {
      const exec::Tensors results = step.prepared->Run(operands);
      for (const ir::ValueId output : step.outputs) {
        const auto distances = Distances(value_of(output), results.at(output), step.distance.scale);
        if (distances) Note(*distances, run, step.distance);
      }
    } catch (const Error& error) {
      Refuse(step, error);
    }
  }
}

std::vector<NodeDistance> NodeByNode::nodes() const {
  std::vector<NodeDistance> out;
  for (const Step& step : steps_) {
    if (step.prepared) out.push_back(step.distance);
  }
  return out;
}

}  // namespace foldproof::compare
