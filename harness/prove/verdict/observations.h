// SPDX-License-Identifier: BSD-3-Clause
//
// The accumulators that given inputs produced (docs/proof.md, "Domains").
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "src/ir/graph.h"

namespace foldproof::prove {

// What one output channel of a conv produced over all runs. A count of 0 means that nothing was
// observed.
struct ObservedChannel {
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::int64_t count = 0;               // output elements
  std::vector<std::int64_t> values;     // the distinct accumulators, ascending
  std::vector<std::int64_t> histogram;  // counts of at most 32 equal bins, from low on

  bool empty() const { return count == 0; }
  bool Contains(std::int64_t from, std::int64_t to) const {  // all of [from, to] is in the range
    return count > 0 && low <= from && to <= high;
  }
};

struct ObservedSite {
  std::size_t runs = 0;
  std::vector<ObservedChannel> channels;
};

// By conv of the program that was run; a conv without integers has no entry.
using Observations = std::map<ir::NodeId, ObservedSite>;

}  // namespace foldproof::prove
