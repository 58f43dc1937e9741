// SPDX-License-Identifier: BSD-3-Clause
//
// One dimension of space under a sliding window, of a convolution or a pooling: output o reads at
// tap t the input position o * stride + t * dilation - padding, where that is inside.
#pragma once

#include <cstdint>
#include <vector>

namespace foldproof::exec {

struct WindowAxis {
  std::int64_t in = 1;
  std::int64_t taps = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  std::int64_t out = 1;

  struct Range {
    std::int64_t begin = 0;
    std::int64_t end = 0;  // exclusive; no larger than begin where the range is empty
  };

  std::int64_t PositionOf(std::int64_t output, std::int64_t tap) const {
    return output * stride + tap * dilation - padding;
  }
  Range OutputsInside(std::int64_t tap) const;  // the outputs that read inside at this tap
  Range TapsInside(std::int64_t output) const;  // the taps that read inside for this output
};

// With its output size, as PyTorch has it: floor((in + 2 padding - dilation (taps - 1) - 1) /
// stride) + 1; with ceil_mode the division rounds up, and a last window that would begin behind the
// input and its left padding is left out. Throws Error(kInput) with an empty place where a number
// is out of its range or no window fits.
WindowAxis MakeWindowAxis(WindowAxis axis, bool ceil_mode);

// The number of a list for dimension `d` of `dims`: one number stands for all. Throws Error(kInput)
// that names `what`.
std::int64_t NumberFor(const std::vector<std::int64_t>& list, std::size_t d, std::size_t dims,
                       const char* what);

}  // namespace foldproof::exec
