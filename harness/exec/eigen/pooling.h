// SPDX-License-Identifier: BSD-3-Clause
//
// Pooling over the last one or two dimensions of [N, C, ...] or [C, ...], in float64.
#pragma once

#include <optional>

#include "harness/exec/eigen/real_tensor.h"

namespace foldproof::exec::real {

// One number, or one a dimension of space.
struct PoolWindow {
  std::size_t spatial = 2;
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> stride;  // empty: as the kernel
  std::vector<std::int64_t> padding;
  std::vector<std::int64_t> dilation;
  bool ceil_mode = false;
};

struct MaxPooled {
  RealTensor values;
  IntegerTensor indices;  // of the element in its plane of the input, int64
};

// All throw Error(kInput) with an empty place where numbers and shapes do not fit together.

// The largest element of each window; NaN is larger than any number, the last NaN of a window and
// the first of equal numbers is the one whose index is given.
MaxPooled MaxPool(const RealTensor& input, const PoolWindow& window);

// The sum of each window over its number of elements: those in the padding count too where
// `counts_padding`, but none behind it (ceil_mode); or over `divisor`.
RealTensor AveragePool(const RealTensor& input, const PoolWindow& window, bool counts_padding,
                       std::optional<std::int64_t> divisor);

// Output o of `out` along a dimension of `in` is the mean of [floor(o in / out), ceil((o + 1) in /
// out)).
RealTensor AdaptiveAveragePool(const RealTensor& input, const std::vector<std::int64_t>& out);

}  // namespace foldproof::exec::real
