// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/affine.h"

#include <algorithm>
#include <cmath>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"
#include "harness/prove/tail/op/point_interval.h"

namespace foldproof::prove::tail_op {
namespace {

FOLDPROOF_VECTOR_CLONES
void FusedPoints(float alpha, float beta, const float* __restrict in, float* __restrict out,
                 std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = std::fma(in[i], alpha, beta);
}

void AffinePoints(float alpha, float beta, bool fused, const float* in, std::span<float> out) {
  if (fused) return FusedPoints(alpha, beta, in, out.data(), out.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] * alpha + beta;
}

// What eq. 6b gives of x, by either end's root or IEEE's.
PointInterval Stepwise(const StepwiseNorm& norm, std::size_t channel, float x) {
  const auto by = [&](const std::vector<float>& inverse) {
    return (x - norm.mean[channel]) * inverse[channel] * norm.weight[channel] + norm.bias[channel];
  };
  return Hull({by(norm.inverse[0]), by(norm.inverse[1]), by(norm.inverse[2])});
}

// What either formula gives of the numbers of [low, high]: both are monotone in x.
PointInterval EitherOf(const AffineConstants& constants, std::size_t channel, float low,
                       float high) {
  const float ends[2] = {low, high};
  float fused[2];
  AffinePoints(constants.scale.At(channel), constants.shift.At(channel), constants.fused, ends,
               fused);
  const PointInterval a = Stepwise(*constants.stepwise, channel, low);
  const PointInterval b = Stepwise(*constants.stepwise, channel, high);
  return Hull({fused[0], fused[1], a.low, a.high, b.low, b.high});
}

}  // namespace

std::optional<Affine> Affine::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::BatchNorm>();
  if (op == nullptr || op->training) return std::nullopt;
  const auto reg = reader.Input(op->input);
  // Channels of a batch_norm lie along dimension 1.
  if (!reg || reader.result.placement.channel_axis != std::size_t{1} ||
      !reader.ResultHasType(ir::ScalarType::kFloat32)) {
    return std::nullopt;
  }
  const TailScope& scope = reader.scope();
  auto folded = BatchNormConstants(scope.view(), scope.constants(), reader.node(), *op,
                                   scope.channels(), scope.variant());
  if (!folded) return std::nullopt;
  return Affine{{*reg}, *std::move(folded)};
}

void Affine::Evaluate(PointBlock& block) const {
  const OperandPoints x = block.Read(input);
  if (constants.stepwise) {
    for (std::size_t i = 0; i < block.size(); ++i) {
      const PointInterval y = EitherOf(constants, block.channel(), x.Low(i), x.High(i));
      block.low()[i] = y.low;
      block.high()[i] = y.high;
    }
    return;
  }
  const float alpha = constants.scale.At(block.channel());
  const float beta = constants.shift.At(block.channel());
  const bool turns = alpha < 0 && !block.exact();
  AffinePoints(alpha, beta, constants.fused, turns ? x.high : x.low, block.low());
  if (block.exact()) return;
  AffinePoints(alpha, beta, constants.fused, turns ? x.low : x.high, block.high());
}

std::optional<int> Affine::Direction(const Directions& known) const {
  return Turned(known.At(input), SignOf(constants.scale.At(known.channel())));
}

LinearForm Affine::Line(const Lines& known) const {
  const LinearForm x = known.At(input);
  const auto alpha = static_cast<double>(constants.scale.At(known.channel()));
  const auto beta = static_cast<double>(constants.shift.At(known.channel()));
  return {x.slope * alpha, x.offset * alpha + beta};
}

void Affine::Ideal(const IdealBlock& known, std::span<double> out) const {
  const double alpha = constants.scale.IdealAt(known.channel());
  const double beta = constants.shift.IdealAt(known.channel());
  ForEachIdeal(out, known.Read(input), [=](double x) { return x * alpha + beta; });
}

std::optional<TaylorModel> Affine::Model(const CellModels& known) const {
  const TaylorModel product = known.At(input) * known.Number(constants.scale);
  return known.Rounded((constants.fused ? product : known.Rounded(product)) +
                       known.Number(constants.shift));
}

int Affine::Degree(const Degrees& known) const { return known.At(input); }

// e |alpha| + 7 roundings of all terms, for either formula of batch_norm: alpha is off by 4 units,
// and with the roundings of ((x - mean) * inv) * gamma + bias by 7 at most, by 9 where its root may
// be a step off, of terms as large as |x alpha|, |mean alpha| and |bias| <= |beta| + |mean alpha|.
// These count, and not what is left of them: beta may be next to nothing where they cancel. What
// alpha and beta are off beyond 5 units comes on top: var + eps may cancel, a parameter may be
// computed of others, and a subnormal factor has few bits.
double Affine::Deviation(const Deviations& known, std::uint32_t) const {
  const double alpha = known.SizeOfConstant(constants.scale);
  const double spread = known.At(input) * alpha;
  if (!known.rounding()) return spread;
  const double terms = known.SizeOf(input) * alpha + known.SizeOfConstant(constants.shift) +
                       2 * std::abs(constants.centre[known.channel()]);
  const double off =
      known.OffIdeal(constants.scale) * known.SizeOf(input) + known.OffIdeal(constants.shift);
  return spread + known.RoundAt(terms, constants.stepwise ? 9 : 7) +
         std::max(0.0, off - 5 * kFloatUnit * terms);
}

}  // namespace foldproof::prove::tail_op
