// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/dequantize.h"

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"

namespace foldproof::prove::tail_op {
namespace {

FOLDPROOF_VECTOR_CLONES
void DequantizePoints(float zero_point, float scale, const float* __restrict in,
                      float* __restrict out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = (in[i] - zero_point) * scale;
}

}  // namespace

std::optional<Dequantize> Dequantize::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::DequantizePerTensor>();
  if (op == nullptr) return std::nullopt;
  const auto reg = reader.Input(op->input);
  // Codes stand behind a quantize, with nothing but moves between; other integers (where of two
  // numbers, casts of a bool) stand for themselves.
  if (!reg || !reader.ResultHasType(ir::ScalarType::kFloat32)) return std::nullopt;
  const auto& type = reader.TypeOf(reader.scope()[*reg].value);
  if (!type || !ir::IsInteger(type->dtype)) {
    return std::nullopt;
  }
  return Dequantize{{*reg}, op->params, reader.scope()[*reg].made_with.value_or(ir::QuantParams{})};
}

void Dequantize::Evaluate(PointBlock& block) const {
  const OperandPoints q = block.Read(input);
  const auto zero_point = static_cast<float>(params.zero_point);
  const auto scale = static_cast<float>(params.scale);
  DequantizePoints(zero_point, scale, q.low, block.low().data(), block.size());
  if (block.exact()) return;
  DequantizePoints(zero_point, scale, q.high, block.high().data(), block.size());
}

std::optional<int> Dequantize::Direction(const Directions& known) const { return known.At(input); }

LinearForm Dequantize::Line(const Lines& known) const { return known.At(input); }

void Dequantize::Ideal(const IdealBlock& known, std::span<double> out) const {
  const IdealPointsOf in = known.Read(input);
  if (!made_with ||
      (made_with->scale == params.scale && made_with->zero_point == params.zero_point)) {
    return ForEachIdeal(out, in, [](double x) { return x; });
  }
  ForEachIdeal(out, in, [this](double x) {
    const double code = x / made_with->scale + static_cast<double>(made_with->zero_point);
    return (code - static_cast<double>(params.zero_point)) * params.scale;
  });
}

std::optional<TaylorModel> Dequantize::Model(const CellModels& known) const {
  if (known.is_float()) return std::nullopt;  // codes have no model
  const TaylorModel x = known.At(input);
  if (!made_with ||
      (made_with->scale == params.scale && made_with->zero_point == params.zero_point)) {
    return x;
  }
  const TaylorModel code = x * (1 / made_with->scale) + static_cast<double>(made_with->zero_point);
  return (code + -static_cast<double>(params.zero_point)) * params.scale;
}

int Dequantize::Degree(const Degrees& known) const { return known.At(input); }

// e * s / s_made + one rounding: a deviation of codes is in units of the scale that made them. Of
// 16 bits it counts that f32(s) is off s as well, and of 32 bits the rounding of q - z, too.
double Dequantize::Deviation(const Deviations& known, std::uint32_t to) const {
  const double e = known.At(input) * (made_with ? params.scale / made_with->scale : 1.0);
  const auto roundings = static_cast<int>(ir::ElementSize(params.dtype));
  return e + known.RoundAt(known.SizeOf(to) + (roundings > 1 ? e : 0), roundings);
}

}  // namespace foldproof::prove::tail_op
