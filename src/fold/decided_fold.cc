// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/decided_fold.h"

#include <string>
#include <utility>

namespace foldproof::fold {

std::variant<DecidedFold, ir::Miss> DecideFold(const Candidate& candidate, const FoldRules& rules) {
  if (auto miss = FirstFailure(candidate, rules.guards)) return std::move(*miss);
  const ir::Graph& graph = candidate.program->graph;
  const ir::Node& conv = graph.node(candidate.chain.conv);
  const auto& norm = std::get<ir::BatchNorm>(graph.node(candidate.chain.norm).op);
  DecidedFold fold;
  fold.corrections = rules.corrections(candidate.channels, candidate.chain, norm.eps);
  std::size_t channel = 0;
  auto codes = rules.folded_codes(candidate.bias, fold.corrections, channel);
  if (!codes) {
    return ir::Miss{
        "bias-clamp", conv.name,
        "the folded bias of channel " + std::to_string(channel) + " does not fit into its codes"};
  }
  fold.codes = std::move(*codes);
  if (auto miss = rules.sums_leave_int32(*candidate.program, conv, fold.codes)) {
    return std::move(*miss);
  }
  return fold;
}

}  // namespace foldproof::fold
