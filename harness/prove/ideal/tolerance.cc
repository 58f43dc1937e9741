// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal/tolerance.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/ideal/ideal_tail.h"
#include "harness/prove/tail/kernel_step.h"

namespace foldproof::prove {
namespace {

using Code = TailInstruction::Code;

constexpr double kUnit = 0x1p-24;  // half a float32 step, relative
// Among subnormal numbers a step is 2^-149 however small they are: what an operation's kernels may
// be apart there (elementary_functions.cc).
constexpr double kSubnormal = 8 * 0x1p-149;

// How far one side's registers can be from its ideal ones, by precision alone.
class Deviations {
 public:
  // `rounding` false: no quantizer and no float32 rounding adds anything, only `start` spreads.
  Deviations(const Tail& tail, std::size_t channel, const std::vector<double>& ideal,
             std::size_t points, double start, bool rounding)
      : tail_(tail),
        channel_(channel),
        rounding_(rounding),
        start_(start),
        deviation_(tail.values.size(), 0),
        largest_(tail.values.size(), 0) {
    for (std::size_t r = 0; r < largest_.size(); ++r) {
      for (std::size_t i = 0; i < points; ++i) {
        const double x = std::abs(ideal[r * points + i]);
        if (std::isfinite(x)) largest_[r] = std::max(largest_[r], x);
      }
    }
    deviation_[0] = start + Round(0, 1);
  }

  double At(std::size_t reg) const { return deviation_[reg]; }
  void Set(std::size_t reg, double deviation) { deviation_[reg] = deviation; }
  // Of what the quantizer `index` rounds: its input, or in a kernel the product with what it cost.
  double BeforeRounding(std::uint32_t index) const {
    const TailInstruction& op = tail_.instructions[index];
    if (op.code != Code::kRequantize) return deviation_[op.left.index];
    if (!rounding_) return start_;
    return start_ + op.params.scale * KernelDeviation(tail_, op, channel_, largest_[0]);
  }

  void Visit(std::uint32_t index) {
    const TailInstruction& op = tail_.instructions[index];
    deviation_[index + 1] = Of(op, index + 1);
  }

 private:
  // `operations` float32 roundings of a number as large as the register gets.
  double Round(std::size_t reg, int operations) const { return RoundAt(largest_[reg], operations); }
  double RoundAt(double size, int operations) const {
    return rounding_ && std::isfinite(size) ? operations * kUnit * size + kSubnormal : 0;
  }
  double DeviationOf(const TailOperand& operand) const {
    return operand.is_register ? deviation_[operand.index] : 0;
  }
  double SizeOf(const TailOperand& operand) const {
    if (operand.is_register) return largest_[operand.index];
    return std::abs(tail_.constants[operand.index].IdealAt(channel_));
  }

  double Of(const TailInstruction& op, std::size_t to) const {
    const double a = DeviationOf(op.left);
    switch (op.code) {
      case Code::kQuantize:
      case Code::kRequantize:
        return BeforeRounding(static_cast<std::uint32_t>(to - 1)) +
               (rounding_ ? op.params.scale / 2 : 0);
      case Code::kDequantize: {
        // A deviation of codes is in units of the scale that made them.
        const TailInstruction* made = QuantizeOf(tail_, op);
        return a * (made ? op.params.scale / made->params.scale : 1.0) + Round(to, 1);
      }
      case Code::kAdd:
      case Code::kSub: {
        // Operands may be larger than what is left of them: each came with its own rounding.
        const double alpha = std::abs(op.ideal_alpha);
        const double size = std::max({largest_[to], SizeOf(op.left), alpha * SizeOf(op.right)});
        return a + alpha * DeviationOf(op.right) + RoundAt(size, 2);
      }
      case Code::kMul: {
        const double b = DeviationOf(op.right);
        return a * SizeOf(op.right) + b * SizeOf(op.left) + a * b + Round(to, 4);
      }
      case Code::kDiv: {
        if (op.right.is_register) return std::numeric_limits<double>::infinity();
        const double jump = op.rounding == ir::Binary::Rounding::kNone ? 0 : 1;
        return a / SizeOf(op.right) + jump + Round(to, 4);
      }
      case Code::kMinimum:
      case Code::kMaximum: return std::max(a, DeviationOf(op.right));
      case Code::kAffine: {
        const double scale = std::abs(tail_.affines[op.affine].scale.IdealAt(channel_));
        const double shift = std::abs(tail_.affines[op.affine].shift.IdealAt(channel_));
        return a * scale + RoundAt(std::max(largest_[to], SizeOf(op.left) * scale + shift), 5);
      }
      case Code::kUnary: return a * LipschitzBound(op.function, op.parameters) + Round(to, 4);
      case Code::kClamp:
      case Code::kMove: return a;
    }
    return std::numeric_limits<double>::infinity();
  }

  const Tail& tail_;
  std::size_t channel_;
  bool rounding_;
  double start_;
  std::vector<double> deviation_;
  std::vector<double> largest_;
};

// How far after's bias may be from the constant that it took in. In a channel whose constant is
// less than half a step no code changes; that a fold happened is seen in the other channels, or in
// the ops that went.
double ConstantError(const SiteSide& before, const SiteSide& after, std::size_t channel) {
  const ConvBias& bias = after.conv.bias;
  const bool took_one_in = before.conv.bias.value != bias.value ||
                           before.tail.instructions.size() != after.tail.instructions.size();
  if (!took_one_in || bias.kind == ConvBias::Kind::kNone) return 0;
  if (bias.kind == ConvBias::Kind::kQuantized) return bias.steps[channel] / 2;
  return kFoldRoundings * kUnit * std::abs(bias.value[channel]) + kSubnormal;
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
                          std::size_t channel, const IdealPoints& ideal) {
  const Frontier& b_end = before.tail.frontiers[pair.before];
  const Frontier& a_end = after.tail.frontiers[pair.after];
  const double error = ConstantError(before, after, channel);
  Deviations b(before.tail, channel, ideal.before, ideal.points, 0, true);
  Deviations a(after.tail, channel, ideal.after, ideal.points, error, true);
  Deviations constant(after.tail, channel, ideal.after, ideal.points, error, false);
  for (const std::uint32_t index : a_end.path) constant.Visit(index);
  LaterShift later(ideal, constant, pair.lsb);
  auto b_at = b_end.path.begin();
  auto a_at = a_end.path.begin();
  for (const auto& [b_quantizer, a_quantizer] : pair.aligned) {
    for (; *b_at != b_quantizer; ++b_at) b.Visit(*b_at);
    for (; *a_at != a_quantizer; ++a_at) a.Visit(*a_at);
    const TailInstruction& q = before.tail.instructions[b_quantizer];
    const double b_in = b.BeforeRounding(b_quantizer);
    const double a_in = a.BeforeRounding(a_quantizer) + later.At(b_quantizer + 1, a_quantizer + 1);
    const double apart = b_in + a_in;
    const double scale = q.params.scale;
    // Equal parameters and values no further apart than precision explains: the codes differ by at
    // most floor(e / s) + 1. Otherwise each side rounds for itself.
    // (The ideal of a quantizer is that of its input.)
    const double shift = Shift(ideal, b_quantizer + 1, a_quantizer + 1);
    const bool unshifted = shift <= apart * (1 + 1e-6) + 1e-6 * scale;
    if (unshifted) later.CompareAt(shift);
    b.Set(*b_at++ + 1, unshifted ? 0 : b_in + scale / 2);
    a.Set(*a_at++ + 1, unshifted ? scale * (std::floor(apart / scale) + 1) : a_in + scale / 2);
  }
  for (; b_at != b_end.path.end(); ++b_at) b.Visit(*b_at);
  for (; a_at != a_end.path.end(); ++a_at) a.Visit(*a_at);

  // Codes that leave the tail are told in codes: one is as much as its quantizer's scale.
  const auto code_scale = [](const Tail& tail, const Frontier& end) {
    const auto q = EndingQuantizer(tail, end.reg);
    return end.codes && q ? tail.instructions[*q].params.scale : 1.0;
  };
  const double unit = pair.lsb * code_scale(before.tail, b_end);
  const double apart = b.At(b_end.reg) + a.At(a_end.reg) + later.At(b_end.reg, a_end.reg);
  const double seen = constant.At(a_end.reg);
  const bool is_quantized = after.conv.bias.kind == ConvBias::Kind::kQuantized;
  return {apart / unit, seen, is_quantized ? seen : 0};
}

}  // namespace foldproof::prove
