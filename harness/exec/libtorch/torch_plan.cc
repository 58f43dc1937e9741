// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/torch_plan.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/plan/symbolic_number.h"
#include "harness/exec/quantized/quantized_decomposed.h"

namespace foldproof::exec {
namespace {

using Kind = TorchStep::Kind;

Kind KindOf(const ir::Node& node) {
  if (std::holds_alternative<ir::GetAttr>(node.op)) return Kind::kNothing;
  if (node.outputs.size() == 1) {
    if (std::holds_alternative<ir::QuantizePerTensor>(node.op)) return Kind::kQuantize;
    if (std::holds_alternative<ir::DequantizePerTensor>(node.op)) return Kind::kDequantize;
  }
  if (IsQuantizedDecomposed(node.target) || IsFusedOp(node.target)) return Kind::kComputedHere;
  if (IsSymbolicNumberOp(node.target)) return Kind::kSymbolic;
  return Kind::kOperator;
}

struct NodeFacts {
  Kind kind = Kind::kNothing;
  TorchModule::Operator found{nullptr};
  NodeEffects effects;
  bool random = false;
  const QuantizedSite* site = nullptr;
};

bool IsTrue(const ir::Node& node, std::string_view argument) {
  const ir::ArgumentValue* value = node.Find(argument);
  const bool* truth = value == nullptr ? nullptr : std::get_if<bool>(value);
  return truth != nullptr && *truth;
}

void AddReads(const ir::Node& node, std::string_view argument, std::vector<ir::ValueId>& to) {
  const ir::ArgumentValue* value = node.Find(argument);
  if (value == nullptr) return;
  ir::ForEachRead(*value, [&](ir::ValueId id) { to.push_back(id); });
}

// What schemas do not say. Some operators return their input itself where there is nothing to do,
// and normalizing by the batch's own statistics updates the running ones.
void AddUnsaidEffects(const ir::Node& node, NodeEffects& effects) {
  constexpr std::array<std::string_view, 4> kMayReturnInput = {
      "aten.type_as.default", "aten.alpha_dropout.default", "aten.feature_dropout.default",
      "aten.feature_alpha_dropout.default"};
  if (const auto* copy = std::get_if<ir::Copy>(&node.op)) effects.views.push_back(copy->input);
  if (std::ranges::find(kMayReturnInput, node.target) != kMayReturnInput.end()) {
    AddReads(node, "self", effects.views);
    AddReads(node, "input", effects.views);
  }
  if (IsTrue(node, "training") || IsTrue(node, "train") || IsTrue(node, "use_input_stats")) {
    AddReads(node, "running_mean", effects.writes);
    AddReads(node, "running_var", effects.writes);
  }
}

NodeFacts FactsOf(const TorchModule& module, const ir::Node& node) {
  NodeFacts facts{KindOf(node), TorchModule::Operator(nullptr), {}};
  if (facts.kind != Kind::kOperator) return facts;
  std::vector<const char*> names;
  for (const ir::Argument& argument : node.arguments) names.push_back(argument.name.c_str());
  facts.found = module.Find(ParseTarget(node.target));
  const Effects effects = module.EffectsOf(facts.found.get(), names);
  facts.random = effects.random;
  AddUnsaidEffects(node, facts.effects);
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    ir::ForEachRead(node.arguments[i].value, [&](ir::ValueId id) {
      if (effects.writes[i]) facts.effects.writes.push_back(id);
      if (effects.views[i]) facts.effects.views.push_back(id);
    });
  }
  return facts;
}

// What a kernel reads instead of its quantizer's argument.
std::vector<ir::ValueId> ReadsOf(const QuantizedSite& site) {
  std::vector<ir::ValueId> reads{site.input.codes, site.weight.codes};
  if (const auto* channels = std::get_if<ir::ChannelQuantParams>(&site.weight.params)) {
    reads.push_back(channels->scales);
    if (channels->zero_points) reads.push_back(*channels->zero_points);
  }
  if (site.bias) reads.push_back(*site.bias);
  return reads;
}

std::vector<ir::ValueId> ReadsOf(const ir::Node& node, const NodeEffects& effects) {
  if (effects.reads) return *effects.reads;
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
    bool constant = !facts.random && facts.effects.writes.empty() && facts.site == nullptr;
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
  for (const QuantizedSite& site : sites) {
    NodeFacts& fact = facts[site.quantize.index];
    fact.kind = Kind::kKernel;
    fact.site = &site;
    fact.effects.reads = ReadsOf(site);
  }
  RunPlan plan = PlanRun(program, fed, wanted,
                         [&](const ir::Node& node) { return facts[node.id.index].effects; });
  changed = std::move(plan.changed);
  ConstantValues constant_values(*this);
  for (RunPlan::Step& step : plan.steps) {
    const ir::Node& node = program.graph.node(step.node);
    NodeFacts& fact = facts[step.node.index];
    auto& kind_of_steps = constant_values.Take(node, fact) ? constant_steps : steps;
    kind_of_steps.push_back({&node, reals == TorchReals::kFloat64 ? Widened(node) : nullptr,
                             fact.kind, std::move(fact.found), ReadsOf(node, fact.effects),
                             std::move(step.dead), fact.site, TorchModule::Kernel(nullptr)});
  }
}

}  // namespace foldproof::exec
