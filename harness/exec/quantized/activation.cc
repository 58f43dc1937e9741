// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/activation.h"

#include <algorithm>
#include <limits>

#include "src/base/infinity.h"

namespace foldproof::exec {

void Activation::Then(const Activation& next) {
  const auto through = [&](double x) {
    const double raised = next.low ? std::max(x, *next.low) : x;
    return next.high ? std::min(raised, *next.high) : raised;
  };
  const double least = through(low.value_or(-kInfinity));
  const double most = through(high.value_or(kInfinity));
  low = least > -kInfinity ? std::optional(least) : std::nullopt;
  high = most < kInfinity ? std::optional(most) : std::nullopt;
}

}  // namespace foldproof::exec
