// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/frontier_pairs.h"

#include <algorithm>

#include "harness/prove/sites/value_numbers.h"

namespace foldproof::prove {
namespace {

class FrontierPairing {
 public:
  FrontierPairing(const ir::Graph& before_graph, const ir::Graph& after_graph,
                  const SiteSide& before, const SiteSide& after)
      : before_graph_(before_graph),
        after_graph_(after_graph),
        before_(before),
        after_(after),
        paired_(before.tail.frontiers.size(), 0),
        used_(after.tail.frontiers.size(), 0) {}

  std::vector<std::pair<std::uint32_t, std::uint32_t>> Run() {
    for (const PlaceRelation relation : {PlaceRelation::kSame, PlaceRelation::kMoved}) {
      for (const bool same_name : {true, false}) Pass(relation, same_name);
    }
    std::sort(out_.begin(), out_.end());
    return std::move(out_);
  }

 private:
  void Pass(PlaceRelation relation, bool same_name) {
    for (std::uint32_t b = 0; b < paired_.size(); ++b) {
      for (std::uint32_t a = 0; a < used_.size() && !paired_[b]; ++a) {
        if (used_[a] || !Match(before_.tail.frontiers[b], after_.tail.frontiers[a], same_name) ||
            RelationOf(before_.PlaceOf(before_.tail.frontiers[b]),
                       after_.PlaceOf(after_.tail.frontiers[a])) != relation) {
          continue;
        }
        used_[a] = paired_[b] = 1;
        out_.emplace_back(b, a);
      }
    }
  }

  bool Match(const Frontier& b, const Frontier& a, bool same_name) const {
    if (b.output || a.output) return b.output == a.output;
    if (b.edge.element != a.edge.element) return false;
    const ir::Node& b_node = before_graph_.nodes()[b.edge.node];
    const ir::Node& a_node = after_graph_.nodes()[a.edge.node];
    return b_node.arguments[b.edge.argument].name == a_node.arguments[a.edge.argument].name &&
           b_node.target == a_node.target && (!same_name || b_node.name == a_node.name) &&
           Numbering::Attributes(b_node) == Numbering::Attributes(a_node);
  }

  const ir::Graph& before_graph_;
  const ir::Graph& after_graph_;
  const SiteSide& before_;
  const SiteSide& after_;
  std::vector<char> paired_;
  std::vector<char> used_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out_;
};

}  // namespace

std::vector<std::pair<std::uint32_t, std::uint32_t>> PairFrontiers(const ir::Graph& before_graph,
                                                                   const ir::Graph& after_graph,
                                                                   const SiteSide& before,
                                                                   const SiteSide& after) {
  return FrontierPairing(before_graph, after_graph, before, after).Run();
}

}  // namespace foldproof::prove
