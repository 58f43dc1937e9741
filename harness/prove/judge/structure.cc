// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/structure.h"

#include <algorithm>
#include <map>

#include "harness/prove/judge/interface.h"
#include "harness/prove/sites/output_pairs.h"

namespace foldproof::prove {
namespace {

// Which values depend on an input of the user, lie behind a dequantize, lead to a quantize.
struct Flow {
  std::vector<char> dynamic, behind_dequantize, before_quantize;
};

Flow FlowOf(const FunctionalView& view) {
  const ir::Graph& graph = view.program().graph;
  Flow flow;
  flow.dynamic.resize(graph.values().size());
  flow.behind_dequantize = flow.before_quantize = flow.dynamic;
  for (const ir::ValueId input : view.program().UserInputs()) flow.dynamic[input.index] = 1;
  const auto for_each_read = [&](const ir::Node& node, auto visit) {
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId v) { visit(view.Read(node.id, v).index); });
    }
  };
  for (const ir::Node& node : graph.nodes()) {
    const bool dequantize = std::holds_alternative<ir::DequantizePerTensor>(node.op) ||
                            std::holds_alternative<ir::DequantizePerChannel>(node.op);
    for (const ir::ValueId made : node.outputs) {
      for_each_read(node, [&](std::uint32_t v) {
        flow.dynamic[made.index] |= flow.dynamic[v];
        flow.behind_dequantize[made.index] |=
            flow.behind_dequantize[v] || (dequantize && flow.dynamic[v]);
      });
    }
  }
  for (std::size_t n = graph.nodes().size(); n-- > 0;) {
    const ir::Node& node = graph.nodes()[n];
    if (!view.IsLive(node.id)) continue;
    bool leads = std::holds_alternative<ir::QuantizePerTensor>(node.op);
    for (const ir::ValueId made : node.outputs) leads |= flow.before_quantize[made.index] != 0;
    if (leads) for_each_read(node, [&](std::uint32_t v) { flow.before_quantize[v] = 1; });
  }
  return flow;
}

constexpr const char* kOnConstants = "a float operation on constants feeds a quantized part";

class Inspector {
 public:
  explicit Inspector(const FunctionalView& view)
      : view_(view), graph_(view.program().graph), flow_(FlowOf(view)) {}

  std::vector<StructureFinding> Run() {
    for (const ir::Node& node : graph_.nodes()) {
      if (!view_.IsLive(node.id) || node.outputs.empty()) continue;
      CheckFloatOp(node);
      if (std::holds_alternative<ir::BatchNorm>(node.op)) CheckChain(node);
      if (const auto* conv = std::get_if<ir::Convolution>(&node.op)) CheckBias(node, *conv);
    }
    CheckSignature();
    return std::move(findings_);
  }

 private:
  void Add(const char* rule, const ir::Node& node, std::string detail) {
    findings_.push_back({rule, node.name, node.target, std::move(detail), false});
  }

  const ir::Node* ProducerOf(const ir::Node& reader, ir::ValueId value) const {
    return graph_.ProducerOf(view_.Read(reader.id, value));
  }

  // A float tensor operand that is a constant of the program, or computed from constants.
  bool ReadsFloatConstant(const ir::Node& node, const ir::Binary& op) const {
    for (const ir::Operand* operand : {&op.self, &op.other}) {
      const auto* value = std::get_if<ir::ValueId>(operand);
      if (value != nullptr && !flow_.dynamic[view_.Read(node.id, *value).index]) return true;
    }
    return false;
  }

  void CheckFloatOp(const ir::Node& node) {
    const std::uint32_t made = node.outputs[0].index;
    const auto& type = graph_.value(node.outputs[0]).type;
    if (!type || !ir::IsFloat(type->dtype) || !flow_.before_quantize[made]) return;
    const auto* binary = std::get_if<ir::Binary>(&node.op);
    const auto* norm = std::get_if<ir::BatchNorm>(&node.op);
    const auto* unary = std::get_if<ir::Unary>(&node.op);
    const bool root = unary != nullptr && (unary->kind == ir::Unary::Kind::kSqrt ||
                                           unary->kind == ir::Unary::Kind::kRsqrt);
    const bool constant = binary != nullptr && ReadsFloatConstant(node, *binary);
    if (!norm && !root && !constant) return;
    if (flow_.dynamic[made] && !flow_.behind_dequantize[made]) return;
    Add("float-op-between-quantizers", node,
        flow_.dynamic[made] ? "a float operation stands between a dequantize and a quantize"
                            : kOnConstants);
  }

  // batch_norm behind a div (and an add) whose divisor is computed with a square root.
  void CheckChain(const ir::Node& norm) {
    const ir::Node* node = ProducerOf(norm, std::get<ir::BatchNorm>(norm.op).input);
    for (int step = 0; step < 2 && node != nullptr; ++step) {
      const auto* binary = std::get_if<ir::Binary>(&node->op);
      if (binary == nullptr) return;
      const auto* other = std::get_if<ir::ValueId>(&binary->other);
      if (binary->kind == ir::Binary::Kind::kDiv) {
        if (other != nullptr && IsRootOfVariance(*node, *other)) {
          Add("chain-survives", *node,
              "the simulated fold before " + norm.name + " was not removed");
        }
        return;
      }
      std::optional<ir::ValueId> next;
      for (const ir::Operand* operand : {&binary->self, &binary->other}) {
        const auto* value = std::get_if<ir::ValueId>(operand);
        if (value != nullptr && flow_.dynamic[view_.Read(node->id, *value).index]) next = *value;
      }
      if (binary->kind != ir::Binary::Kind::kAdd || !next) return;
      node = ProducerOf(*node, *next);
    }
  }

  bool IsRootOfVariance(const ir::Node& reader, ir::ValueId value) const {
    std::vector<const ir::Node*> open{ProducerOf(reader, value)};
    for (std::size_t i = 0; i < open.size() && open.size() < 64; ++i) {
      if (open[i] == nullptr) continue;
      if (const auto* unary = std::get_if<ir::Unary>(&open[i]->op)) {
        if (unary->kind == ir::Unary::Kind::kSqrt || unary->kind == ir::Unary::Kind::kRsqrt)
          return true;
      }
      for (const ir::Argument& argument : open[i]->arguments) {
        ir::ForEachRead(argument.value,
                        [&](ir::ValueId v) { open.push_back(ProducerOf(*open[i], v)); });
      }
    }
    return false;
  }

  void CheckBias(const ir::Node& node, const ir::Convolution& conv) {
    if (!conv.bias) return;
    const auto& bias = graph_.value(view_.Read(node.id, *conv.bias)).type;
    const auto& weight = graph_.value(conv.weight).type;
    const auto& input = graph_.value(conv.input).type;
    if (!bias || !weight || !input || weight->rank() < 2 || !weight->is_static()) return;
    const std::int64_t channels =
        conv.transposed ? weight->dims[1].size * conv.groups : weight->dims[0].size;
    const auto count = bias->element_count();
    if (count && *count != channels) {
      Add("bias-length", node,
          "its bias has " + std::to_string(*count) + " entries for " + std::to_string(channels) +
              " channels");
    } else if (bias->dtype != input->dtype) {
      Add("bias-dtype", node,
          "its bias is " + std::string(ir::Name(bias->dtype)) + ", its input " +
              std::string(ir::Name(input->dtype)));
    }
  }

  void CheckSignature() {
    const ir::Program& program = view_.program();
    for (std::size_t i = 0; i < program.outputs.size() && i < graph_.outputs().size(); ++i) {
      const auto* value = std::get_if<ir::ValueId>(&graph_.outputs()[i]);
      if (value == nullptr || program.outputs[i].name.empty()) continue;
      const std::string& name = graph_.value(*value).name;
      if (program.outputs[i].name == name) continue;
      findings_.push_back(
          {"stale-signature", program.outputs[i].name, "",
           "the signature names output " + std::to_string(i) + " so; the graph " + name, false});
    }
  }

  const FunctionalView& view_;
  const ir::Graph& graph_;
  Flow flow_;
  std::vector<StructureFinding> findings_;
};

// What an operator is, however it is spelled: batch_norm is counted with its functional forms.
std::string KindOf(const ir::Node& node) {
  if (std::holds_alternative<ir::BatchNorm>(node.op)) return "batch_norm";
  return node.target;
}

}  // namespace

std::vector<StructureFinding> FindStructure(const FunctionalView& view) {
  return Inspector(view).Run();
}

std::vector<StructureFinding> CompareStructure(const FunctionalView& before,
                                               const FunctionalView& after,
                                               const Matching& matching) {
  std::map<std::pair<std::string, std::string>, int> had;
  const auto kind = [](const FunctionalView& view, const StructureFinding& finding) {
    const auto node = view.program().graph.FindNode(finding.node);
    return std::pair(finding.rule, node ? KindOf(view.program().graph.node(*node)) : finding.op);
  };
  // Where before computes constants itself, it may do so by other operators after the fold: what
  // they come to is judged where it is read.
  bool computed_constants = false;
  for (const StructureFinding& finding : FindStructure(before)) {
    ++had[kind(before, finding)];
    computed_constants |= finding.detail == kOnConstants;
  }
  std::vector<StructureFinding> out = FindStructure(after);
  for (StructureFinding& finding : out) {
    const bool told = computed_constants && finding.detail == kOnConstants;
    finding.only_after = --had[kind(after, finding)] < 0 && !told;
  }
  for (StructureFinding& finding : CompareInterface(before.program(), after.program())) {
    out.push_back(std::move(finding));
  }
  for (const ChangedOutput& changed : matching.changed_outputs) {
    if (changed.constant) {
      out.push_back({"other-user-changed", changed.node, changed.op, changed.reason, true});
    }
  }
  std::stable_partition(out.begin(), out.end(), [](const auto& f) { return f.only_after; });
  return out;
}

}  // namespace foldproof::prove
