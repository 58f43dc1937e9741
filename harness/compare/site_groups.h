// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

#include "harness/prove/site_match.h"

namespace foldproof::compare {

// Sites (indices of `matching.sites`, those without integers left out) in groups whose
// after-convs' cuts can be fed in one run of the after-program, while what is behind each conv up
// to its frontiers is read: no cut of a group lies in the tail of a conv of that group, and two
// sites that read one cut are fed the same value.
std::vector<std::vector<std::size_t>> GroupSites(const prove::Matching& matching);

}  // namespace foldproof::compare
