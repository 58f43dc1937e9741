// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

namespace foldproof::prove {

// A fixed row of fewer than 2^32 bits that counts and finds its ones fast: the number of ones
// before each word of 64 is kept.
class RankedBits {
 public:
  RankedBits() = default;
  // `words` hold `size` bits, lowest first; bits beyond are ignored.
  RankedBits(std::vector<std::uint64_t> words, std::int64_t size);

  std::int64_t size() const { return size_; }
  std::int64_t ones() const { return ones_; }
  bool Test(std::int64_t i) const {
    return (words_[static_cast<std::size_t>(i >> 6)] >> (i & 63) & 1) != 0;
  }
  std::int64_t Rank(std::int64_t i) const;    // ones at positions < i, 0 <= i <= size
  std::int64_t Next(std::int64_t i) const;    // first one at >= i >= 0; size() where none
  std::int64_t Before(std::int64_t i) const;  // last one at <= i < size; -1 where none

 private:
  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> ranks_;  // ones before each word
  std::int64_t size_ = 0;
  std::int64_t ones_ = 0;
};

}  // namespace foldproof::prove
