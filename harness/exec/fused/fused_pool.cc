// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/shifted_codes.h"
#include "harness/exec/shape/window_axis.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

WindowAxis PoolAxisOf(const Tensor& input, const PoolParams& params, std::size_t d) {
  const std::int64_t taps = NumberFor(params.kernel, d, 2, "kernel size");
  const std::int64_t stride =
      params.stride.empty() ? taps : NumberFor(params.stride, d, 2, "stride");
  const std::int64_t padding = NumberFor(params.padding, d, 2, "padding");
  if (padding > taps / 2) {
    Refuse(
        fmt::format("takes a padding of at most half the kernel size {}, not {}", taps, padding));
  }
  return MakeWindowAxis({input.sizes[input.sizes.size() - 2 + d], taps, stride, padding,
                         NumberFor(params.dilation, d, 2, "dilation"), 0},
                        params.ceil_mode);
}

// The largest code of a window in one plane; the lowest of its type where all of it is padding.
std::int64_t Largest(const std::int64_t* plane, const WindowAxis& rows, const WindowAxis& columns,
                     std::int64_t row, std::int64_t column, std::int64_t lowest) {
  const WindowAxis::Range row_taps = rows.TapsInside(row);
  const WindowAxis::Range column_taps = columns.TapsInside(column);
  std::int64_t largest = lowest;
  for (std::int64_t i = row_taps.begin; i < row_taps.end; ++i) {
    const std::int64_t* codes = plane + rows.PositionOf(row, i) * columns.in;
    for (std::int64_t j = column_taps.begin; j < column_taps.end; ++j) {
      largest = std::max(largest, codes[columns.PositionOf(column, j)]);
    }
  }
  return largest;
}

}  // namespace

// q = max of the window's codes; padding is no code (docs/numerics.md, "Fused operators").
Tensor QuantizedMaxPool(const Tensor& input, const PoolParams& params) {
  const std::size_t rank = input.sizes.size();
  if (rank != 3 && rank != 4) Refuse(fmt::format("takes 3 or 4 dimensions, not {}", rank));
  if (!ir::IsInteger(input.dtype) || input.dtype == ScalarType::kUInt16) {
    Refuse(fmt::format("{} is not run here", ir::Name(input.dtype)));
  }
  FusedCount(input.sizes);
  const WindowAxis rows = PoolAxisOf(input, params, 0);
  const WindowAxis columns = PoolAxisOf(input, params, 1);
  std::vector<std::int64_t> sizes = input.sizes;
  sizes[rank - 2] = rows.out;
  sizes[rank - 1] = columns.out;
  const std::int64_t count = FusedCount(sizes);
  const std::vector<std::int64_t> codes = IntegersOf(input);
  const std::int64_t lowest = ir::LowestOf(input.dtype);
  std::vector<std::int64_t> out;
  out.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t plane = i / columns.out / rows.out;
    out.push_back(Largest(codes.data() + plane * rows.in * columns.in, rows, columns,
                          i / columns.out % rows.out, i % columns.out, lowest));
  }
  return TensorOfIntegers(input.dtype, sizes, out);
}

}  // namespace foldproof::exec
