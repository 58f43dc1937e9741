// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/coverage.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz/dimensions.h"
#include "src/base/refuse.h"

namespace foldproof::fuzz {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

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

void Coverage::AddCounts(std::span<const std::uint64_t> counts) {
  if (counts.size() != counts_.size()) {
    Refuse(fmt::format("must be {} numbers, one a choice", counts_.size()));
  }
  for (std::size_t i = 0; i < counts.size(); ++i) counts_[i] += counts[i];
}

std::string Coverage::PackedPairs() const {
  std::string out;
  unsigned digit = 0, filled = 0;
  for (std::size_t i = 0; i < choices_; ++i) {
    for (std::size_t j = i + 1; j < choices_; ++j) {
      digit = 2 * digit + (seen_[i * choices_ + j] != 0 ? 1u : 0u);
      if (++filled < 4) continue;
      out += kDigits[digit];
      digit = filled = 0;
    }
  }
  if (filled > 0) out += kDigits[digit << (4 - filled)];
  return out;
}

void Coverage::AddPairs(std::string_view packed) {
  const std::size_t bits = choices_ * (choices_ - 1) / 2;
  const bool fits = packed.size() == (bits + 3) / 4 &&
                    packed.find_first_not_of(kDigits) == std::string_view::npos;
  if (!fits) Refuse(fmt::format("must be {} hexadecimal digits", (bits + 3) / 4));
  std::size_t bit = 0;
  for (std::size_t i = 0; i < choices_; ++i) {
    for (std::size_t j = i + 1; j < choices_; ++j, ++bit) {
      if ((kDigits.find(packed[bit / 4]) >> (3 - bit % 4) & 1) == 0) continue;
      char& seen = seen_[i * choices_ + j];
      seen_count_ += seen == 0;
      seen = 1;
    }
  }
}

std::pair<std::size_t, std::size_t> Coverage::ChoicesOf(std::size_t dimension) const {
  const bool is_last = dimension + 1 == first_.size();
  return {first_[dimension], is_last ? choices_ : first_[dimension + 1]};
}

// A block makes one choice of each dimension, together with one of each other one.
std::string Coverage::FaultFor(std::uint64_t cases) const {
  const auto dimensions = Dimensions(family_);
  std::uint64_t blocks = 0;
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    const auto [begin, end] = ChoicesOf(d);
    std::uint64_t made = 0;
    for (std::size_t i = begin; i < end; ++i) made += counts_[i];
    if (d == 0) blocks = made;
    if (made != blocks || made < cases) {
      return fmt::format("counts {} choices of '{}', of {} blocks in {} programs", made,
                         dimensions[d].name, blocks, cases);
    }
  }
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    const auto [begin, end] = ChoicesOf(d);
    for (std::size_t i = 0; i < choices_; ++i) {
      const bool is_own = begin <= i && i < end;
      std::size_t seen = 0;
      for (std::size_t j = begin; j < end; ++j) {
        if (i == j || !IsSeen(i, j)) continue;
        ++seen;
        if (is_own || counts_[i] == 0 || counts_[j] == 0) return "has a pair that no block draws";
      }
      if (!is_own && seen == 0 && counts_[i] > 0) return "lacks pairs of a choice that was drawn";
    }
  }
  return "";
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
