// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/reach/ranked_bits.h"

#include <bit>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// The lowest `n` bits, 0 <= n <= 63.
std::uint64_t LowMask(std::int64_t n) { return (std::uint64_t{1} << n) - 1; }

// The number of ones of `word`, by sums over pairs, fours and bytes of its bits: std::popcount is a
// call of a library where the instruction is not sure to exist.
std::uint32_t Ones(std::uint64_t word) {
  word -= word >> 1 & 0x5555555555555555;
  word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<std::uint32_t>(word * 0x0101010101010101 >> 56);
}

}  // namespace

RankedBits::RankedBits(std::vector<std::uint64_t> words, std::int64_t size)
    : words_(std::move(words)), size_(size) {
  FP_CHECK(size >= 0 && size < std::int64_t{1} << 32);
  FP_CHECK(static_cast<std::int64_t>(words_.size()) * 64 >= size);
  words_.resize(static_cast<std::size_t>((size + 63) / 64));
  if ((size & 63) != 0) words_.back() &= LowMask(size & 63);
  ranks_.reserve(words_.size());
  for (const std::uint64_t word : words_) {
    ranks_.push_back(static_cast<std::uint32_t>(ones_));
    ones_ += Ones(word);
  }
}

std::int64_t RankedBits::Rank(std::int64_t i) const {
  if (i == size_) return ones_;
  const auto word = static_cast<std::size_t>(i >> 6);
  return std::int64_t{ranks_[word]} + Ones(words_[word] & LowMask(i & 63));
}

std::int64_t RankedBits::Next(std::int64_t i) const {
  if (i >= size_) return size_;
  auto word = static_cast<std::size_t>(i >> 6);
  std::uint64_t bits = words_[word] & ~LowMask(i & 63);
  while (bits == 0) {
    if (++word == words_.size()) return size_;
    bits = words_[word];
  }
  return static_cast<std::int64_t>(word) * 64 + std::countr_zero(bits);
}

std::int64_t RankedBits::Before(std::int64_t i) const {
  if (i < 0) return -1;
  auto word = static_cast<std::size_t>(i >> 6);
  std::uint64_t bits = words_[word] & (LowMask(i & 63) << 1 | 1);
  while (bits == 0) {
    if (word-- == 0) return -1;
    bits = words_[word];
  }
  return static_cast<std::int64_t>(word) * 64 + 63 - std::countl_zero(bits);
}

}  // namespace foldproof::prove
