// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/exec/shape/pick_arguments.h"

namespace foldproof::exec {

// One dimension of space of an operand that is upsampled.
struct UpsampledAxis {
  std::int64_t in = 1, out = 1;
  std::optional<double>
      factor;  // out / in, where the node says it: it decides which elements are read
};

// Those of an operand [N, C, ...] of `sizes`, whatever lies between its elements afterwards. Their
// size is that of the argument "output_size", else trunc(in * factor), in float64. Throws
// Error(kInput) with an empty place where neither gives one of at least 1, or an operand, a
// dimension or the result has a size that is not run here.
std::vector<UpsampledAxis> UpsampledAxes(const PickArguments& arguments,
                                         const std::vector<std::int64_t>& sizes);

}  // namespace foldproof::exec
