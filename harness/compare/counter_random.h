// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <initializer_list>

namespace foldproof::compare {

// Random bits that are a function of where they are asked for, not of what was asked before:
// bits(i) = mix(key + (i + 1) * 0x9e3779b97f4a7c15), mix being SplitMix64's (Steele, Lea, Flood
// 2014). The same on every machine, and in whatever order and on however many threads.
class CounterRandom {
 public:
  // One stream for each sequence of words.
  explicit CounterRandom(std::initializer_list<std::uint64_t> words) {
    for (const std::uint64_t word : words) key_ = Mix((key_ ^ word) + kStep);
  }

  std::uint64_t Bits(std::uint64_t i) const { return Mix(key_ + (i + 1) * kStep); }
  // One of 0 to n - 1; n > 0, far below 2^64.
  std::uint64_t Below(std::uint64_t i, std::uint64_t n) const { return Bits(i) % n; }
  // A multiple of 2^-53 in [0, 1).
  double Unit(std::uint64_t i) const { return static_cast<double>(Bits(i) >> 11) * 0x1p-53; }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;

  static std::uint64_t Mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::uint64_t key_ = 0;
};

}  // namespace foldproof::compare
