// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/draw.h"

namespace foldproof::fuzz {

// How often each choice was drawn, and which pairs of choices of two dimensions were drawn together
// in one program (its dimensions and those of one block).
class Coverage {
 public:
  explicit Coverage(Family family = Family::kQatChain);
  void Add(const Draw& draw);
  // What other draws covered. Throws Error(kInput) with an empty place where that is not of this
  // family.
  void AddCounts(std::span<const std::uint64_t> counts);
  void AddPairs(std::string_view packed);

  const std::vector<std::uint64_t>& counts() const { return counts_; }  // by choice
  // Why no draws of `cases` programs can have covered this; empty: some can.
  std::string FaultFor(std::uint64_t cases) const;
  // The pairs that were seen, four a hexadecimal digit.
  std::string PackedPairs() const;

  std::uint64_t CountOf(std::size_t dimension, std::size_t choice) const {
    return counts_[first_[dimension] + choice];
  }
  Family family() const { return family_; }
  std::size_t pairs() const { return pairs_; }  // that can be drawn
  std::size_t pairs_seen() const { return seen_count_; }

 private:
  void AddBlock(const Draw& draw, const BlockDraw& block);
  // The choices of a dimension: the first, and the one behind the last.
  std::pair<std::size_t, std::size_t> ChoicesOf(std::size_t dimension) const;
  bool IsSeen(std::size_t i, std::size_t j) const {
    return seen_[std::min(i, j) * choices_ + std::max(i, j)] != 0;
  }

  Family family_;
  std::vector<std::size_t> first_;     // where a dimension's choices begin
  std::vector<std::uint64_t> counts_;  // by choice
  std::vector<char> seen_;             // by pair of choices
  std::size_t choices_ = 0;
  std::size_t pairs_ = 0;
  std::size_t seen_count_ = 0;
};

}  // namespace foldproof::fuzz
