// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/frontier_pairs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/prove/sites/value_numbers.h"

namespace foldproof::prove {
namespace {

// What is padded in front of each dimension and behind it, nullopt where that is not known: "same"
// puts the odd element behind.
std::optional<std::vector<std::pair<std::int64_t, std::int64_t>>> PaddingOf(
    const ir::Graph& graph, const ir::Convolution& op) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  const auto& weight = graph.value(op.weight).type;
  const bool same = op.padding_mode == ir::Convolution::Padding::kSame;
  for (std::size_t d = 0; d < op.spatial(); ++d) {
    if (!same) {
      out.emplace_back(op.padding[d], op.padding[d]);
      continue;
    }
    if (!weight || weight->rank() != op.spatial() + 2 || !weight->is_static()) return std::nullopt;
    const std::int64_t span = op.dilation[d] * (weight->dims[2 + d].size - 1);
    out.emplace_back(span / 2, span - span / 2);
  }
  return out;
}

class FrontierPairing {
 public:
  FrontierPairing(const FunctionalView& before_view, const Tail& before,
                  const FunctionalView& after_view, const Tail& after, const OutputPairs& outputs)
      : before_graph_(before_view.program().graph),
        after_graph_(after_view.program().graph),
        before_(before),
        after_(after),
        outputs_(outputs),
        before_places_(PlaceRegisters(before_view, before)),
        after_places_(PlaceRegisters(after_view, after)),
        paired_(before.frontiers.size(), 0),
        used_(after.frontiers.size(), 0) {}

  std::vector<FrontierPair> Run() {
    for (const PlaceRelation relation : {PlaceRelation::kSame, PlaceRelation::kMoved}) {
      for (const bool same_name : {true, false}) Pass(relation, same_name);
    }
    std::ranges::sort(out_, {}, &FrontierPair::before);
    return std::move(out_);
  }

 private:
  void Pass(PlaceRelation relation, bool same_name) {
    for (std::uint32_t b = 0; b < paired_.size(); ++b) {
      for (std::uint32_t a = 0; a < used_.size() && !paired_[b]; ++a) {
        if (used_[a] || !Match(before_.frontiers[b], after_.frontiers[a], same_name)) continue;
        const RegisterPlace& from = before_places_[before_.frontiers[b].reg];
        const RegisterPlace& to = after_places_[after_.frontiers[a].reg];
        if (RelationOf(from, to) != relation) continue;
        used_[a] = paired_[b] = 1;
        out_.push_back({b, a, relation, from.memory && from.memory == to.memory});
      }
    }
  }

  bool Match(const Frontier& b, const Frontier& a, bool same_name) const {
    if (b.output || a.output) {
      return b.output && a.output && outputs_.contains({*b.output, *a.output});
    }
    if (b.edge.element != a.edge.element) return false;
    const ir::Node& b_node = before_graph_.nodes()[b.edge.node];
    const ir::Node& a_node = after_graph_.nodes()[a.edge.node];
    if (same_name && b_node.name != a_node.name) return false;
    const ir::Argument& b_read = b_node.arguments[b.edge.argument];
    const ir::Argument& a_read = a_node.arguments[a.edge.argument];
    if (b_read.name != a_read.name) return false;
    if (IsOneConvolution(b_node, a_node)) return true;
    return b_node.target == a_node.target &&
           Numbering::Attributes(b_node) == Numbering::Attributes(a_node);
  }

  // The same convolution under two names, as conv2d and convolution.
  bool IsOneConvolution(const ir::Node& b, const ir::Node& a) const {
    const auto* b_op = std::get_if<ir::Convolution>(&b.op);
    const auto* a_op = std::get_if<ir::Convolution>(&a.op);
    if (b_op == nullptr || a_op == nullptr || b_op->spatial() != a_op->spatial()) return false;
    return b_op->stride == a_op->stride && b_op->dilation == a_op->dilation &&
           b_op->output_padding == a_op->output_padding && b_op->groups == a_op->groups &&
           b_op->transposed == a_op->transposed && PaddingOf(before_graph_, *b_op).has_value() &&
           PaddingOf(before_graph_, *b_op) == PaddingOf(after_graph_, *a_op);
  }

  const ir::Graph& before_graph_;
  const ir::Graph& after_graph_;
  const Tail& before_;
  const Tail& after_;
  const OutputPairs& outputs_;
  std::vector<RegisterPlace> before_places_;
  std::vector<RegisterPlace> after_places_;
  std::vector<char> paired_;
  std::vector<char> used_;
  std::vector<FrontierPair> out_;
};

}  // namespace

std::vector<FrontierPair> PairFrontiers(const FunctionalView& before_view, const Tail& before,
                                        const FunctionalView& after_view, const Tail& after,
                                        const OutputPairs& outputs) {
  return FrontierPairing(before_view, before, after_view, after, outputs).Run();
}

}  // namespace foldproof::prove
