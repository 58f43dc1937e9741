// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "fuzz/draw.h"

namespace foldproof::fuzz {

struct Choice {
  std::string_view name;
  std::uint32_t weight;  // how often it is drawn, against the others of its dimension
};

// A dimension of the whole program, or of each of its blocks.
struct Dimension {
  std::string_view name;
  std::uint8_t Draw::*of_program = nullptr;
  std::uint8_t BlockDraw::*of_block = nullptr;
  std::vector<Choice> choices;
};

// Program dimensions first. Block dimensions are those of every block.
std::span<const Dimension> Dimensions();

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
