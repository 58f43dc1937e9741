// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/torch_plan.h"

#include <utility>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/plan/symbolic_number.h"
#include "harness/exec/quantized/quantized_decomposed.h"
#include "src/ir/functional/effect.h"
#include "src/ir/functional/memory_groups.h"

namespace foldproof::exec {
namespace {

using StepKind = TorchStep::Kind;

StepKind KindOf(const ir::Node& node) {
  if (std::holds_alternative<ir::GetAttr>(node.op)) return StepKind::kNothing;
  if (node.outputs.size() == 1) {
    if (std::holds_alternative<ir::QuantizePerTensor>(node.op)) return StepKind::kQuantize;
    if (std::holds_alternative<ir::DequantizePerTensor>(node.op)) return StepKind::kDequantize;
  }
  if (IsQuantizedDecomposed(node.target) || IsFusedOp(node.target)) return StepKind::kComputedHere;
  if (IsSymbolicNumberOp(node.target)) return StepKind::kSymbolic;
  return StepKind::kOperator;
}

struct NodeFacts {
  StepKind kind = StepKind::kNothing;
  TorchModule::Operator found{nullptr};
  bool random = false;
  const QuantizedSite* site = nullptr;
};

NodeFacts FactsOf(const TorchModule& module, const ir::Node& node) {
  NodeFacts facts{KindOf(node), TorchModule::Operator(nullptr)};
  if (facts.kind != StepKind::kOperator) return facts;
  facts.found = module.Find(ParseTarget(node.target));
  facts.random = module.EffectsOf(facts.found.get(), {}).random ||
                 ir::OutcomeOf(node) != ir::Outcome::kFunction;
  return facts;
}

// What a kernel reads instead of its quantizer's argument.
std::vector<ir::ValueId> ReadsOfStep(const QuantizedSite& site) {
  std::vector<ir::ValueId> reads{site.input.codes, site.weight.codes};
  if (const auto* channels = std::get_if<ir::ChannelQuantParams>(&site.weight.params)) {
    reads.push_back(channels->scales);
    if (channels->zero_points) reads.push_back(*channels->zero_points);
  }
  if (site.bias) reads.push_back(*site.bias);
  return reads;
}

std::vector<ir::ValueId> ReadsOfStep(const ir::Node& node, const QuantizedSite* site) {
  if (site != nullptr) return ReadsOfStep(*site);
  std::vector<ir::ValueId> reads;
  for (const ir::Argument& argument : node.arguments) {
    ir::ForEachRead(argument.value, [&](ir::ValueId id) { reads.push_back(id); });
  }
  return reads;
}

// `node` with float64 wherever its arguments say float32; nullptr where none does.
std::unique_ptr<const ir::Node> Widened(const ir::Node& node) {
  std::unique_ptr<ir::Node> wide;
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    const auto* type = std::get_if<ir::ScalarType>(&node.arguments[i].value);
    if (type == nullptr || *type != ir::ScalarType::kFloat32) continue;
    if (!wide) wide = std::make_unique<ir::Node>(node);
    wide->arguments[i].value = ir::ScalarType::kFloat64;
  }
  return wide;
}

// Which values are the same in every run.
class ConstantValues {
 public:
  explicit ConstantValues(const TorchPlan& plan) : plan_(plan) {
    for (const auto& [id, constant] : plan.constants) AddUnlessChanged(id);
  }

  // Whether the results of `node` are; if so they count from now on.
  bool Take(const ir::Node& node, const NodeFacts& facts) {
    bool constant =
        !facts.random && ir::MayWrite(plan_.program.graph, node).empty() && facts.site == nullptr;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) { constant &= values_.contains(id); });
    }
    for (const ir::ValueId id : node.outputs) {
      constant &= !plan_.changed.contains(id) && !plan_.fed.contains(id);
    }
    if (!constant) return false;
    values_.insert(node.outputs.begin(), node.outputs.end());
    return true;
  }

 private:
  void AddUnlessChanged(ir::ValueId id) {
    if (!plan_.changed.contains(id) && !plan_.fed.contains(id)) values_.insert(id);
  }

  const TorchPlan& plan_;
  std::set<ir::ValueId> values_;
};

}  // namespace

TorchPlan::TorchPlan(const TorchModule& torch, const ir::Program& of,
                     const std::set<ir::ValueId>& given, const std::vector<ir::ValueId>& wanted,
                     const std::vector<QuantizedSite>& sites, TorchReals held_as)
    : module(torch),
      program(of),
      reals(held_as),
      fed(given),
      fetch(wanted.begin(), wanted.end()),
      returned(ReturnedValues(of.graph)),
      constants(ConstantsByValue(of)) {
  std::vector<NodeFacts> facts;
  facts.reserve(program.graph.nodes().size());
  for (const ir::Node& node : program.graph.nodes()) facts.push_back(FactsOf(module, node));
  NodeReads reads;
  for (const QuantizedSite& site : sites) {
    NodeFacts& fact = facts[site.quantize.index];
    fact.kind = StepKind::kKernel;
    fact.site = &site;
    reads.emplace(site.quantize, ReadsOfStep(site));
  }
  RunPlan plan = PlanRun(program, fed, wanted, reads);
  changed = std::move(plan.changed);
  ConstantValues constant_values(*this);
  for (RunPlan::Step& step : plan.steps) {
    const ir::Node& node = program.graph.node(step.node);
    NodeFacts& fact = facts[step.node.index];
    auto& kind_of_steps = constant_values.Take(node, fact) ? constant_steps : steps;
    kind_of_steps.push_back({&node, reals == TorchReals::kFloat64 ? Widened(node) : nullptr,
                             fact.kind, std::move(fact.found), ReadsOfStep(node, fact.site),
                             std::move(step.dead), fact.site, TorchModule::Kernel(nullptr)});
  }
}

}  // namespace foldproof::exec
