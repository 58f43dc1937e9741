// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/match_reports.h"
#include "harness/prove/sites/site_match.h"

namespace foldproof::prove {

std::vector<MatchedValue> FindMatchedValues(const Side& before_side, const Side& after_side,
                                            const Numbering& before_numbers,
                                            const std::map<ValueNumber, ir::ValueId>& after_values,
                                            const OutputPairs& output_pairs,
                                            const std::vector<MatchedSite>& sites) {
  const ir::Graph& before_graph = before_side.view.program().graph;
  const ir::Graph& after_graph = after_side.view.program().graph;
  std::vector<MatchedValue> out;
  std::map<ir::ValueId, ir::ValueId> places;  // frontiers, and outputs of the program
  for (const MatchedSite& site : sites) {
    for (const PairPlan& pair : site.pairs) {
      places.emplace(site.before->tail.frontiers[pair.before].value,
                     site.after->tail.frontiers[pair.after].value);
    }
  }
  for (const auto& [before, after] : output_pairs) {
    const auto* b = std::get_if<ir::ValueId>(&before_graph.outputs()[before]);
    const auto* a = std::get_if<ir::ValueId>(&after_graph.outputs()[after]);
    if (b && a) places.emplace(*b, *a);
  }
  for (const ir::Node& node : before_graph.nodes()) {
    if (!before_side.view.IsLive(node.id)) continue;
    for (const ir::ValueId value : node.outputs) {
      const auto place = places.find(value);
      const auto same = after_values.find(before_numbers.Of(value));
      if (place != places.end())
        out.push_back({value, place->second});
      else if (same != after_values.end())
        out.push_back({value, same->second});
    }
  }
  return out;
}

}  // namespace foldproof::prove
