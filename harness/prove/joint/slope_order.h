// SPDX-License-Identifier: BSD-3-Clause
//
// Taps in the order of the slopes of their generators, which is that of a zonotope's boundary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace foldproof::prove {

// Sorts fractions exactly. Its memory is used again from call to call.
class SlopeOrder {
 public:
  // The indices i with before[i] != 0, by after[i] / before[i] ascending, and by i where that is
  // equal. `largest` is the largest magnitude of all numbers, at most 2^30. What is returned lives
  // until the next call.
  std::span<const std::uint32_t> Sort(std::span<const std::int32_t> before,
                                      std::span<const std::int32_t> after, std::int64_t largest);

 private:
  struct Keyed {
    std::uint32_t key, index;
  };

  template <std::uint32_t kPasses>
  void SortByPlaces(std::span<const std::int32_t> before, std::int32_t least, std::uint32_t dropped,
                    std::uint32_t bits);

  std::vector<std::int32_t> places_;  // of each fraction
  std::vector<Keyed> keyed_, other_;
  std::vector<std::uint32_t> indices_;  // of the sorted ones
};

}  // namespace foldproof::prove
