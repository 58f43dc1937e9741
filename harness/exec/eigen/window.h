// SPDX-License-Identifier: BSD-3-Clause
//
// A window that slides over up to three dimensions of space; fewer are led by dimensions of 1.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "harness/exec/shape/window_axis.h"

namespace foldproof::exec::real {

struct Window {
  std::array<WindowAxis, 3> axes;

  std::int64_t in() const { return axes[0].in * axes[1].in * axes[2].in; }
  std::int64_t taps() const { return axes[0].taps * axes[1].taps * axes[2].taps; }
  std::int64_t out() const { return axes[0].out * axes[1].out * axes[2].out; }

  // Calls visit(output, input) for each of the outputs [begin, end) that reads inside at `tap`;
  // all three are row-major indices. Outputs ascend.
  template <typename Visit>
  void ForEachInside(std::int64_t tap, std::int64_t begin, std::int64_t end, Visit visit) const {
    const std::array<std::int64_t, 3> taps_of{
        tap / axes[2].taps / axes[1].taps, tap / axes[2].taps % axes[1].taps, tap % axes[2].taps};
    const std::int64_t width = axes[2].out;
    const WindowAxis::Range inside = axes[2].OutputsInside(taps_of[2]);
    for (std::int64_t row = begin / width; row * width < end; ++row) {
      const std::int64_t first = axes[0].PositionOf(row / axes[1].out, taps_of[0]);
      const std::int64_t second = axes[1].PositionOf(row % axes[1].out, taps_of[1]);
      if (first < 0 || first >= axes[0].in || second < 0 || second >= axes[1].in) continue;
      const std::int64_t line = (first * axes[1].in + second) * axes[2].in;
      const std::int64_t from = std::max(inside.begin, begin - row * width);
      const std::int64_t to = std::min(inside.end, end - row * width);
      for (std::int64_t column = from; column < to; ++column) {
        visit(row * width + column, line + axes[2].PositionOf(column, taps_of[2]));
      }
    }
  }
};

// `axes`, at most three, behind dimensions of 1.
inline Window MakeWindow(const std::vector<WindowAxis>& axes) {
  Window window;
  std::ranges::copy(axes, window.axes.end() - static_cast<std::ptrdiff_t>(axes.size()));
  return window;
}

}  // namespace foldproof::exec::real
