// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace foldproof::prove {

// The last index i below `count`, which is not 0, with at(i) <= value, where at(0) <= at(1) <= ...;
// 0 where there is none. Looks from `near` on in doubling steps: fast where the answer is near.
template <typename At>
std::size_t LastNotAbove(std::size_t count, At at, std::int64_t value, std::size_t near) {
  std::size_t first = std::min(near, count - 1);  // not above, if anything is
  std::size_t end = first + 1;                    // above, or the end
  if (at(first) <= value) {
    for (std::size_t step = 1; end < count && at(end) <= value; step *= 2) {
      first = end;
      end = std::min(end + step, count);
    }
  } else {
    end = first;
    for (std::size_t step = 1; end > 0; step *= 2) {
      first = end > step ? end - step : 0;
      if (at(first) <= value) break;
      end = first;
    }
    if (end == 0) return 0;
  }
  while (end - first > 1) {
    const std::size_t middle = first + (end - first) / 2;
    (at(middle) <= value ? first : end) = middle;
  }
  return first;
}

}  // namespace foldproof::prove
