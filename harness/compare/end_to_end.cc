// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/end_to_end.h"

#include <algorithm>
#include <cmath>

#include "harness/prove/constants/tensor_numbers.h"
#include "harness/prove/sites/output_pairs.h"
#include "harness/prove/tail/build_tail.h"
#include "src/base/infinity.h"
#include "src/ir/functional/effect.h"

namespace foldproof::compare {
namespace {

double Distance(double before, double after, double per_lsb) {
  if (before == after || (std::isnan(before) && std::isnan(after))) return 0;
  if (!std::isfinite(before) || !std::isfinite(after)) return kInfinity;
  return std::abs(after - before) * per_lsb;
}

}  // namespace

std::optional<std::vector<double>> Distances(const exec::Tensor& before, const exec::Tensor& after,
                                             double lsb) {
  if (!prove::IsComputed(before.dtype) || !prove::IsComputed(after.dtype)) return std::nullopt;
  if (before.count() != after.count()) return std::nullopt;
  std::vector<double> out = prove::NumbersOf<double>(before);
  const std::vector<double> other = prove::NumbersOf<double>(after);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = Distance(out[i], other[i], 1.0 / lsb);
  return out;
}

std::optional<double> UnitOf(const prove::FunctionalView& view, ir::ValueId value) {
  const auto& type = view.program().graph.value(value).type;
  if (!type || !ir::IsFloat(type->dtype)) return 1;
  return prove::ScaleBehind(view, value);
}

std::vector<char> DependOnInputs(const prove::FunctionalView& view) {
  const ir::Graph& graph = view.program().graph;
  std::vector<char> depends(graph.values().size(), 0);
  for (const ir::ValueId id : view.program().UserInputs()) depends[id.index] = 1;
  for (const ir::Node& node : graph.nodes()) {
    bool any = false;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value,
                      [&](ir::ValueId id) { any |= depends[view.Read(node.id, id).index] != 0; });
    }
    for (const ir::ValueId output : node.outputs) depends[output.index] = any;
  }
  return depends;
}

namespace {

// By value: whether an executor has it. What a call writes, and what nothing is known of, are no
// results of an operator, and nothing can be computed of them.
std::vector<char> AreComputed(const ir::Graph& graph) {
  std::vector<char> computed(graph.values().size(), 1);
  for (const ir::Node& node : graph.nodes()) {
    bool all = node.target != ir::kWrittenTarget && node.target != ir::kUnknownTarget;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) { all &= computed[id.index] != 0; });
    }
    for (const ir::ValueId output : node.outputs) computed[output.index] = all;
  }
  return computed;
}

}  // namespace

std::optional<Divergence> FirstDivergence(const std::vector<NodeDistance>& nodes) {
  const auto first =
      std::ranges::find_if(nodes, [](const NodeDistance& node) { return node.differing > 0; });
  if (first == nodes.end()) return std::nullopt;
  return Divergence{first->node, first->run, first->lsb_max};
}

void Note(const std::vector<double>& distances, std::size_t run, NodeDistance& node) {
  double sum = node.lsb_mean * static_cast<double>(node.elements);
  for (const double lsb : distances) {
    sum += lsb;
    node.differing += lsb > 0;
    if (lsb > node.lsb_max) {
      node.lsb_max = lsb;
      node.run = run;
    }
  }
  node.elements += static_cast<std::int64_t>(distances.size());
  node.lsb_mean = node.elements > 0 ? sum / static_cast<double>(node.elements) : 0;
}

EndToEnd::EndToEnd(const prove::Side& before, const prove::Side& after,
                   const prove::Matching& matching) {
  const ir::Graph& b_graph = before.view.program().graph;
  const ir::Graph& a_graph = after.view.program().graph;
  const std::vector<char> depends = DependOnInputs(before.view);
  const std::vector<char> runs_before = AreComputed(b_graph), runs_after = AreComputed(a_graph);
  const auto unit = [&](const prove::MatchedValue& value) {
    const auto of_before = UnitOf(before.view, value.before);
    const auto of_after = UnitOf(after.view, value.after);
    if (of_before && of_after) return std::optional(std::min(*of_before, *of_after));
    return of_before ? of_before : of_after;
  };
  for (const prove::MatchedValue& value : matching.values) {
    const ir::Node* node = b_graph.ProducerOf(value.before);
    if (!depends[value.before.index] || node == nullptr || !b_graph.value(value.before).type ||
        !a_graph.value(value.after).type || !runs_before[value.before.index] ||
        !runs_after[value.after.index]) {
      continue;
    }
    values_.push_back(value);
    const auto lsb = unit(value);
    nodes_.push_back({node->name, node->target, lsb.value_or(1), lsb.has_value()});
  }
  for (const prove::PairedValue& pair :
       prove::PairValues(before.view.program(), after.view.program())) {
    const prove::MatchedValue value{pair.before_value, pair.after_value};
    if (!runs_before[value.before.index] || !runs_after[value.after.index]) continue;
    output_values_.push_back(value);
    outputs_.push_back(
        {pair.before, b_graph.value(value.before).name, unit(value).value_or(1), {}, {}});
  }
}

std::vector<ir::ValueId> EndToEnd::BeforeValues() const {
  std::vector<ir::ValueId> out;
  for (const auto& value : values_) out.push_back(value.before);
  for (const auto& value : output_values_) out.push_back(value.before);
  return out;
}

std::vector<ir::ValueId> EndToEnd::AfterValues() const {
  std::vector<ir::ValueId> out;
  for (const auto& value : values_) out.push_back(value.after);
  for (const auto& value : output_values_) out.push_back(value.after);
  return out;
}

void EndToEnd::Observe(std::size_t run, const exec::Tensors& before, const exec::Tensors& after) {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const auto distances =
        Distances(before.at(values_[i].before), after.at(values_[i].after), nodes_[i].scale);
    if (distances) Note(*distances, run, nodes_[i]);
  }
  for (std::size_t i = 0; i < output_values_.size(); ++i) {
    NoteOutput(before.at(output_values_[i].before), after.at(output_values_[i].after), outputs_[i]);
  }
}

void EndToEnd::Clear() {
  for (NodeDistance& node : nodes_) node = {node.node, node.op, node.scale};
  for (OutputDistance& output : outputs_) output = {output.output, output.value, output.scale};
}

std::optional<double> NoteOutput(const exec::Tensor& before, const exec::Tensor& after,
                                 OutputDistance& output) {
  const auto distances = Distances(before, after, output.scale);
  if (!distances) return std::nullopt;
  double most = 0;
  for (const double lsb : *distances) {
    output.lsb.Add(lsb);
    most = std::max(most, lsb);
  }
  const auto b_numbers = prove::NumbersOf<double>(before);
  const auto a_numbers = prove::NumbersOf<double>(after);
  for (std::size_t e = 0; e < b_numbers.size(); ++e)
    output.agreement.Add(b_numbers[e], a_numbers[e]);
  return most;
}

void Merge(const NodeDistance& later, NodeDistance& node) {
  const double sum = node.lsb_mean * static_cast<double>(node.elements) +
                     later.lsb_mean * static_cast<double>(later.elements);
  if (later.lsb_max > node.lsb_max) {
    node.lsb_max = later.lsb_max;
    node.run = later.run;
  }
  node.elements += later.elements;
  node.differing += later.differing;
  node.lsb_mean = node.elements > 0 ? sum / static_cast<double>(node.elements) : 0;
}

}  // namespace foldproof::compare
