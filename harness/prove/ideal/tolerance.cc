// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal/tolerance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"

namespace foldproof::prove {
namespace {

void Visit(const Tail& tail, std::uint32_t index, Deviations& deviations) {
  deviations.Set(index + 1, DeviationOf(tail.instructions[index].op, deviations, index + 1));
}

// The terms of what a fold puts into a bias, (b - mean) * alpha + beta: they may cancel, so that it
// is small where they are not.
double TermsOfConstant(const SiteSide& before, const Frontier& end, std::size_t channel) {
  double size = 0;
  for (const std::uint32_t index : end.path) {
    const auto* affine = std::get_if<tail_op::Affine>(&before.tail.instructions[index].op);
    if (affine == nullptr) continue;
    size += std::abs(before.conv.bias.ideal[channel] * affine->constants.scale.IdealAt(channel)) +
            2 * std::abs(affine->constants.centre[channel]) +
            std::abs(affine->constants.shift.IdealAt(channel));
  }
  return size;
}

// How far after's bias may be from the constant that it took in: codes by half a step, as a fold
// has to round them once. In a channel whose constant is less than half a step no code changes;
// that a fold happened is seen in the other channels, or in the ops that went.
double ConstantError(const SiteSide& before, const SiteSide& after, const Frontier& before_end,
                     std::size_t channel) {
  const ConvBias& bias = after.conv.bias;
  const bool took_one_in = before.conv.bias.value != bias.value ||
                           before.tail.instructions.size() != after.tail.instructions.size();
  if (!took_one_in || bias.kind == ConvBias::Kind::kNone) return 0;
  if (bias.kind == ConvBias::Kind::kQuantized) return std::abs(bias.steps[channel]) / 2;
  return kFoldRoundings * kFloatUnit * std::abs(bias.value[channel]) + kSubnormal +
         kFoldRoundings * kFloatUnit * TermsOfConstant(before, before_end, channel);
}

// Behind two registers that stand for the same place, what either side makes of one number there:
// before's own, as its ideal has them. Nothing of after's in front of that place takes part, so
// that a wrong constant does not loosen what it is held to.
class Rests {
 public:
  Rests(const SiteSide& before, const SiteSide& after, const PairPlan& pair, std::size_t channel,
        const IdealPoints& ideal)
      : after_(after), pair_(pair), channel_(channel), ideal_(ideal) {
    before_end_ = before.tail.frontiers[pair.before].reg;
  }

  // How far apart the two are at the registers `b` and `a` further on, at most, where both are
  // finite, if after has before's numbers at `from`.
  double Apart(RegisterPair from, RegisterPair to) const {
    const std::size_t n = ideal_.points;
    std::vector<double> registers = ideal_.after;
    std::copy_n(ideal_.before.begin() + static_cast<std::ptrdiff_t>(from.first * n), n,
                registers.begin() + static_cast<std::ptrdiff_t>(from.second * n));
    const IdealBlock known(registers.data(), n, channel_);
    for (const std::uint32_t index : End().path) {
      if (index < from.second) continue;
      ComputeIdeal(after_.tail.instructions[index].op, known,
                   {registers.data() + (index + 1) * n, n});
    }
    double apart = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double d = std::abs(ideal_.before[to.first * n + i] - registers[to.second * n + i]);
      if (std::isfinite(d)) apart = std::max(apart, d);
    }
    return apart;
  }

  // What a right fold's values at `from` are apart: what the rests are apart, where the rest of
  // after's way does not make less of it.
  double Shift(RegisterPair from) const {
    const double apart = Apart(from, {before_end_, End().reg});
    Deviations spread(after_.tail.values.size(), channel_, ideal_.after, ideal_.points, 0,
                      Deviations::Count::kSpread);
    spread.Set(from.second, 1);
    for (const std::uint32_t index : End().path) {
      if (index >= from.second) Visit(after_.tail, index, spread);
    }
    const double gain = std::min(spread.At(End().reg), 1.0);
    return apart == 0 ? 0 : apart / std::max(gain, std::numeric_limits<double>::min());
  }

 private:
  const Frontier& End() const { return after_.tail.frontiers[pair_.after]; }

  const SiteSide& after_;
  const PairPlan& pair_;
  std::size_t channel_;
  const IdealPoints& ideal_;
  std::uint32_t before_end_ = 0;
};

// How far what PyTorch rounds the bias by may move the frontier of one side, real units.
double BiasRounding(const SiteSide& side, const Frontier& end, std::size_t channel,
                    const std::vector<double>& ideal, std::size_t points) {
  const double rounding = std::abs(side.conv.bias.RoundingAt(channel));
  // So much float32 rounds a code and its product by, and any kernel that sums floats rounds.
  const double slight = 2 * kFloatUnit * std::abs(side.conv.bias.value[channel]);
  if (rounding <= slight) return 0;
  Deviations spread(side.tail.values.size(), channel, ideal, points, rounding,
                    Deviations::Count::kSpread);
  for (const std::uint32_t index : end.path) Visit(side.tail, index, spread);
  return spread.At(end.reg);
}

}  // namespace

double RoundedBiasLsb(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                      std::size_t channel, const IdealPoints& ideal) {
  constexpr double kSlight = 0x1p-6;
  const ConvBias &b = before.conv.bias, &a = after.conv.bias;
  if (pair.identical && b.value[channel] == a.value[channel] && b.IsRoundedAs(a, channel)) return 0;
  const double moved =
      BiasRounding(before, before.tail.frontiers[pair.before], channel, ideal.before,
                   ideal.points) +
      BiasRounding(after, after.tail.frontiers[pair.after], channel, ideal.after, ideal.points);
  return moved <= kSlight * pair.lsb ? 0 : moved / pair.lsb;
}

std::string ReasonRoundedBias(double lsb) {
  return fmt::format(
      "its int32 bias is above 2^24, and what PyTorch rounds it by may move this by {:.4g} LSB",
      lsb);
}

Tolerance DeriveTolerance(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                          std::size_t channel, const IdealPoints& ideal, const SumErrors& sums) {
  const Frontier& b_end = before.tail.frontiers[pair.before];
  const Frontier& a_end = after.tail.frontiers[pair.after];
  const auto count = sums.bound ? Deviations::Count::kBound : Deviations::Count::kRounding;
  const double bias = ConstantError(before, after, b_end, channel);
  const double error = bias + sums.weights;
  const std::size_t b_registers = before.tail.values.size(), a_registers = after.tail.values.size();
  Deviations b(b_registers, channel, ideal.before, ideal.points, sums.before, count);
  Deviations a(a_registers, channel, ideal.after, ideal.points, error + sums.after, count);
  Deviations constant(a_registers, channel, ideal.after, ideal.points, error,
                      Deviations::Count::kSpread);
  for (const std::uint32_t index : a_end.path) Visit(after.tail, index, constant);
  const Rests rests(before, after, pair, channel, ideal);
  std::optional<RegisterPair> compared;  // the last quantizer with unshifted values
  // There the two sides are compared with each other, and no longer with their ideals. What the
  // before-side alone adds behind it, a constant too small to be folded into a code, comes on top.
  const auto later = [&](RegisterPair at) {
    const double apart = compared ? rests.Apart(*compared, at) : 0;
    return apart > 1e-9 * pair.lsb ? std::min(apart, constant.At(at.second)) : 0;
  };
  auto b_at = b_end.path.begin();
  auto a_at = a_end.path.begin();
  for (const auto& [b_quantizer, a_quantizer] : pair.aligned) {
    for (; *b_at != b_quantizer; ++b_at) Visit(before.tail, *b_at, b);
    for (; *a_at != a_quantizer; ++a_at) Visit(after.tail, *a_at, a);
    const TailOperator& b_op = before.tail.instructions[b_quantizer].op;
    const TailOperator& a_op = after.tail.instructions[a_quantizer].op;
    const RegisterPair here{b_quantizer + 1, a_quantizer + 1};
    const double b_in = DeviationBeforeRounding(b_op, b);
    const double a_in = DeviationBeforeRounding(a_op, a) + later(here);
    const double apart = b_in + a_in;
    const double scale = ParamsOf(b_op).scale;
    // Equal parameters and values no further apart than precision explains: the codes differ by at
    // most floor(e / s) + 1. Otherwise each side rounds for itself.
    // (The ideal of a quantizer is that of its input.)
    const bool unshifted = rests.Shift(here) <= apart * (1 + 1e-6) + 1e-6 * scale;
    if (unshifted) compared = here;
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
  const double apart = b.At(b_end.reg) + a.At(a_end.reg) + later({b_end.reg, a_end.reg});
  const double seen = constant.At(a_end.reg);
  const bool is_quantized = after.conv.bias.kind == ConvBias::Kind::kQuantized;
  return {apart / unit, seen, is_quantized && bias > 0 ? seen * (bias / error) : 0};
}

}  // namespace foldproof::prove
