// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/name_index.h"

#include <cstring>
#include <random>

namespace foldproof::ir {
namespace {

std::uint64_t NewKey() {
  std::random_device entropy;
  return std::uint64_t{entropy()} << 32 | entropy();
}

// Both halves of the product, as in wyhash (Wang Yi): each bit of `a` and `b` moves each bit.
std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::size_t NameIndex::Hash(std::string_view name) {
  static const std::uint64_t key = NewKey() | 1;
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio
  std::uint64_t hash = key ^ name.size();
  for (std::size_t at = 0; at < name.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    const std::size_t left = name.size() - at;
    std::memcpy(&word, name.data() + at, left < sizeof(word) ? left : sizeof(word));
    hash = Mix(hash ^ word, key ^ kOdd);
  }
  return static_cast<std::size_t>(hash);
}

}  // namespace foldproof::ir
