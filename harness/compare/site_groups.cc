// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/site_groups.h"

#include <algorithm>

namespace foldproof::compare {
namespace {

bool LiesInTail(ir::ValueId cut, const prove::SiteSide& site) {
  return std::ranges::find(site.tail.values, cut) != site.tail.values.end();
}

bool Conflict(const prove::MatchedSite& x, const prove::MatchedSite& y) {
  if (LiesInTail(x.after->conv.input_cut, *y.after)) return true;
  if (LiesInTail(y.after->conv.input_cut, *x.after)) return true;
  return x.after->conv.input_cut == y.after->conv.input_cut &&
         x.before->conv.input_cut != y.before->conv.input_cut;
}

}  // namespace

std::vector<std::vector<std::size_t>> GroupSites(const prove::Matching& matching) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t s = 0; s < matching.sites.size(); ++s) {
    if (!matching.sites[s].before) continue;
    const auto fits = std::ranges::find_if(groups, [&](const std::vector<std::size_t>& group) {
      return std::ranges::none_of(group, [&](std::size_t other) {
        return Conflict(matching.sites[s], matching.sites[other]);
      });
    });
    if (fits != groups.end())
      fits->push_back(s);
    else
      groups.push_back({s});
  }
  return groups;
}

}  // namespace foldproof::compare
