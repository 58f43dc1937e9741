// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/deviations.h"

#include <algorithm>

namespace foldproof::prove {

Deviations::Deviations(std::size_t registers, std::size_t channel, const std::vector<double>& ideal,
                       std::size_t points, double start, bool rounding)
    : channel_(channel),
      rounding_(rounding),
      start_(start),
      deviation_(registers, 0),
      largest_(registers, 0) {
  for (std::size_t r = 0; r < largest_.size(); ++r) {
    for (std::size_t i = 0; i < points; ++i) {
      const double x = std::abs(ideal[r * points + i]);
      if (std::isfinite(x)) largest_[r] = std::max(largest_[r], x);
    }
  }
  deviation_[0] = start + Round(0, 1);
}

}  // namespace foldproof::prove
