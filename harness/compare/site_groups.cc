// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/site_groups.h"

#include <algorithm>

namespace foldproof::compare {
namespace {

bool LiesInTail(ir::ValueId fed, const prove::MatchedSite& site) {
  return std::ranges::find(site.after->tail.values, fed) != site.after->tail.values.end();
}

}  // namespace

std::vector<std::vector<std::size_t>> GroupSites(const prove::Matching& matching,
                                                 const std::vector<prove::FeedPoint>& feeds) {
  const auto& sites = matching.sites;
  const auto conflict = [&](std::size_t x, std::size_t y) {
    if (LiesInTail(feeds[x].after, sites[y]) || LiesInTail(feeds[y].after, sites[x])) return true;
    return feeds[x].after == feeds[y].after && feeds[x].before != feeds[y].before;
  };
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    if (!sites[s].before) continue;
    const auto fits = std::ranges::find_if(groups, [&](const std::vector<std::size_t>& group) {
      return std::ranges::none_of(group, [&](std::size_t other) { return conflict(s, other); });
    });
    if (fits != groups.end())
      fits->push_back(s);
    else
      groups.push_back({s});
  }
  return groups;
}

}  // namespace foldproof::compare
