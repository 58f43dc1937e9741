// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/pooling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "harness/exec/shape/window_axis.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using Range = WindowAxis::Range;

// The input as planes of height times width, height 1 where there is one dimension of space.
struct Planes {
  std::int64_t count = 1;
  std::array<std::int64_t, 2> sizes{1, 1};
};

Planes PlanesOf(const RealTensor& input, std::size_t spatial) {
  const std::size_t rank = input.sizes.size();
  if (rank != spatial + 1 && rank != spatial + 2) Refuse("takes an input [N, C, ...] or [C, ...]");
  Planes planes;
  for (std::size_t d = 0; d < rank; ++d) {
    if (d < rank - spatial) {
      planes.count *= input.sizes[d];
    } else {
      planes.sizes[d + 2 - rank] = input.sizes[d];
    }
  }
  return planes;
}

std::array<WindowAxis, 2> AxesOf(const Planes& planes, const PoolWindow& window) {
  std::array<WindowAxis, 2> axes;
  const auto& stride = window.stride.empty() ? window.kernel : window.stride;
  for (std::size_t d = 0; d < window.spatial; ++d) {
    const auto number = [&](const std::vector<std::int64_t>& list, const char* what) {
      return NumberFor(list, d, window.spatial, what);
    };
    const std::size_t at = d + 2 - window.spatial;
    const WindowAxis axis{planes.sizes[at],
                          number(window.kernel, "kernel size"),
                          number(stride, "stride"),
                          number(window.padding, "padding"),
                          number(window.dilation, "dilation"),
                          1};
    if (axis.padding > axis.taps / 2) Refuse("takes a padding of at most half its kernel");
    axes[at] = MakeWindowAxis(axis, window.ceil_mode);
  }
  return axes;
}

// Calls visit(plane, y, x) for each element of the result, in order.
template <typename Visit>
void ForEachResult(const Planes& planes, std::int64_t height, std::int64_t width, Visit visit) {
  const std::int64_t plane = planes.sizes[0] * planes.sizes[1];
  for (std::int64_t p = 0; p < planes.count; ++p) {
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) visit(p * plane, y, x);
    }
  }
}

Sizes PooledSizes(const RealTensor& input, std::size_t spatial, std::int64_t height,
                  std::int64_t width) {
  Sizes sizes = input.sizes;
  sizes.back() = width;
  if (spatial == 2) sizes[sizes.size() - 2] = height;
  CheckedCount(sizes);
  return sizes;
}

double SumOver(const RealTensor& input, std::int64_t plane, std::int64_t width, Range rows,
               Range columns) {
  double sum = 0;
  for (std::int64_t y = rows.begin; y < rows.end; ++y) {
    for (std::int64_t x = columns.begin; x < columns.end; ++x) {
      sum += input.elements[static_cast<std::size_t>(plane + y * width + x)];
    }
  }
  return sum;
}

// What a window of an average covers of a dimension: with its padding, and inside.
struct Covered {
  std::int64_t padded = 0;
  Range inside;
};

Covered CoveredBy(const WindowAxis& axis, std::int64_t output) {
  const std::int64_t begin = axis.PositionOf(output, 0);
  const std::int64_t end = std::min(begin + axis.taps, axis.in + axis.padding);
  return {end - begin, {std::max<std::int64_t>(begin, 0), std::min(end, axis.in)}};
}

Range AdaptiveRange(std::int64_t output, std::int64_t in, std::int64_t out) {
  return {output * in / out, ((output + 1) * in + out - 1) / out};
}

}  // namespace

MaxPooled MaxPool(const RealTensor& input, const PoolWindow& window) {
  const Planes planes = PlanesOf(input, window.spatial);
  const auto [vertical, horizontal] = AxesOf(planes, window);
  MaxPooled out;
  out.values.sizes = PooledSizes(input, window.spatial, vertical.out, horizontal.out);
  out.indices.sizes = out.values.sizes;
  ForEachResult(planes, vertical.out, horizontal.out, [&](auto plane, auto y, auto x) {
    const Range rows = vertical.TapsInside(y), columns = horizontal.TapsInside(x);
    double most = -std::numeric_limits<double>::infinity();
    std::int64_t index = -1;
    for (std::int64_t i = rows.begin; i < rows.end; ++i) {
      for (std::int64_t j = columns.begin; j < columns.end; ++j) {
        const std::int64_t at =
            vertical.PositionOf(y, i) * planes.sizes[1] + horizontal.PositionOf(x, j);
        const double value = input.elements[static_cast<std::size_t>(plane + at)];
        if (index >= 0 && !(value > most) && !std::isnan(value)) continue;
        most = value;
        index = at;
      }
    }
    out.values.elements.push_back(most);
    out.indices.elements.push_back(std::max<std::int64_t>(index, 0));
  });
  return out;
}

RealTensor AveragePool(const RealTensor& input, const PoolWindow& window, bool counts_padding,
                       std::optional<std::int64_t> divisor) {
  if (divisor == 0) Refuse("divides by 0");
  const Planes planes = PlanesOf(input, window.spatial);
  const auto axes = AxesOf(planes, window);
  RealTensor out{PooledSizes(input, window.spatial, axes[0].out, axes[1].out), {}};
  ForEachResult(planes, axes[0].out, axes[1].out, [&](auto plane, auto y, auto x) {
    const Covered rows = CoveredBy(axes[0], y), columns = CoveredBy(axes[1], x);
    const std::int64_t height = rows.inside.end - rows.inside.begin;
    const std::int64_t width = columns.inside.end - columns.inside.begin;
    const std::int64_t count = divisor          ? *divisor
                               : counts_padding ? rows.padded * columns.padded
                                                : height * width;
    const bool is_empty = height <= 0 || width <= 0;
    const double sum = SumOver(input, plane, planes.sizes[1], rows.inside, columns.inside);
    out.elements.push_back(is_empty ? 0 : sum / static_cast<double>(count));
  });
  return out;
}

RealTensor AdaptiveAveragePool(const RealTensor& input, const std::vector<std::int64_t>& out) {
  if (out.empty() || out.size() > 2) Refuse("takes one or two output sizes");
  const Planes planes = PlanesOf(input, out.size());
  const std::int64_t height = out.size() == 2 ? out[0] : 1, width = out.back();
  if (planes.sizes[0] < 1 || planes.sizes[1] < 1) Refuse("takes no empty input");
  RealTensor pooled{PooledSizes(input, out.size(), height, width), {}};
  ForEachResult(planes, height, width, [&](auto plane, auto y, auto x) {
    const Range rows = AdaptiveRange(y, planes.sizes[0], height);
    const Range columns = AdaptiveRange(x, planes.sizes[1], width);
    const std::int64_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
    pooled.elements.push_back(SumOver(input, plane, planes.sizes[1], rows, columns) /
                              static_cast<double>(count));
  });
  return pooled;
}

}  // namespace foldproof::exec::real
