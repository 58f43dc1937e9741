// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/coverage.h"

#include <algorithm>

#include "fuzz/dimensions.h"

namespace foldproof::fuzz {

Coverage::Coverage(Family family) : family_(family) {
  const auto dimensions = Dimensions(family_);
  for (const Dimension& dimension : dimensions) {
    first_.push_back(choices_);
    choices_ += dimension.choices.size();
  }
  // A choice of weight 0 is there for its place in the list, and is never drawn.
  const auto drawn = [](const Dimension& dimension) {
    return static_cast<std::size_t>(
        std::ranges::count_if(dimension.choices, [](const Choice& c) { return c.weight > 0; }));
  };
  counts_.assign(choices_, 0);
  seen_.assign(choices_ * choices_, 0);
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    for (std::size_t j = i + 1; j < dimensions.size(); ++j) {
      pairs_ += drawn(dimensions[i]) * drawn(dimensions[j]);
    }
  }
}

void Coverage::Add(const Draw& draw) {
  for (const BlockDraw& block : draw.blocks) AddBlock(draw, block);
}

void Coverage::AddBlock(const Draw& draw, const BlockDraw& block) {
  std::vector<std::size_t> chosen;
  const auto dimensions = Dimensions(family_);
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    const Dimension& dimension = dimensions[i];
    const std::uint8_t choice =
        dimension.of_program != nullptr ? draw.*dimension.of_program : block.*dimension.of_block;
    chosen.push_back(first_[i] + choice);
    ++counts_[chosen.back()];
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    for (std::size_t j = i + 1; j < chosen.size(); ++j) {
      char& seen = seen_[chosen[i] * choices_ + chosen[j]];
      seen_count_ += seen == 0;
      seen = 1;
    }
  }
}

}  // namespace foldproof::fuzz
