// SPDX-License-Identifier: BSD-3-Clause
//
// Elementwise loops over two operands that broadcast, as few and as long as their shapes allow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace foldproof::exec {

// Neighbouring dimensions that both operands walk alike are one. Strides in elements, 0 where an
// operand repeats.
struct BroadcastLoops {
  struct Dim {
    std::int64_t size = 1;
    std::int64_t left = 0;
    std::int64_t right = 0;
  };
  std::vector<Dim> dims;  // outermost first; never empty
};

// Both broadcast to `out`.
BroadcastLoops LoopsOver(const std::vector<std::int64_t>& left,
                         const std::vector<std::int64_t>& right,
                         const std::vector<std::int64_t>& out);

// Calls row(left offset, right offset, out offset, dims.back()) for each innermost loop.
template <typename Row>
void ForEachRow(const BroadcastLoops& loops, Row&& row) {
  const auto& dims = loops.dims;
  std::int64_t rows = 1;
  for (std::size_t d = 0; d + 1 < dims.size(); ++d) rows *= dims[d].size;
  if (dims.back().size == 0) return;
  std::vector<std::int64_t> at(dims.size(), 0);
  std::int64_t left = 0, right = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    row(left, right, r * dims.back().size, dims.back());
    for (std::size_t d = dims.size() - 1; d-- > 0;) {
      left += dims[d].left;
      right += dims[d].right;
      if (++at[d] < dims[d].size) break;
      left -= dims[d].left * dims[d].size;
      right -= dims[d].right * dims[d].size;
      at[d] = 0;
    }
  }
}

// out[i] = f(a[i], b[i]) over both as they broadcast.
template <typename T, typename Function>
void ApplyBroadcast(const BroadcastLoops& loops, std::span<const T> a, std::span<const T> b,
                    std::span<T> out, Function f) {
  ForEachRow(loops, [&](std::int64_t left, std::int64_t right, std::int64_t to, auto& dim) {
    const T* x = a.data() + left;
    const T* y = b.data() + right;
    T* z = out.data() + to;
    const std::int64_t n = dim.size;
    if (dim.left == 1 && dim.right == 1) {
      for (std::int64_t i = 0; i < n; ++i) z[i] = f(x[i], y[i]);
    } else if (dim.left == 1 && dim.right == 0) {
      const T constant = *y;
      for (std::int64_t i = 0; i < n; ++i) z[i] = f(x[i], constant);
    } else if (dim.left == 0 && dim.right == 1) {
      const T constant = *x;
      for (std::int64_t i = 0; i < n; ++i) z[i] = f(constant, y[i]);
    } else {
      for (std::int64_t i = 0; i < n; ++i) z[i] = f(x[i * dim.left], y[i * dim.right]);
    }
  });
}

}  // namespace foldproof::exec
