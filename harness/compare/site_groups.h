// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

#include "harness/prove/sites/site_match.h"
#include "harness/prove/witness/feed_point.h"

namespace foldproof::compare {

// Sites (indices of `matching.sites`, those without integers left out) in groups that can be fed in
// one run of the after-program, while what is behind each conv up to its frontiers is read: no feed
// point of a group lies in the tail of a conv of that group, and two sites that share one are fed
// the same value. `feeds`: one a site; those of sites without integers are not looked at.
std::vector<std::vector<std::size_t>> GroupSites(const prove::Matching& matching,
                                                 const std::vector<prove::FeedPoint>& feeds);

}  // namespace foldproof::compare
