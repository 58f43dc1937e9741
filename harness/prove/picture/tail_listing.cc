// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/picture/tail_listing.h"

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/conv/read_conv_side.h"
#include "harness/prove/tail/build_tail.h"
#include "harness/prove/tail/step_function.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostListed = std::int64_t{1} << 24;

ListedChannel ListChannel(const SiteSide& site, std::size_t frontier, std::size_t channel,
                          const AccumulatorSet& reach, SearchScratch& scratch) {
  const TailEvaluator evaluator(site.tail, site.conv, channel);
  ListedChannel out{reach.lo(), reach.hi(), {}, {}};
  if (reach.hi() - reach.lo() >= kMostListed) {
    const bool stepped =
        site.search.is_cut[frontier] &&
        SearchCells(evaluator, site.search, reach.lo(), reach.hi(), scratch).searched();
    if (!stepped) return out;
  }
  const StepFunction steps =
      SearchSteps(evaluator, site.search, frontier, reach.lo(), reach.hi(), scratch);
  out.steps = static_cast<std::int64_t>(steps.starts.size());
  if (IsExactAt(site.tail, frontier)) out.crc32 = Crc32(steps);
  return out;
}

}  // namespace

std::vector<ListedSite> ListTails(const Side& side, Reach reach, BatchNormVariant variant) {
  std::vector<ListedSite> out;
  const ir::Graph& graph = side.view.program().graph;
  SearchScratch scratch;
  for (const ir::Node& node : graph.nodes()) {
    if (!IsConvolution(side.view, side.constants, node) || !side.view.IsLive(node.id)) continue;
    ListedSite listed{node.name, {}, {}};
    ConvSideOrReason read = ReadConvSide(side.view, side.constants, node);
    if (!read.side) {
      listed.reason = read.reason;
      out.push_back(std::move(listed));
      continue;
    }
    const SiteSide site = MakeSiteSide(side.view, side.constants, *std::move(read.side), variant);
    for (std::size_t f = 0; f < site.tail.frontiers.size(); ++f) {
      const Frontier& frontier = site.tail.frontiers[f];
      ListedTail tail{frontier.output,
                      graph.value(frontier.value).name,
                      DescribeFrontier(side.view, frontier),
                      {}};
      for (std::size_t c = 0; c < site.conv.channels; ++c) {
        tail.channels.push_back(ListChannel(site, f, c, ReachOf(site.conv, c, reach), scratch));
      }
      listed.tails.push_back(std::move(tail));
    }
    out.push_back(std::move(listed));
  }
  return out;
}

}  // namespace foldproof::prove
