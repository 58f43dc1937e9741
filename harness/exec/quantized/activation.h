// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

namespace foldproof::exec {

// What an integer kernel does to its result in its last step, as a clamp of real numbers: f(x) =
// min(max(x, low), high). Bounds are no NaN.
struct Activation {
  std::optional<double> low;
  std::optional<double> high;

  // This, and then `next`: its ends go through `next`, too.
  void Then(const Activation& next);
};

}  // namespace foldproof::exec
