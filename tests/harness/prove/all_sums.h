// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "harness/prove/reach/tap_sums.h"

namespace foldproof::prove {

// Every sum, by trying every x of every tap.
inline std::set<std::int64_t> AllSums(const std::vector<std::int32_t>& weights, TapRange x) {
  std::set<std::int64_t> sums{0};
  for (const std::int64_t w : weights) {
    std::set<std::int64_t> next;
    for (const std::int64_t sum : sums) {
      for (std::int64_t v = x.low; v <= x.high; ++v) next.insert(sum + w * v);
    }
    sums = std::move(next);
  }
  return sums;
}

}  // namespace foldproof::prove
