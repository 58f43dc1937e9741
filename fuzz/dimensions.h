// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "fuzz/dimension.h"

namespace foldproof::fuzz {

// Those of a family, program dimensions first. Block dimensions are those of every block.
std::span<const Dimension> Dimensions(Family family = Family::kQatChain);

// The most blocks that a program has.
inline constexpr std::size_t kMostBlocks = 3;

// "conv2d: bias quantized per channel" as {dimension, choice} of everything in `draw` that is not
// plain.
struct NamedChoice {
  std::string_view dimension;
  std::string_view choice;
  friend auto operator<=>(const NamedChoice&, const NamedChoice&) = default;
};
std::vector<NamedChoice> NotPlain(const Draw& draw);

}  // namespace foldproof::fuzz
