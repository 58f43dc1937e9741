// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstring>

#include "harness/exec/integer/conv_geometry.h"

namespace foldproof::exec {

// What each tap of a convolution reads, a row a tap, for a range of output positions (im2col).
template <typename T>
class TapRows {
 public:
  explicit TapRows(const ConvGeometry& geometry) : geometry_(geometry) {}

  // `planes`: the input channels of one group. Row k of `rows`, `pitch` elements after the one
  // before, gets the positions [first, first + count) of tap k, and zeros up to `pitch`.
  void Fill(const T* planes, std::size_t first, std::size_t count, std::size_t pitch,
            T* rows) const {
    const auto& [depth, height, width] = geometry_.axes;
    const std::size_t inputs = geometry_.taps() / geometry_.kernel();
    for (std::size_t c = 0; c < inputs; ++c) {
      const T* plane = planes + c * geometry_.input_plane();
      for (std::int64_t t0 = 0; t0 < depth.taps; ++t0) {
        for (std::int64_t t1 = 0; t1 < height.taps; ++t1) {
          for (std::int64_t t2 = 0; t2 < width.taps; ++t2, rows += pitch) {
            FillRow(plane, {t0, t1, t2}, first, count, rows);
            std::fill(rows + count, rows + pitch, T{0});
          }
        }
      }
    }
  }

 private:
  void FillRow(const T* plane, const std::array<std::int64_t, 3>& tap, std::size_t first,
               std::size_t count, T* row) const {
    const auto& [depth, height, width] = geometry_.axes;
    const auto per_line = static_cast<std::size_t>(width.out);
    for (std::size_t p = first; p < first + count;) {
      const std::size_t begin = p % per_line, line = p / per_line;
      const std::size_t end = std::min(per_line, begin + (first + count - p));
      const auto o0 = static_cast<std::int64_t>(line) / height.out;
      const auto o1 = static_cast<std::int64_t>(line) % height.out;
      const std::int64_t d = depth.Read(o0, tap[0]), h = height.Read(o1, tap[1]);
      if (d < 0 || h < 0) {
        std::fill_n(row, end - begin, T{0});
      } else {
        const T* line_in = plane + (d * height.in + h) * width.in;
        FillLine(line_in, tap[2], static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end),
                 row);
      }
      row += end - begin;
      p += end - begin;
    }
  }

  void FillLine(const T* line, std::int64_t tap, std::int64_t begin, std::int64_t end,
                T* row) const {
    const ConvAxis& axis = geometry_.axes[2];
    if (axis.spread == 1 && axis.stride == 1) {
      const std::int64_t shift = tap * axis.dilation - axis.padding;
      const std::int64_t from = std::clamp(-shift, begin, end);
      const std::int64_t to = std::clamp(axis.in - shift, from, end);
      std::fill_n(row, from - begin, T{0});
      if (to > from) {
        std::memcpy(row + (from - begin), line + (from + shift),
                    static_cast<std::size_t>(to - from) * sizeof(T));
      }
      std::fill_n(row + (to - begin), end - to, T{0});
      return;
    }
    for (std::int64_t o = begin; o < end; ++o) {
      const std::int64_t at = axis.Read(o, tap);
      row[o - begin] = at < 0 ? T{0} : line[at];
    }
  }

  const ConvGeometry& geometry_;
};

}  // namespace foldproof::exec
