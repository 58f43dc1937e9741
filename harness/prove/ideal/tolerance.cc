// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal/tolerance.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/prove/tail/op/deviations.h"

namespace foldproof::prove {
namespace {

void Visit(const Tail& tail, std::uint32_t index, Deviations& deviations) {
  deviations.Set(index + 1, DeviationOf(tail.instructions[index].op, deviations, index + 1));
}

// How far after's bias may be from the constant that it took in. In a channel whose constant is
// less than half a step no code changes; that a fold happened is seen in the other channels, or in
// the ops that went.
double ConstantError(const SiteSide& before, const SiteSide& after, std::size_t channel) {
  const ConvBias& bias = after.conv.bias;
  const bool took_one_in = before.conv.bias.value != bias.value ||
                           before.tail.instructions.size() != after.tail.instructions.size();
  if (!took_one_in || bias.kind == ConvBias::Kind::kNone) return 0;
  if (bias.kind == ConvBias::Kind::kQuantized) return bias.steps[channel] / 2;
  return kFoldRoundings * kFloatUnit * std::abs(bias.value[channel]) + kSubnormal;
}

// The rounding of what cancels where a fold makes its constant: (b - mean) * alpha + beta may be
// small where its terms are not.
double CancelledConstants(const SiteSide& before, const SiteSide& after, const Frontier& end,
                          std::size_t channel) {
  if (after.conv.bias.kind != ConvBias::Kind::kFloat) return 0;
  double size = 0;
  for (const std::uint32_t index : end.path) {
    const auto* affine = std::get_if<tail_op::Affine>(&before.tail.instructions[index].op);
    if (affine == nullptr) continue;
    size += std::abs(before.conv.bias.ideal[channel] * affine->constants.scale.IdealAt(channel)) +
            2 * std::abs(affine->constants.centre[channel]) +
            std::abs(affine->constants.shift.IdealAt(channel));
  }
  return kFoldRoundings * kFloatUnit * size;
}

// The largest difference of two ideal registers over the points where both are finite.
double Shift(const IdealPoints& ideal, std::uint32_t before, std::uint32_t after) {
  double shift = 0;
  for (std::size_t i = 0; i < ideal.points; ++i) {
    const double d =
        std::abs(ideal.before[before * ideal.points + i] - ideal.after[after * ideal.points + i]);
    if (std::isfinite(d)) shift = std::max(shift, d);
  }
  return shift;
}

// Behind a quantizer with unshifted values the two sides are compared with each other, and no
// longer with their ideals. What the before-side alone adds there, a constant too small to be
// folded into a code, comes on top.
class LaterShift {
 public:
  LaterShift(const IdealPoints& ideal, const Deviations& constant, double lsb)
      : ideal_(ideal), constant_(constant), slack_(1e-9 * lsb) {}

  void CompareAt(double shift) { compared_ = shift; }
  double At(std::uint32_t before, std::uint32_t after) const {
    const double shift = Shift(ideal_, before, after);
    const bool is_more = compared_ && shift > *compared_ + slack_;
    return is_more ? std::min(shift, constant_.At(after)) : 0;
  }

 private:
  const IdealPoints& ideal_;
  const Deviations& constant_;
  double slack_;
  std::optional<double> compared_;  // how far the ideals were apart at the last such quantizer
};

}  // namespace

Tolerance DeriveTolerance(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                          std::size_t channel, const IdealPoints& ideal, const SumErrors& sums) {
  const Frontier& b_end = before.tail.frontiers[pair.before];
  const Frontier& a_end = after.tail.frontiers[pair.after];
  const auto count = sums.bound ? Deviations::Count::kBound : Deviations::Count::kRounding;
  const double bias = ConstantError(before, after, channel) +
                      (sums.bound ? CancelledConstants(before, after, b_end, channel) : 0);
  const double error = bias + sums.weights;
  const std::size_t b_registers = before.tail.values.size(), a_registers = after.tail.values.size();
  Deviations b(b_registers, channel, ideal.before, ideal.points, sums.before, count);
  Deviations a(a_registers, channel, ideal.after, ideal.points, error + sums.after, count);
  Deviations constant(a_registers, channel, ideal.after, ideal.points, error,
                      Deviations::Count::kSpread);
  for (const std::uint32_t index : a_end.path) Visit(after.tail, index, constant);
  LaterShift later(ideal, constant, pair.lsb);
  auto b_at = b_end.path.begin();
  auto a_at = a_end.path.begin();
  for (const auto& [b_quantizer, a_quantizer] : pair.aligned) {
    for (; *b_at != b_quantizer; ++b_at) Visit(before.tail, *b_at, b);
    for (; *a_at != a_quantizer; ++a_at) Visit(after.tail, *a_at, a);
    const TailOperator& b_op = before.tail.instructions[b_quantizer].op;
    const TailOperator& a_op = after.tail.instructions[a_quantizer].op;
    const double b_in = DeviationBeforeRounding(b_op, b);
    const double a_in =
        DeviationBeforeRounding(a_op, a) + later.At(b_quantizer + 1, a_quantizer + 1);
    const double apart = b_in + a_in;
    const double scale = ParamsOf(b_op).scale;
    // Equal parameters and values no further apart than precision explains: the codes differ by at
    // most floor(e / s) + 1. Otherwise each side rounds for itself.
    // (The ideal of a quantizer is that of its input.)
    const double shift = Shift(ideal, b_quantizer + 1, a_quantizer + 1);
    const bool unshifted = shift <= apart * (1 + 1e-6) + 1e-6 * scale;
    if (unshifted) later.CompareAt(shift);
    b.Set(*b_at++ + 1, unshifted ? 0 : b_in + scale / 2);
    a.Set(*a_at++ + 1, unshifted ? scale * (std::floor(apart / scale) + 1) : a_in + scale / 2);
  }
  for (; b_at != b_end.path.end(); ++b_at) Visit(before.tail, *b_at, b);
  for (; a_at != a_end.path.end(); ++a_at) Visit(after.tail, *a_at, a);

  // Codes that leave the tail are told in codes: one is as much as its quantizer's scale.
  const auto code_scale = [](const Tail& tail, const Frontier& end) {
    const auto q = EndingQuantizer(tail, end.reg);
    return end.codes && q ? ParamsOf(tail.instructions[*q].op).scale : 1.0;
  };
  const double unit = pair.lsb * code_scale(before.tail, b_end);
  const double apart = b.At(b_end.reg) + a.At(a_end.reg) + later.At(b_end.reg, a_end.reg);
  const double seen = constant.At(a_end.reg);
  const bool is_quantized = after.conv.bias.kind == ConvBias::Kind::kQuantized;
  return {apart / unit, seen, is_quantized && bias > 0 ? seen * (bias / error) : 0};
}

}  // namespace foldproof::prove
