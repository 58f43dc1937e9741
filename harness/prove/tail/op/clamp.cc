// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/clamp.h"

#include <cmath>
#include <limits>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/constants/function_models.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"

namespace foldproof::prove::tail_op {
namespace {

FOLDPROOF_VECTOR_CLONES
void ClampPoints(float low, float high, const float* in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float raised = in[i] < low ? low : in[i];
    out[i] = raised > high ? high : raised;
  }
}

}  // namespace

std::optional<Clamp> Clamp::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Clamp>();
  if (op == nullptr || !reader.ResultHasType(ir::ScalarType::kFloat32)) return std::nullopt;
  const auto reg = reader.Input(op->input);
  if (!reg || !reader.HasType(*reg, ir::ScalarType::kFloat32)) return std::nullopt;
  return Clamp{{*reg}, op->low, op->high};
}

void Clamp::Evaluate(PointBlock& block) const {
  const OperandPoints x = block.Read(input);
  const float inf = std::numeric_limits<float>::infinity();
  const float least = low ? static_cast<float>(*low) : -inf;
  const float most = high ? static_cast<float>(*high) : inf;
  ClampPoints(least, most, x.low, block.low());
  if (!block.exact()) ClampPoints(least, most, x.high, block.high());
}

std::optional<int> Clamp::Direction(const Directions& known) const { return known.At(input); }

LinearForm Clamp::Line(const Lines& known) const { return known.At(input); }

void Clamp::Ideal(const IdealBlock& known, std::span<double> out) const {
  ForEachIdeal(out, known.Read(input), [this](double x) {
    const double raised = low && x < *low ? *low : x;
    return high && raised > *high ? *high : raised;
  });
}

std::optional<TaylorModel> Clamp::Model(const CellModels& known) const {
  const auto number = [&](std::optional<double> end) {
    return end ? std::optional(known.Number(*end)) : end;
  };
  return ClampModel(known.At(input), number(low), number(high));
}

int Clamp::Degree(const Degrees& known) const { return OfLinesAlone(known.At(input)); }

Kinks Clamp::FindKinks() const {
  Kinks out;
  if (low) out.levels.push_back(*low);
  if (high) out.levels.push_back(*high);
  out.number = [reg = input](const IdealBlock& at, std::size_t i) { return at.Read(reg)[i]; };
  return out;
}

// e, and the float32 rounding of an end that is reached.
double Clamp::Deviation(const Deviations& known, std::uint32_t to) const {
  return known.At(input) + known.Round(to, 1);
}

std::optional<exec::Activation> Clamp::AsActivation() const {
  const bool has_nan = (low && std::isnan(*low)) || (high && std::isnan(*high));
  if (has_nan) return std::nullopt;
  return exec::Activation{low, high};
}

}  // namespace foldproof::prove::tail_op
