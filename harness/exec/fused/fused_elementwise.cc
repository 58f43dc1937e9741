// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/quantized/quantized_decomposed.h"
#include "harness/exec/quantized/shifted_codes.h"
#include "harness/exec/shape/broadcast.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

std::vector<float> DequantizeAll(const Tensor& codes, const CodeScale& scale) {
  return DequantizePerTensor(codes, {scale.scale, scale.zero_point, ir::LowestOf(codes.dtype),
                                     ir::HighestOf(codes.dtype), codes.dtype})
      .Elements<float>();
}

}  // namespace

// ρ = -m * 2^-31 * 2^e, s = f64(1 / ρ), in float64 (docs/numerics.md, eq. 11). Python has no 2^e
// above 2^1023, and divides by no 0.
double OutScaleOf(const Multiplier& multiplier) {
  if (multiplier.shift > 1023) {
    Refuse(fmt::format("has an out_shift of {}, above 1023", multiplier.shift));
  }
  const int shift = multiplier.shift < -1100 ? -1100 : static_cast<int>(multiplier.shift);
  const double ratio =
      -static_cast<double>(multiplier.multiplier) * 0x1p-31 * std::ldexp(1.0, shift);
  if (ratio == 0) {
    Refuse(fmt::format("has an out_multiplier of {} and an out_shift of {}, which is 0",
                       multiplier.multiplier, multiplier.shift));
  }
  return 1.0 / ratio;
}

// y = f32(x_a + x_b), each x = f32(f32(q - z) * f32(s)) by eq. 2, one rounding each
// q = quantize(y) by eq. 1, clamped to the whole type       (docs/numerics.md, eq. 13)
Tensor QuantizedAdd(const Tensor& left, const CodeScale& left_scale, const Tensor& right,
                    const CodeScale& right_scale, const CodeScale& out_scale) {
  if (left.dtype != right.dtype ||
      (left.dtype != ScalarType::kInt8 && left.dtype != ScalarType::kUInt8)) {
    Refuse(fmt::format("takes int8 and int8, or uint8 and uint8; not {} and {}",
                       ir::Name(left.dtype), ir::Name(right.dtype)));
  }
  const std::vector<std::int64_t> sizes = BroadcastSizes(left.sizes, right.sizes);
  const std::int64_t count = FusedCount(sizes);
  const std::vector<float> a = DequantizeAll(left, left_scale);
  const std::vector<float> b = DequantizeAll(right, right_scale);
  const BroadcastIndex in_left(left.sizes, sizes);
  const BroadcastIndex in_right(right.sizes, sizes);
  std::vector<float> reals;
  reals.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) reals.push_back(a[in_left.At(i)] + b[in_right.At(i)]);
  return QuantizeToRange(left.dtype, sizes, reals, out_scale.scale, out_scale.zero_point);
}

// y = x - z where x > z, else 0: exact, an integer
// q = quantize(y) by eq. 1 with the scale of eq. 11, clamped to the whole type
// (docs/numerics.md, eq. 14).
Tensor QuantizedRelu(const Tensor& input, std::int64_t zero_point, const Multiplier& out,
                     std::int64_t out_zero_point) {
  if (input.dtype == ScalarType::kUInt16) Refuse("takes no uint16; PyTorch refuses it too");
  std::vector<float> reals;
  for (const std::int32_t shifted : ShiftedCodes(input, zero_point, "an input")) {
    reals.push_back(shifted > 0 ? static_cast<float>(shifted) : 0.0f);
  }
  return QuantizeToRange(input.dtype, input.sizes, reals, OutScaleOf(out), out_zero_point);
}

}  // namespace foldproof::exec
