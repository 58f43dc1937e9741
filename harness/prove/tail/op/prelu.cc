// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/prelu.h"

#include <algorithm>
#include <cmath>
#include <utility>

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
void PreluPoints(float slope, const float* in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] > 0 ? in[i] : slope * in[i];
}

}  // namespace

std::optional<Prelu> Prelu::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Prelu>();
  if (op == nullptr || !reader.ResultHasType(ir::ScalarType::kFloat32)) return std::nullopt;
  const auto reg = reader.Input(op->input);
  if (!reg || !reader.HasType(*reg, ir::ScalarType::kFloat32)) return std::nullopt;
  // Its slopes lie along dimension 1.
  const TailScope& scope = reader.scope();
  const auto slopes = scope.constants().Find(scope.view().Read(reader.node().id, op->weight));
  if (slopes == nullptr || slopes->value.dtype != ir::ScalarType::kFloat32 ||
      !slopes->roots.empty() || slopes->value.sizes.size() > 1) {
    return std::nullopt;
  }
  const auto count = static_cast<std::size_t>(slopes->value.count());
  const bool by_channel =
      count == scope.channels() && reader.result.placement.channel_axis == std::size_t{1};
  if (count != 1 && !by_channel) return std::nullopt;
  const auto values = slopes->value.Elements<float>();
  Prelu out{{*reg}, {{values.begin(), values.end()}, slopes->Ideal()}};
  const auto is_finite = [](float x) { return std::isfinite(x); };
  if (!std::ranges::all_of(out.slope.value, is_finite)) return std::nullopt;
  return out;
}

// Between two numbers of unlike sign it passes 0, where it turns if its slope is below 0.
void Prelu::Evaluate(PointBlock& block) const {
  const OperandPoints x = block.Read(input);
  const float factor = slope.At(block.channel());
  PreluPoints(factor, x.low, block.low());
  if (block.exact()) return;
  PreluPoints(factor, x.high, block.high());
  const std::span<float> low = block.low(), high = block.high();
  for (std::size_t i = 0; i < low.size(); ++i) {
    if (low[i] > high[i]) std::swap(low[i], high[i]);
    if (x.low[i] < 0 && x.high[i] > 0) {
      low[i] = std::min(low[i], 0.0f);
      high[i] = std::max(high[i], 0.0f);
    }
  }
}

std::optional<int> Prelu::Direction(const Directions& known) const {
  return slope.At(known.channel()) >= 0 ? known.At(input) : std::nullopt;
}

LinearForm Prelu::Line(const Lines& known) const { return known.At(input); }

void Prelu::Ideal(const IdealBlock& known, std::span<double> out) const {
  const double factor = slope.IdealAt(known.channel());
  ForEachIdeal(out, known.Read(input), [factor](double x) { return x > 0 ? x : factor * x; });
}

std::optional<TaylorModel> Prelu::Model(const CellModels& known) const {
  const TaylorModel x = known.At(input);
  if (!x.IsFinite()) return std::nullopt;
  if (x.Low() > x.Slack()) return x;
  if (x.High() < -x.Slack()) return known.Rounded(x * known.Number(slope));
  return std::nullopt;
}

int Prelu::Degree(const Degrees& known) const { return OfLinesAlone(known.At(input)); }

Kinks Prelu::FindKinks() const {
  Kinks out;
  out.levels = {0};
  out.number = [reg = input](const IdealBlock& at, std::size_t i) { return at.Read(reg)[i]; };
  return out;
}

// e max(1, |slope|) + four roundings, and what the slope is off its ideal.
double Prelu::Deviation(const Deviations& known, std::uint32_t to) const {
  const double spread = known.At(input) * std::max(1.0, known.SizeOfConstant(slope));
  if (!known.rounding()) return spread;
  return spread + known.OffIdeal(slope) * known.SizeOf(input) + known.Round(to, 4);
}

}  // namespace foldproof::prove::tail_op
