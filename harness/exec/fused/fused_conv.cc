// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <utility>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/quantized/shifted_codes.h"
#include "harness/exec/shape/window_axis.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

struct ConvShape {
  std::int64_t batch = 0;
  std::int64_t groups = 1;
  std::int64_t channels = 0;      // of the input, in a group
  std::int64_t out_channels = 0;  // in all groups
  WindowAxis rows;                // a single one where the input is [N, C, L]
  WindowAxis columns;
};

// A convolution in one dimension takes the last number of each list, as the reference does.
std::int64_t LastOf(const std::vector<std::int64_t>& list, const char* what) {
  if (list.empty()) Refuse(fmt::format("takes a {}, but the list is empty", what));
  return list.back();
}

WindowAxis ConvAxisOf(const Tensor& input, const Tensor& weight, const ConvParams& params,
                      std::size_t d) {
  const std::size_t dims = input.sizes.size() - 2;
  const auto number = [&](const std::vector<std::int64_t>& list, const char* what) {
    return dims == 1 ? LastOf(list, what) : NumberFor(list, d, dims, what);
  };
  return MakeWindowAxis({input.sizes[d + 2], weight.sizes[d + 2], number(params.stride, "stride"),
                         number(params.padding, "padding"), number(params.dilation, "dilation"), 0},
                        false);
}

ConvShape ShapeOf(const Tensor& input, const Tensor& weight, const Tensor& bias,
                  const ConvParams& params) {
  const std::size_t rank = input.sizes.size();
  if ((rank != 3 && rank != 4) || weight.sizes.size() != rank) {
    Refuse(fmt::format("takes an input and a weight of 3 dimensions, or of 4; these have {} and {}",
                       rank, weight.sizes.size()));
  }
  const std::int64_t channels = input.sizes[1];
  const std::int64_t out_channels = weight.sizes[0];
  if (params.groups < 1) Refuse(fmt::format("has {} groups", params.groups));
  if (channels % params.groups != 0 || out_channels % params.groups != 0 ||
      weight.sizes[1] != channels / params.groups) {
    Refuse(fmt::format("has {} groups of {} input channels and a weight [{}, {}, ...]",
                       params.groups, channels, out_channels, weight.sizes[1]));
  }
  if (bias.sizes != std::vector<std::int64_t>{out_channels}) {
    Refuse(fmt::format("takes a bias of {} numbers in one dimension", out_channels));
  }
  ConvShape shape{input.sizes[0], params.groups, weight.sizes[1], out_channels, {}, {}};
  if (rank == 4) shape.rows = ConvAxisOf(input, weight, params, 0);
  shape.columns = ConvAxisOf(input, weight, params, rank - 3);
  return shape;
}

// Adds the products of one weight to the sums of a plane [rows.out, columns.out]; the padding is
// the input's zero point, whose products are 0.
void AddProducts(const ConvShape& shape, std::int64_t row_tap, std::int64_t column_tap,
                 std::int64_t weight, const std::int32_t* input, std::int64_t* sums) {
  const auto [first, end] = shape.columns.OutputsInside(column_tap);
  const auto [first_row, end_row] = shape.rows.OutputsInside(row_tap);
  for (std::int64_t row = first_row; row < end_row; ++row) {
    const std::int32_t* x = input + shape.rows.PositionOf(row, row_tap) * shape.columns.in;
    std::int64_t* sum = sums + row * shape.columns.out;
    for (std::int64_t o = first; o < end; ++o) {
      sum[o] += weight * x[shape.columns.PositionOf(o, column_tap)];
    }
  }
}

// A[o] = Σ (x - z_x) (w - z_w) + f32(b), of output channel `out` of one image: exact.
void SumPlane(const ConvShape& shape, const std::int32_t* image, const std::int32_t* weights,
              std::int64_t out, std::int64_t* sums) {
  const std::int64_t group = out / (shape.out_channels / shape.groups);
  const std::int64_t taps = shape.rows.taps * shape.columns.taps;
  const std::int64_t plane = shape.rows.in * shape.columns.in;
  for (std::int64_t c = 0; c < shape.channels; ++c) {
    const std::int32_t* input = image + (group * shape.channels + c) * plane;
    const std::int32_t* kernel = weights + (out * shape.channels + c) * taps;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      AddProducts(shape, tap / shape.columns.taps, tap % shape.columns.taps, kernel[tap], input,
                  sums);
    }
  }
}

}  // namespace

// A = Σ (x - z_x) (w - z_w) + f32(b)    exact, in int64; the padding of x is z_x
// y = f32(f32(A) * f32(s_b))            one rounding each, ties to even
// q = quantize(y) by eq. 1 with out_scale and out_zero_point, clamped to the whole type
// (docs/numerics.md, eq. 9 and 10). out_multiplier and out_shift take no part.
Tensor QuantizedConv(const Tensor& input, const Tensor& weight, const Tensor& bias,
                     const ConvParams& params) {
  const std::vector<std::int32_t> x = ShiftedCodes(input, params.input_zero_point, "an input");
  const std::vector<std::int32_t> w = ShiftedCodes(weight, params.weight_zero_point, "a weight");
  const ConvShape shape = ShapeOf(input, weight, bias, params);
  std::vector<std::int64_t> sizes{shape.batch, shape.out_channels, shape.columns.out};
  if (input.sizes.size() == 4) sizes.insert(sizes.begin() + 2, shape.rows.out);
  std::vector<float> reals;
  reals.reserve(static_cast<std::size_t>(FusedCount(sizes)));
  const std::vector<std::int64_t> b = BiasTerms(bias);
  const auto scale = static_cast<float>(params.bias_scale);
  const std::int64_t image = shape.groups * shape.channels * shape.rows.in * shape.columns.in;
  std::vector<std::int64_t> sums(static_cast<std::size_t>(shape.rows.out * shape.columns.out));
  for (std::int64_t n = 0; n < shape.batch; ++n) {
    for (std::int64_t out = 0; out < shape.out_channels; ++out) {
      sums.assign(sums.size(), b[static_cast<std::size_t>(out)]);
      SumPlane(shape, x.data() + n * image, w.data(), out, sums.data());
      for (const std::int64_t sum : sums) reals.push_back(static_cast<float>(sum) * scale);
    }
  }
  return QuantizeToRange(input.dtype, sizes, reals, params.out_scale, params.out_zero_point);
}

}  // namespace foldproof::exec
