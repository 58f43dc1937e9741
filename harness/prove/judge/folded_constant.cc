// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/folded_constant.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace foldproof::prove {
namespace {

// The chain of a QAT simulation, as far as it is there: s = num / sqrt(var + eps), a batch_norm.
struct Chain {
  const ir::Node* norm = nullptr;
  const ir::Node* scale = nullptr;  // the div (or mul by rsqrt) that makes s
  std::optional<ir::ValueId> numerator, variance;
  std::optional<double> eps;
  const ir::Node* scaled_add = nullptr;  // an add with alpha
};

class ChainReader {
 public:
  ChainReader(const Side& before, const Tail& tail, const std::vector<std::uint32_t>& path)
      : view_(before.view), graph_(before.view.program().graph) {
    for (const std::uint32_t index : path) Visit(graph_.node(tail.instructions[index].node));
  }

  const Chain& chain() const { return chain_; }
  ir::ValueId Operand(const ir::Node& node, ir::ValueId value) const {
    return view_.Read(node.id, value);
  }

 private:
  void Visit(const ir::Node& node) {
    if (std::holds_alternative<ir::BatchNorm>(node.op) && chain_.norm == nullptr)
      chain_.norm = &node;
    const auto* binary = std::get_if<ir::Binary>(&node.op);
    if (binary == nullptr) return;
    const auto* other = std::get_if<ir::ValueId>(&binary->other);
    if (binary->kind == ir::Binary::Kind::kDiv && other != nullptr) ReadScale(Behind(node, *other));
    const bool unit = std::visit([](auto alpha) { return alpha == 1; }, binary->alpha);
    if (binary->kind == ir::Binary::Kind::kAdd && !unit) chain_.scaled_add = &node;
  }

  // The node that made `value`, through reshapes.
  const ir::Node* Behind(const ir::Node& reader, ir::ValueId value) const {
    const ir::Node* node = graph_.ProducerOf(view_.Read(reader.id, value));
    while (node != nullptr && std::holds_alternative<ir::Reshape>(node->op)) {
      node = graph_.ProducerOf(view_.Read(node->id, std::get<ir::Reshape>(node->op).input));
    }
    return node;
  }

  void ReadScale(const ir::Node* node) {
    if (node == nullptr || chain_.scale != nullptr) return;
    const auto* binary = std::get_if<ir::Binary>(&node->op);
    if (binary == nullptr) return;
    const auto* self = std::get_if<ir::ValueId>(&binary->self);
    const auto* other = std::get_if<ir::ValueId>(&binary->other);
    if (self == nullptr || other == nullptr) return;
    const auto root = [&](ir::ValueId value) -> const ir::Node* {
      const ir::Node* made = Behind(*node, value);
      const auto* unary = made ? std::get_if<ir::Unary>(&made->op) : nullptr;
      return unary && (unary->kind == ir::Unary::Kind::kSqrt ||
                       unary->kind == ir::Unary::Kind::kRsqrt)
                 ? made
                 : nullptr;
    };
    const ir::Node* made = root(*other);
    chain_.numerator = view_.Read(node->id, *self);
    if (made == nullptr && binary->kind == ir::Binary::Kind::kMul) {
      made = root(*self);
      chain_.numerator = view_.Read(node->id, *other);
    }
    if (made == nullptr) return;
    chain_.scale = node;
    const ir::Node* sum = Behind(*made, std::get<ir::Unary>(made->op).input);
    const auto* add = sum ? std::get_if<ir::Binary>(&sum->op) : nullptr;
    if (add == nullptr || add->kind != ir::Binary::Kind::kAdd) return;
    if (const auto* var = std::get_if<ir::ValueId>(&add->self))
      chain_.variance = view_.Read(sum->id, *var);
    if (const auto* eps = std::get_if<double>(&add->other)) chain_.eps = *eps;
    if (const auto* eps = std::get_if<std::int64_t>(&add->other))
      chain_.eps = static_cast<double>(*eps);
  }

  const FunctionalView& view_;
  const ir::Graph& graph_;
  Chain chain_;
};

// Two parameters with the same elements are as good as one.
bool SameContent(const Side& side, ir::ValueId a, ir::ValueId b) {
  if (a == b) return true;
  const auto x = side.constants.Find(a);
  const auto y = side.constants.Find(b);
  return x != nullptr && y != nullptr && x->value == y->value;
}

std::optional<ConstantFault> FaultOfChain(const Side& before, const ChainReader& reader) {
  const Chain& chain = reader.chain();
  if (chain.norm == nullptr) return std::nullopt;
  const auto& norm = std::get<ir::BatchNorm>(chain.norm->op);
  if (chain.scaled_add != nullptr) {
    return ConstantFault{"alpha-ignored", chain.scaled_add->name, "its alpha is not 1"};
  }
  if (chain.scale == nullptr) return std::nullopt;
  if (chain.eps && *chain.eps != norm.eps) {
    return ConstantFault{
        "eps-mismatch", chain.norm->name,
        fmt::format("the chain adds eps {}, the batch_norm {}", *chain.eps, norm.eps)};
  }
  if (chain.numerator && norm.weight &&
      !SameContent(before, *chain.numerator, reader.Operand(*chain.norm, *norm.weight))) {
    return ConstantFault{"numerator-mismatch", chain.scale->name,
                         "it divides another tensor than the batch_norm's weight"};
  }
  if (chain.variance && norm.running_var &&
      !SameContent(before, *chain.variance, reader.Operand(*chain.norm, *norm.running_var))) {
    return ConstantFault{"variance-mismatch", chain.scale->name,
                         "it takes the root of another tensor than the batch_norm's running_var"};
  }
  return std::nullopt;
}

// What the int32 bias should have been, against what it is.
std::optional<ConstantFault> FaultOfBias(const Side& after, const MatchedSite& site,
                                         std::uint32_t channel, double gap, double slope) {
  const ConvBias& bias = site.after->conv.bias;
  const ConvBias& old = site.before->conv.bias;
  const std::string node = after.view.program().graph.node(site.after_conv).name;
  const double missing = -gap / slope;  // real units at the conv's output
  if (bias.kind == ConvBias::Kind::kQuantized) {
    const double step = bias.steps[channel];
    const auto code = static_cast<double>(bias.codes[channel]);
    const double needed = code + missing / step;
    const std::string figures =
        fmt::format("channel {} needs bias {:.0f}, it has {:.0f}", channel, needed, code);
    const bool too_large = std::abs(needed) > 2147483648.0;
    if (too_large && std::signbit(needed) != std::signbit(code))
      return ConstantFault{"bias-wrap", node, figures};
    if (too_large) return ConstantFault{"bias-clamp", node, figures};
    if (std::abs(needed) > 16777216.0 && std::abs(missing / step) <= std::abs(needed) * 0x1p-22) {
      return ConstantFault{"bias-rounding", node, figures};
    }
  }
  const double correction =
      bias.value[channel] - old.value[channel] + missing;  // what was to be added
  const double added = bias.value[channel] - old.value[channel];
  if (std::abs(correction) > 0 && std::abs(added - 2 * correction) <= 1e-3 * std::abs(correction)) {
    return ConstantFault{"folded-twice", node, "the correction was added twice"};
  }
  if (bias.value[channel] == 0 && std::abs(correction) > 0) {
    return ConstantFault{"bias-missing", node, "the correction never reached its bias"};
  }
  return std::nullopt;
}

// True where more than one conv reads the constant that holds the bias.
bool IsSharedBias(const Side& side, const SiteSide& site) {
  if (!site.conv.bias.source) return false;
  const ir::Graph& graph = side.view.program().graph;
  std::size_t convs = 0;
  for (const ir::Use& use : side.view.Users(*site.conv.bias.source)) {
    if (!use.node) continue;
    const ir::Node& reader = graph.node(*use.node);
    if (std::holds_alternative<ir::Convolution>(reader.op)) ++convs;
    if (std::holds_alternative<ir::DequantizePerTensor>(reader.op) ||
        std::holds_alternative<ir::DequantizePerChannel>(reader.op)) {
      convs += side.view.Users(reader.outputs[0]).size();
    }
  }
  return convs > 1;
}

}  // namespace

std::optional<std::string> OtherUser(const Side& before, const SiteSide& site,
                                     const PairPlan& pair) {
  const std::vector<TailInstruction>& instructions = site.tail.instructions;
  const auto is_norm = [&](std::uint32_t index) {
    return std::holds_alternative<tail_op::Affine>(instructions[index].op);
  };
  const Frontier& frontier = site.tail.frontiers[pair.before];
  const auto& all = site.search.everything;
  if (std::none_of(all.begin(), all.end(), is_norm)) return std::nullopt;
  const ir::Graph& graph = before.view.program().graph;
  if (std::none_of(frontier.path.begin(), frontier.path.end(), is_norm)) {
    return graph.value(frontier.value).name;
  }
  // What each register has of the conv past every batch_norm: the node that took it there.
  std::vector<std::optional<std::string>> past(site.tail.values.size());
  for (const std::uint32_t index : frontier.path) {
    if (is_norm(index)) continue;
    for (const std::uint32_t reg : ReadsOf(instructions[index].op)) {
      if (past[index + 1]) break;
      past[index + 1] = reg == 0 ? graph.node(instructions[index].node).name : past[reg];
    }
  }
  return past[frontier.reg];
}

ConstantFault ExplainConstant(const Side& before, const Side& after, const MatchedSite& site,
                              const PairPlan& pair, std::uint32_t channel, double gap,
                              double slope) {
  if (const auto user = OtherUser(before, *site.before, pair)) {
    return {"other-user-changed", *user,
            "it reads the conv past the batch_norm that was folded into it"};
  }
  if (IsSharedBias(after, *site.after)) {
    return {"folded-twice", after.view.program().graph.node(site.after_conv).name,
            "several convs read the bias that it was folded into"};
  }
  if (std::isfinite(gap) && std::isfinite(slope) && slope != 0) {
    if (auto fault = FaultOfBias(after, site, channel, gap, slope)) return *fault;
  }
  const ChainReader reader(before, site.before->tail,
                           site.before->tail.frontiers[pair.before].path);
  if (auto fault = FaultOfChain(before, reader)) return *fault;
  return {"ideal-gap", after.view.program().graph.node(site.after_conv).name,
          "the folded constant is not the program's"};
}

}  // namespace foldproof::prove
