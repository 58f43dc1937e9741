// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/cast.h"

#include <algorithm>
#include <cmath>

#include "harness/exec/quantized/half.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"

namespace foldproof::prove::tail_op {
namespace {

using ir::ScalarType;

bool IsHalf(ScalarType dtype) {
  return dtype == ScalarType::kFloat16 || dtype == ScalarType::kBFloat16;
}

// Whether a number of `from` becomes the same number of `to`, once and for all: 0 and 1 in every
// type of whole codes and of floats; whole numbers of a register in float32.
bool KeepsWhole(ScalarType from, ScalarType to) {
  if (from == ScalarType::kBool)
    return ir::IsInteger(to) || IsHalf(to) || to == ScalarType::kFloat32;
  return ir::IsInteger(from) && to == ScalarType::kFloat32;
}

float RoundedToHalf(ScalarType dtype, float x) {
  return dtype == ScalarType::kFloat16 ? exec::FromFloat16(exec::ToFloat16(x))
                                       : exec::FromBFloat16(exec::ToBFloat16(x));
}

}  // namespace

std::optional<Cast> Cast::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Cast>();
  if (op == nullptr || reader.IsRestrided() || !reader.ResultHasType(op->dtype)) {
    return std::nullopt;
  }
  const auto reg = reader.Input(op->input);
  if (!reg) return std::nullopt;
  const auto& from = reader.TypeOf(reader.scope()[*reg].value);
  if (!from) return std::nullopt;
  const auto& made_with = reader.scope()[*reg].made_with;
  const bool of_codes = ir::IsInteger(from->dtype) && made_with.has_value();
  const bool widens = KeepsWhole(from->dtype, op->dtype) ||
                      (op->dtype == ScalarType::kFloat32 && IsHalf(from->dtype));
  const bool narrows = IsHalf(op->dtype) && from->dtype == ScalarType::kFloat32;
  if (!widens && !narrows) return std::nullopt;
  return Cast{{*reg}, op->dtype, of_codes ? made_with : std::nullopt};
}

void Cast::Evaluate(PointBlock& block) const {
  const OperandPoints x = block.Read(input);
  const auto convert = [this](const float* in, std::span<float> out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = IsHalf(to) ? RoundedToHalf(to, in[i]) : in[i];
    }
  };
  convert(x.low, block.low());
  if (!block.exact()) convert(x.high, block.high());
}

// Rounding is monotone.
std::optional<int> Cast::Direction(const Directions& known) const { return known.At(input); }

LinearForm Cast::Line(const Lines& known) const {
  const LinearForm x = known.At(input);
  if (!made_with) return x;
  const double step = 1 / made_with->scale;
  return {x.slope * step, x.offset * step + static_cast<double>(made_with->zero_point)};
}

void Cast::Ideal(const IdealBlock& known, std::span<double> out) const {
  const IdealPointsOf in = known.Read(input);
  if (!made_with) return ForEachIdeal(out, in, [](double x) { return x; });
  ForEachIdeal(out, in, [this](double x) {
    return x / made_with->scale + static_cast<double>(made_with->zero_point);
  });
}

std::optional<TaylorModel> Cast::Model(const CellModels& known) const {
  if (known.is_float() && (made_with || IsHalf(to))) return std::nullopt;
  const TaylorModel x = known.At(input);
  if (!made_with) return x;
  return x * (1 / made_with->scale) + static_cast<double>(made_with->zero_point);
}

int Cast::Degree(const Degrees& known) const { return known.At(input); }

Kinks Cast::FindKinks() const { return {}; }

// Codes: e / scale. To a half type: e and half a step of it, 2^-11 or 2^-8 of the largest number,
// or that of its subnormal numbers.
double Cast::Deviation(const Deviations& known, std::uint32_t reg) const {
  if (made_with) return known.At(input) / made_with->scale;
  if (!IsHalf(to) || !known.rounding()) return known.At(input);
  const double unit = to == ScalarType::kFloat16 ? 0x1p-11 : 0x1p-8;
  const double least = to == ScalarType::kFloat16 ? 0x1p-25 : 0x1p-134;
  return known.At(input) + unit * (known.SizeOf(reg) + known.At(input)) + least;
}

}  // namespace foldproof::prove::tail_op
