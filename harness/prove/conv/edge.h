// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <compare>
#include <cstdint>

namespace foldproof::prove {

// An edge at which a node, or an output of the program (node = number of nodes), reads a value.
struct Edge {
  std::uint32_t node = 0;
  std::uint32_t argument = 0;
  std::uint32_t element = 0;  // where the argument is a list of tensors
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

}  // namespace foldproof::prove
