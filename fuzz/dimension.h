// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
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

}  // namespace foldproof::fuzz
