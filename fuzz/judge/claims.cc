// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/claims.h"

#include <algorithm>
#include <string>

#include "fuzz/judge/observed_run.h"

namespace foldproof::fuzz {
namespace {

// By value: whether it depends on what one of `sources` makes.
std::vector<char> BehindNodes(const ir::Graph& graph, const std::vector<std::string>& sources) {
  std::vector<char> behind(graph.values().size(), 0);
  for (const ir::Node& node : graph.nodes()) {
    bool is_behind = std::ranges::find(sources, node.name) != sources.end();
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) { is_behind |= behind[id.index] != 0; });
    }
    for (const ir::ValueId id : node.outputs) behind[id.index] = is_behind;
  }
  return behind;
}

// The largest difference that was proved of a tail, over all accumulators.
std::optional<double> Proved(const prove::TailVerdict& tail) {
  double lsb = 0;
  for (const prove::ChannelVerdict& channel : tail.channels) {
    if (!channel.unproved.empty() || channel.undefined > 0) return std::nullopt;
    lsb = std::max(lsb, channel.reachable.MostLsb());
  }
  return lsb * tail.scale;
}

}  // namespace

Claims ClaimsOf(const prove::Verification& verification, const ir::Program& before) {
  Claims claims;
  claims.allowed.assign(before.graph.outputs().size(), 0.0);
  std::vector<std::string> moved;
  const prove::SiteVerdict* only = nullptr;
  for (const prove::SiteVerdict& site : verification.sites) {
    for (const prove::TailVerdict& tail : site.tails) claims.lsb = std::max(claims.lsb, tail.scale);
    if (site.verdict == prove::Verdict::kEqual) continue;
    moved.push_back(site.before_conv);
    only = &site;
  }
  if (moved.empty()) return claims;
  claims.bounds_state = false;
  const std::vector<char> behind = BehindNodes(before.graph, moved);
  const bool writes = MayWrite(before);
  for (std::size_t i = 0; i < claims.allowed.size(); ++i) {
    const auto* id = std::get_if<ir::ValueId>(&before.graph.outputs()[i]);
    if (id == nullptr || writes || behind[id->index] != 0) claims.allowed[i].reset();
  }
  if (moved.size() > 1) return claims;
  for (const prove::TailVerdict& tail : only->tails) {
    // A bound over a range of floats says nothing of inputs outside of it.
    if (!only->float_input && tail.output && *tail.output < claims.allowed.size()) {
      claims.allowed[*tail.output] = Proved(tail);
    }
  }
  return claims;
}

}  // namespace foldproof::fuzz
