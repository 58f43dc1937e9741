// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/reduction.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "harness/exec/integer/layout.h"
#include "harness/exec/integer/numbers.h"
#include "harness/exec/shape/window_axis.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using Sizes = std::vector<std::int64_t>;
using Position = std::array<std::int64_t, 3>;  // of an output

// Elements are added to their place in the result, in order.
template <typename T>
std::vector<T> Sum(const CodedTensor& input, const std::vector<bool>& reduced,
                   std::size_t results) {
  std::vector<T> store;
  const std::span<const T> x = NumbersIn<T>(input, store);
  Sizes steps(input.rank(), 0), at(input.rank(), 0);
  std::int64_t step = 1;
  for (std::size_t d = input.rank(); d-- > 0;) {
    if (reduced[d]) continue;
    steps[d] = step;
    step *= input.sizes()[d];
  }
  std::vector<T> sums(results, T{0});
  std::int64_t to = 0;
  for (const T number : x) {
    sums[static_cast<std::size_t>(to)] += number;
    for (std::size_t d = input.rank(); d-- > 0;) {
      to += steps[d];
      if (++at[d] < input.sizes()[d]) break;
      to -= steps[d] * input.sizes()[d];
      at[d] = 0;
    }
  }
  return sums;
}

// The last dimensions as windows, the others as planes; fewer than 3 are filled up in front.
struct Windows {
  std::array<WindowAxis, 3> axes;
  Sizes sizes;
  std::size_t planes = 1;

  std::size_t in_plane() const {
    return static_cast<std::size_t>(axes[0].in * axes[1].in * axes[2].in);
  }
};

Windows WindowsOf(const CodedTensor& input, const PoolParams& params, std::size_t spatial) {
  if (input.rank() != spatial + 1 && input.rank() != spatial + 2) {
    Refuse("its operand has not the dimensions of a pooling");
  }
  Windows out;
  out.sizes = input.sizes();
  for (std::size_t d = 0; d < spatial; ++d) {
    const std::size_t at = input.rank() - spatial + d;
    const std::int64_t taps = NumberFor(params.kernel, d, spatial, "kernel size");
    const std::int64_t padding = NumberFor(params.padding, d, spatial, "padding");
    if (padding > taps / 2) Refuse("a padding is larger than half its kernel");
    const WindowAxis axis{
        input.sizes()[at],
        taps,
        params.stride.empty() ? taps : NumberFor(params.stride, d, spatial, "stride"),
        padding,
        NumberFor(params.dilation, d, spatial, "dilation"),
        0};
    out.axes[3 - spatial + d] = MakeWindowAxis(axis, params.ceil_mode);
    out.sizes[at] = out.axes[3 - spatial + d].out;
  }
  for (std::size_t d = 0; d < input.rank() - spatial; ++d) {
    out.planes *= static_cast<std::size_t>(input.sizes()[d]);
  }
  return out;
}

// Calls visit(plane offset) for each element inside the window of an output.
template <typename Visit>
void ForEachInside(const Windows& windows, const Position& output, Visit&& visit) {
  const auto& [depth, height, width] = windows.axes;
  const auto d = depth.TapsInside(output[0]), h = height.TapsInside(output[1]),
             w = width.TapsInside(output[2]);
  for (std::int64_t i = d.begin; i < d.end; ++i) {
    for (std::int64_t j = h.begin; j < h.end; ++j) {
      const std::int64_t line =
          (depth.PositionOf(output[0], i) * height.in + height.PositionOf(output[1], j)) * width.in;
      for (std::int64_t k = w.begin; k < w.end; ++k) {
        visit(static_cast<std::size_t>(line + width.PositionOf(output[2], k)));
      }
    }
  }
}

// The result of window(plane, output position) for every plane and output.
template <typename T, typename Window>
CodedTensor ForEachWindow(const CodedTensor& input, const Windows& windows, Window&& window) {
  std::vector<T> store;
  const std::span<const T> x = NumbersIn<T>(input, store);
  std::vector<T> out;
  out.reserve(CountOf(windows.sizes));
  const auto& [depth, height, width] = windows.axes;
  for (std::size_t plane = 0; plane < windows.planes; ++plane) {
    const T* from = x.data() + plane * windows.in_plane();
    for (std::int64_t i = 0; i < depth.out; ++i) {
      for (std::int64_t j = 0; j < height.out; ++j) {
        for (std::int64_t k = 0; k < width.out; ++k) out.push_back(window(from, Position{i, j, k}));
      }
    }
  }
  return StoreNumbers<T>(out, input.dtype(), windows.sizes);
}

// Taps of an axis that lie inside the padded input, which a last window of ceil_mode may leave.
std::int64_t PaddedTaps(const WindowAxis& axis, std::int64_t output) {
  const std::int64_t start = output * axis.stride - axis.padding;
  return std::min(start + axis.taps, axis.in + axis.padding) - start;
}

}  // namespace

CodedTensor ComputeReduction(Reduction kind, const CodedTensor& input, const Sizes& dims,
                             bool keep_dims) {
  std::vector<bool> reduced(input.rank(), dims.empty());
  for (const std::int64_t dim : dims) reduced[DimensionOf(dim, input.rank())] = true;
  Sizes sizes;
  std::size_t results = 1;
  for (std::size_t d = 0; d < input.rank(); ++d) {
    if (!reduced[d]) results *= static_cast<std::size_t>(input.sizes()[d]);
    if (!reduced[d] || keep_dims) sizes.push_back(reduced[d] ? 1 : input.sizes()[d]);
  }
  if (ArithmeticOf(input.dtype()) == Arithmetic::kInteger) {
    if (kind == Reduction::kMean) Refuse("PyTorch takes no mean of integers");
    return StoreNumbers<std::int64_t>(Sum<std::int64_t>(input, reduced, results),
                                      ir::ScalarType::kInt64, sizes);
  }
  std::vector<double> sums = Sum<double>(input, reduced, results);
  if (kind == Reduction::kMean) {
    const double terms = results == 0 ? 1.0 : static_cast<double>(input.count() / results);
    for (double& sum : sums) sum /= terms;
  }
  return StoreNumbers<double>(sums, input.dtype(), sizes);
}

CodedTensor ComputeMaxPool(const CodedTensor& input, const PoolParams& params,
                           std::size_t spatial) {
  const Windows windows = WindowsOf(input, params, spatial);
  const auto largest = [&](auto zero) {
    using T = decltype(zero);
    const T lowest = std::is_integral_v<T> ? std::numeric_limits<T>::lowest()
                                           : -std::numeric_limits<T>::infinity();
    return ForEachWindow<T>(input, windows, [&](const T* plane, const Position& output) {
      T most = lowest;
      ForEachInside(windows, output, [&](std::size_t at) {
        if (plane[at] > most || plane[at] != plane[at]) most = plane[at];
      });
      return most;
    });
  };
  switch (ArithmeticOf(input.dtype())) {
    case Arithmetic::kFloat32: return largest(float{});
    case Arithmetic::kFloat64: return largest(double{});
    case Arithmetic::kInteger: break;
  }
  return largest(std::int64_t{});
}

CodedTensor ComputeAveragePool(const CodedTensor& input, const PoolParams& params,
                               std::size_t spatial, bool count_padding, std::int64_t divisor) {
  const Windows windows = WindowsOf(input, params, spatial);
  if (ArithmeticOf(input.dtype()) == Arithmetic::kInteger) Refuse("takes floats alone");
  return ForEachWindow<double>(input, windows, [&](const double* plane, const Position& output) {
    double sum = 0;
    std::int64_t inside = 0, padded = 1;
    ForEachInside(windows, output, [&](std::size_t at) {
      sum += plane[at];
      ++inside;
    });
    for (std::size_t d = 0; d < 3; ++d) padded *= PaddedTaps(windows.axes[d], output[d]);
    const std::int64_t terms = divisor != 0 ? divisor : count_padding ? padded : inside;
    return sum / static_cast<double>(terms);
  });
}

namespace {

// The windows of an adaptive pooling: of each plane, output i of a dimension takes
// [floor(i * in / out), ceil((i + 1) * in / out)).
class AdaptiveWindows {
 public:
  AdaptiveWindows(const CodedTensor& input, const Sizes& out_sizes)
      : sizes_(input.sizes()), in_(3, 1), out_(3, 1) {
    if (ArithmeticOf(input.dtype()) == Arithmetic::kInteger) Refuse("takes floats alone");
    const std::size_t spatial = out_sizes.size();
    if (spatial > 3 || (input.rank() != spatial + 1 && input.rank() != spatial + 2)) {
      Refuse("its operand has not the dimensions of a pooling");
    }
    for (std::size_t d = 0; d < spatial; ++d) {
      const std::size_t at = input.rank() - spatial + d;
      in_[3 - spatial + d] = sizes_[at];
      out_[3 - spatial + d] = out_sizes[d] < 0 ? sizes_[at] : out_sizes[d];
      sizes_[at] = out_[3 - spatial + d];
    }
  }

  const Sizes& sizes() const { return sizes_; }
  std::size_t in_plane() const { return CountOf(in_); }
  std::size_t planes() const { return CountOf(sizes_) / std::max<std::size_t>(1, CountOf(out_)); }
  std::int64_t outputs() const { return out_[0] * out_[1] * out_[2]; }

  // Calls visit(index in its plane) for the elements of output `o`.
  template <typename Visit>
  void ForEach(std::int64_t o, Visit visit) const {
    const std::int64_t at[3] = {o / out_[2] / out_[1], o / out_[2] % out_[1], o % out_[2]};
    for (std::int64_t i = Begin(0, at[0]); i < End(0, at[0]); ++i) {
      for (std::int64_t j = Begin(1, at[1]); j < End(1, at[1]); ++j) {
        for (std::int64_t k = Begin(2, at[2]); k < End(2, at[2]); ++k) {
          visit((i * in_[1] + j) * in_[2] + k);
        }
      }
    }
  }

 private:
  std::int64_t Begin(std::size_t d, std::int64_t i) const { return i * in_[d] / out_[d]; }
  std::int64_t End(std::size_t d, std::int64_t i) const {
    return ((i + 1) * in_[d] + out_[d] - 1) / out_[d];
  }

  Sizes sizes_, in_, out_;
};

}  // namespace

CodedTensor ComputeAdaptiveAveragePool(const CodedTensor& input, const Sizes& out_sizes) {
  const AdaptiveWindows windows(input, out_sizes);
  std::vector<double> store, means;
  const std::span<const double> x = NumbersIn(input, store);
  for (std::size_t plane = 0; plane < windows.planes(); ++plane) {
    const double* from = x.data() + plane * windows.in_plane();
    for (std::int64_t o = 0; o < windows.outputs(); ++o) {
      double sum = 0;
      std::int64_t terms = 0;
      windows.ForEach(o, [&](std::int64_t at) {
        sum += from[at];
        ++terms;
      });
      means.push_back(sum / static_cast<double>(terms));
    }
  }
  return StoreNumbers<double>(means, input.dtype(), windows.sizes());
}

std::vector<CodedTensor> ComputeAdaptiveMaxPool(const CodedTensor& input, const Sizes& out_sizes) {
  const AdaptiveWindows windows(input, out_sizes);
  std::vector<double> store, largest;
  std::vector<std::int64_t> indices;
  const std::span<const double> x = NumbersIn(input, store);
  for (std::size_t plane = 0; plane < windows.planes(); ++plane) {
    const double* from = x.data() + plane * windows.in_plane();
    for (std::int64_t o = 0; o < windows.outputs(); ++o) {
      double most = -std::numeric_limits<double>::infinity();
      std::int64_t index = -1;
      windows.ForEach(o, [&](std::int64_t at) {
        if (index >= 0 && !(from[at] > most) && !std::isnan(from[at])) return;
        most = from[at];
        index = at;
      });
      if (index < 0) Refuse("has a window without elements");
      largest.push_back(most);
      indices.push_back(index);
    }
  }
  return {StoreNumbers<double>(largest, input.dtype(), windows.sizes()),
          StoreNumbers<std::int64_t>(indices, ir::ScalarType::kInt64, windows.sizes())};
}

}  // namespace foldproof::exec
