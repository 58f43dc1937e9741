// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/prove/sites/site_match.h"

namespace foldproof::verify {

struct GraphNode {
  std::string name;
  std::string op;
  std::vector<std::string> inputs;         // names of the values that it reads
  std::optional<std::string> counterpart;  // in the other program; none: removed, or added
  std::vector<std::string> changed;        // its arguments that are not the counterpart's
};

// Nodes in the order of execution. Of a program with more than 2,000 nodes only convs, what
// changed, and what these read; `left_out` counts the others.
struct GraphListing {
  std::vector<GraphNode> nodes;
  std::size_t left_out = 0;
};

struct Graphs {
  GraphListing before;
  GraphListing after;
};

// Both programs, node by node, and what is different about them.
Graphs GraphsOf(const prove::Side& before, const prove::Side& after,
                const prove::Matching& matching);

}  // namespace foldproof::verify
