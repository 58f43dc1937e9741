// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/build_tail.h"

#include "harness/prove/tail/op/node_reader.h"

namespace foldproof::prove {
namespace {

class TailBuilder {
 public:
  TailBuilder(const FunctionalView& view, const ConstantValues& constants, const ConvSide& side,
              BatchNormVariant variant)
      : view_(view),
        graph_(view.program().graph),
        side_(side),
        scope_(view, constants, side.channels, variant) {
    tail_.channels = side.channels;
  }

  Tail Build() {
    const auto& type = graph_.value(side_.output).type;
    FP_CHECK(type.has_value() && type->rank() > side_.op.spatial());
    Register({side_.output, {"", type->rank() - side_.op.spatial() - 1}, std::nullopt});
    for (std::size_t n = side_.node.index + 1; n < graph_.nodes().size(); ++n) {
      const ir::Node& node = graph_.nodes()[n];
      if (view_.IsLive(node.id) && scope_.Reads(node)) Absorb(node);
    }
    CollectFrontiers();
    return std::move(tail_);
  }

 private:
  void Register(TailRegister reg) {
    tail_.values.push_back(reg.value);
    scope_.Add(std::move(reg));
  }

  void Absorb(const ir::Node& node);
  void CollectFrontiers();
  void AddFrontier(Edge edge, std::optional<std::uint32_t> output, ir::ValueId value,
                   std::uint32_t reg);

  const FunctionalView& view_;
  const ir::Graph& graph_;
  const ConvSide& side_;
  TailScope scope_;
  Tail tail_;
};

void TailBuilder::Absorb(const ir::Node& node) {
  if (node.outputs.empty()) return;
  NodeReader reader(scope_, node);
  auto op = BuildOperator(reader);
  if (!op) return;
  tail_.instructions.push_back({node.id, *std::move(op)});
  Register(std::move(reader.result));
}

void TailBuilder::AddFrontier(Edge edge, std::optional<std::uint32_t> output, ir::ValueId value,
                              std::uint32_t reg) {
  Frontier frontier;
  frontier.edge = edge;
  frontier.output = output;
  frontier.value = value;
  frontier.reg = reg;
  frontier.path = PathTo(tail_.instructions, frontier.reg);
  const auto& type = graph_.value(value).type;
  frontier.codes = !type || !ir::IsFloat(type->dtype);
  const auto behind = ScaleBehind(view_, value);
  frontier.scale = frontier.codes ? 1 : behind.value_or(side_.input_params.scale);
  frontier.measured = frontier.codes || behind || !side_.float_input;
  tail_.frontiers.push_back(std::move(frontier));
}

void TailBuilder::CollectFrontiers() {
  for (const ir::Node& node : graph_.nodes()) {
    if (!view_.IsLive(node.id) ||
        scope_.RegisterOf(node.outputs.empty() ? side_.output : node.outputs[0])) {
      continue;
    }
    for (std::uint32_t a = 0; a < node.arguments.size(); ++a) {
      std::uint32_t element = 0;
      ir::ForEachRead(node.arguments[a].value, [&](ir::ValueId v) {
        const ir::ValueId read = view_.Read(node.id, v);
        if (const auto reg = scope_.RegisterOf(read)) {
          AddFrontier({node.id.index, a, element}, std::nullopt, read, *reg);
        }
        ++element;
      });
    }
  }
  const auto end = static_cast<std::uint32_t>(graph_.nodes().size());
  for (std::uint32_t i = 0; i < graph_.outputs().size(); ++i) {
    ir::ForEachRead(graph_.outputs()[i], [&](ir::ValueId v) {
      const ir::ValueId read = view_.Output(i, v);
      if (const auto reg = scope_.RegisterOf(read)) AddFrontier({end, i, 0}, i, read, *reg);
    });
  }
}

}  // namespace

std::optional<double> ScaleBehind(const FunctionalView& view, ir::ValueId value) {
  const ir::Graph& graph = view.program().graph;
  const ir::Node* node = graph.ProducerOf(value);
  while (node != nullptr) {
    if (const auto* dq = std::get_if<ir::DequantizePerTensor>(&node->op)) return dq->params.scale;
    std::optional<ir::ValueId> first;
    for (const ir::Argument& argument : node->arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId v) {
        if (!first) first = v;
      });
      if (first) break;
    }
    if (!first) break;
    node = graph.ProducerOf(view.Read(node->id, *first));
  }
  return std::nullopt;
}

Tail BuildTail(const FunctionalView& view, const ConstantValues& constants, const ConvSide& side,
               BatchNormVariant variant) {
  return TailBuilder(view, constants, side, variant).Build();
}

std::string DescribeFrontier(const FunctionalView& view, const Frontier& frontier) {
  const ir::Graph& graph = view.program().graph;
  if (frontier.output) return "output " + std::to_string(*frontier.output);
  const ir::Node& node = graph.nodes()[frontier.edge.node];
  return node.name + " (" + node.target + ")";
}

}  // namespace foldproof::prove
