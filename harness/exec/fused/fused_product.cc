// SPDX-License-Identifier: BSD-3-Clause
//
// Linear and matmul: rows of codes times columns of codes.
#include <fmt/format.h>

#include <functional>
#include <numeric>
#include <utility>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/quantized/shifted_codes.h"
#include "harness/exec/shape/broadcast.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

// Σ a[i] b[i], exact.
std::int64_t DotOfCodes(const std::int32_t* a, const std::int32_t* b, std::int64_t length) {
  return std::inner_product(a, a + length, b, std::int64_t{0}, std::plus<>(),
                            [](std::int64_t x, std::int64_t y) { return x * y; });
}

// The last two dimensions of each [rows, columns] exchanged.
std::vector<std::int32_t> Transposed(const std::vector<std::int32_t>& matrices, std::int64_t rows,
                                     std::int64_t columns) {
  std::vector<std::int32_t> out(matrices.size());
  const std::int64_t area = rows * columns;
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::int64_t row = at % area / columns;
    const std::int64_t column = at % columns;
    out[static_cast<std::size_t>(at - at % area + column * rows + row)] = matrices[i];
  }
  return out;
}

void CheckLinear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  if (weight.sizes.size() != 2 || input.sizes.empty() || input.sizes.back() != weight.sizes[1]) {
    Refuse("takes an input [..., K] and a weight [N, K], and these are not");
  }
  if (bias.sizes.size() != 1 || (bias.sizes[0] != 1 && bias.sizes[0] != weight.sizes[0])) {
    Refuse(fmt::format("takes a bias of {} numbers in one dimension", weight.sizes[0]));
  }
  if (input.dtype == ir::ScalarType::kUInt16) Refuse("takes no uint16; PyTorch refuses it too");
}

}  // namespace

// A = Σ (x - z_x) (w - z_w) + f32(b)    exact, in int64
// q = quantize(f32(A)) by eq. 1 with the scale of eq. 11, clamped to the whole type
// (docs/numerics.md, eq. 9 and 12).
Tensor QuantizedLinear(const Tensor& input, const Tensor& weight, const Tensor& bias,
                       const ProductParams& params) {
  CheckLinear(input, weight, bias);
  const std::int64_t outputs = weight.sizes[0];
  const std::int64_t length = weight.sizes[1];
  std::vector<std::int64_t> sizes = input.sizes;
  sizes.back() = outputs;
  const std::int64_t count = FusedCount(sizes);
  const double out_scale = OutScaleOf(params.out);
  const std::vector<std::int32_t> x = ShiftedCodes(input, params.left_zero_point, "an input");
  const std::vector<std::int32_t> w = ShiftedCodes(weight, params.right_zero_point, "a weight");
  const std::vector<std::int64_t> b = BiasTerms(bias);
  std::vector<float> reals;
  reals.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t n = i % outputs;
    const std::int64_t sum =
        b[b.size() == 1 ? 0 : static_cast<std::size_t>(n)] +
        DotOfCodes(x.data() + i / outputs * length, w.data() + n * length, length);
    reals.push_back(static_cast<float>(sum));
  }
  return QuantizeToRange(input.dtype, sizes, reals, out_scale, params.out_zero_point);
}

// As linear, without a bias (docs/numerics.md, eq. 12).
Tensor QuantizedMatmul(const Tensor& left, const Tensor& right, bool right_is_transposed,
                       const ProductParams& params) {
  if (left.sizes.size() < 2 || right.sizes.size() < 2) Refuse("takes matrices or batches of them");
  const std::int64_t rows = left.sizes[left.sizes.size() - 2];
  const std::int64_t length = left.sizes.back();
  const std::int64_t right_rows = right.sizes[right.sizes.size() - 2];
  const std::int64_t columns = right_is_transposed ? right_rows : right.sizes.back();
  if (length != (right_is_transposed ? right.sizes.back() : right_rows)) {
    Refuse("takes rows as long as the columns, and these are not");
  }
  const std::vector<std::int64_t> left_batch(left.sizes.begin(), left.sizes.end() - 2);
  const std::vector<std::int64_t> right_batch(right.sizes.begin(), right.sizes.end() - 2);
  const std::vector<std::int64_t> batch = BroadcastSizes(left_batch, right_batch);
  std::vector<std::int64_t> sizes = batch;
  sizes.insert(sizes.end(), {rows, columns});
  const std::int64_t count = FusedCount(sizes);
  const double out_scale = OutScaleOf(params.out);
  const std::vector<std::int32_t> a = ShiftedCodes(left, params.left_zero_point, "an operand");
  std::vector<std::int32_t> b = ShiftedCodes(right, params.right_zero_point, "an operand");
  if (!right_is_transposed) b = Transposed(b, length, columns);
  const BroadcastIndex in_left(left_batch, batch);
  const BroadcastIndex in_right(right_batch, batch);
  std::vector<float> reals;
  reals.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t of_batch = i / columns / rows;
    const auto row = static_cast<std::int64_t>(in_left.At(of_batch)) * rows + i / columns % rows;
    const auto column = static_cast<std::int64_t>(in_right.At(of_batch)) * columns + i % columns;
    reals.push_back(static_cast<float>(
        DotOfCodes(a.data() + row * length, b.data() + column * length, length)));
  }
  return QuantizeToRange(left.dtype, sizes, reals, out_scale, params.out_zero_point);
}

}  // namespace foldproof::exec
