// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/quantize.h"

#include <algorithm>
#include <cmath>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"

namespace foldproof::prove::tail_op {
namespace {

exec::QuantizeConstants ConstantsOf(const ir::QuantParams& params) {
  return exec::MakeQuantizeConstants(params.scale, params.zero_point, params.quant_min,
                                     params.quant_max);
}

// Registers never overlap, and flags are bytes, which could alias anything: hence the restrict.
FOLDPROOF_VECTOR_CLONES
void QuantizePoints(const exec::QuantizeConstants q, bool int32, const float* __restrict in,
                    float* __restrict out, std::uint8_t* __restrict flags, std::size_t n) {
  const float of_nan = int32 ? -2147483648.0f : 0.0f;
  for (std::size_t i = 0; i < n; ++i) {
    const float t = exec::QuantizeUnclamped(in[i], q);
    const bool clipped = (t < q.quant_min) | (t > q.quant_max);
    const bool nan = t != t;
    float code = t < q.quant_min ? q.quant_min : t;
    code = code > q.quant_max ? q.quant_max : code;
    code = nan ? of_nan : code;
    out[i] = code >= 2147483648.0f ? -2147483648.0f : code;
    flags[i] |=
        static_cast<std::uint8_t>(clipped * RegisterBlock::kClipped + nan * RegisterBlock::kNan);
  }
}

FOLDPROOF_VECTOR_CLONES
void ExtendedPoints(const float* x, const exec::QuantizeConstants& q, float least, float most,
                    std::span<float> codes) {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const float t = exec::QuantizeUnclamped(x[i], q);
    codes[i] = t < least ? least : t > most ? most : t;
  }
}

}  // namespace

std::optional<Quantize> Quantize::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::QuantizePerTensor>();
  if (op == nullptr) return std::nullopt;
  const auto input = reader.Input(op->input);
  if (!input || !reader.HasType(*input, ir::ScalarType::kFloat32)) return std::nullopt;
  // 1/s is infinite in float32 for the smallest s. Then 0 becomes NaN on its way to a code, and the
  // step function is not monotone.
  if (!std::isfinite(ConstantsOf(op->params).inverse_scale)) return std::nullopt;
  reader.result.made_with = op->params;
  return Quantize{{*input}, op->params};
}

void Quantize::Evaluate(PointBlock& block) const {
  const OperandPoints x = block.Read(input);
  const exec::QuantizeConstants q = ConstantsOf(params);
  const bool int32 = params.dtype == ir::ScalarType::kInt32;
  const auto flags = block.flags();
  std::ranges::fill(flags, std::uint8_t{0});
  if (!block.exact()) {
    QuantizePoints(q, int32, x.high, block.high().data(), flags.data(), block.size());
  }
  QuantizePoints(q, int32, x.low, block.low().data(), flags.data(), block.size());
}

// An int32 code of 2^31 wraps to -2^31; a search never needs to look behind a quantizer.
std::optional<int> Quantize::Direction(const Directions&) const { return std::nullopt; }

LinearForm Quantize::Line(const Lines& known) const { return known.At(input); }

void Quantize::Ideal(const IdealBlock& known, std::span<double> out) const {
  ForEachIdeal(out, known.Read(input), [](double x) { return x; });
}

std::optional<TaylorModel> Quantize::Model(const CellModels& known) const {
  if (known.is_float()) return std::nullopt;  // it steps
  return known.At(input);
}

int Quantize::Degree(const Degrees& known) const { return known.At(input); }

// e + s/2
double Quantize::Deviation(const Deviations& known, std::uint32_t) const {
  return DeviationBeforeRounding(known) + known.RoundToCode(params.scale);
}

// e; of int32 codes, which float32 does not hold, also what x / s, z and their sum round: three
// roundings of |x| and two of |z| s.
double Quantize::DeviationBeforeRounding(const Deviations& known) const {
  if (params.dtype != ir::ScalarType::kInt32) return known.At(input);
  const double zero_point = std::abs(static_cast<double>(params.zero_point)) * params.scale;
  return known.At(input) + known.Round(input, 3) + known.RoundAt(zero_point, 2);
}

std::optional<prove::Direction> Quantize::OwnDirection(std::size_t, std::int64_t,
                                                       std::int64_t) const {
  return std::nullopt;
}

void Quantize::ExtendedCodes(const PointBlock& block, IntervalEnd end,
                             std::span<float> codes) const {
  const OperandPoints x = block.Read(input);
  ExtendedPoints(end == IntervalEnd::kLow ? x.low : x.high, ConstantsOf(params),
                 static_cast<float>(params.quant_min - 1), static_cast<float>(params.quant_max + 1),
                 codes);
}

}  // namespace foldproof::prove::tail_op
