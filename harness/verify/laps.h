// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "harness/passes/child.h"

namespace foldproof::verify {

// Seconds since Next was asked last, by the caller's clock.
class Laps {
 public:
  explicit Laps(passes::Seconds now) : now_(std::move(now)), start_(now_()) {}

  double Next() {
    const double start = std::exchange(start_, now_());
    return start_ - start;
  }

 private:
  passes::Seconds now_;
  double start_;
};

}  // namespace foldproof::verify
