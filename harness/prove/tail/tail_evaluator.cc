// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/tail_evaluator.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/tail/kernel_step.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

using Code = TailInstruction::Code;

// An operand of one instruction: a register's points, or one number.
struct Input {
  const float* low = nullptr;
  const float* high = nullptr;
  float number = 0;

  float Low(std::size_t i) const { return low == nullptr ? number : low[i]; }
  float High(std::size_t i) const { return low == nullptr ? number : high[i]; }
};

struct Interval {
  float low, high;
};

Interval Hull(std::initializer_list<float> candidates) {
  Interval out{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
  for (const float x : candidates) {
    if (std::isnan(x)) return {x, x};
    out = {std::min(out.low, x), std::max(out.high, x)};
  }
  return out;
}

// One float32 operation, rounded once; the quotient rounded again by floor or trunc where asked.
float Apply(const TailInstruction& op, float a, float b) {
  switch (op.code) {
    case Code::kAdd: return a + op.alpha * b;
    case Code::kSub: return a - op.alpha * b;
    case Code::kMul: return a * b;
    case Code::kDiv:
      if (op.rounding == ir::Binary::Rounding::kTrunc) return std::trunc(a / b);
      if (op.rounding == ir::Binary::Rounding::kFloor) return FloorDivide(a, b);
      return a / b;
    case Code::kMinimum: return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
    case Code::kMaximum: return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
    default: FP_CHECK(!"a binary instruction"); return 0;
  }
}

FOLDPROOF_VECTOR_CLONES
void BinaryExact(const TailInstruction& op, const Input& a, const Input& b, std::span<float> out) {
  const std::size_t n = out.size();
  if (op.code == Code::kAdd && op.alpha == 1) {
    for (std::size_t i = 0; i < n; ++i) out[i] = a.Low(i) + b.Low(i);
  } else if (op.code == Code::kMul) {
    for (std::size_t i = 0; i < n; ++i) out[i] = a.Low(i) * b.Low(i);
  } else if (op.code == Code::kDiv && op.rounding == ir::Binary::Rounding::kNone) {
    for (std::size_t i = 0; i < n; ++i) out[i] = a.Low(i) / b.Low(i);
  } else {
    for (std::size_t i = 0; i < n; ++i) out[i] = Apply(op, a.Low(i), b.Low(i));
  }
}

// What alpha * b, fused with the addition or not, and the ends of both intervals can give. A
// quotient by an interval around 0 can be anything.
void BinaryInterval(const TailInstruction& op, const Input& a, const Input& b, std::span<float> low,
                    std::span<float> high) {
  for (std::size_t i = 0; i < low.size(); ++i) {
    Interval hull{};
    const float ends_a[2] = {a.Low(i), a.High(i)};
    const float ends_b[2] = {b.Low(i), b.High(i)};
    if (op.code == Code::kDiv && ends_b[0] <= 0 && ends_b[1] >= 0 && ends_b[0] != ends_b[1]) {
      hull = {-std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
    } else {
      hull = Hull({Apply(op, ends_a[0], ends_b[0]), Apply(op, ends_a[0], ends_b[1]),
                   Apply(op, ends_a[1], ends_b[0]), Apply(op, ends_a[1], ends_b[1])});
      if (op.code == Code::kAdd || op.code == Code::kSub) {
        const float alpha = op.code == Code::kAdd ? op.alpha : -op.alpha;
        hull = Hull({hull.low, hull.high, std::fma(alpha, ends_b[0], ends_a[0]),
                     std::fma(alpha, ends_b[0], ends_a[1]), std::fma(alpha, ends_b[1], ends_a[0]),
                     std::fma(alpha, ends_b[1], ends_a[1])});
      }
    }
    low[i] = hull.low;
    high[i] = hull.high;
  }
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

void Quantize(const ir::QuantParams& params, const float* in, std::span<float> out,
              std::span<std::uint8_t> flags) {
  const exec::QuantizeConstants q = exec::MakeQuantizeConstants(params.scale, params.zero_point,
                                                                params.quant_min, params.quant_max);
  QuantizePoints(q, params.dtype == ir::ScalarType::kInt32, in, out.data(), flags.data(),
                 out.size());
}

FOLDPROOF_VECTOR_CLONES
void DequantizePoints(float zero_point, float scale, const float* __restrict in,
                      float* __restrict out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = (in[i] - zero_point) * scale;
}

void Dequantize(const ir::QuantParams& params, const float* in, std::span<float> out) {
  DequantizePoints(static_cast<float>(params.zero_point), static_cast<float>(params.scale), in,
                   out.data(), out.size());
}

FOLDPROOF_VECTOR_CLONES
void FusedPoints(float alpha, float beta, const float* __restrict in, float* __restrict out,
                 std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = std::fma(in[i], alpha, beta);
}

void AffinePoints(float alpha, float beta, bool fused, const float* in, std::span<float> out) {
  if (fused) return FusedPoints(alpha, beta, in, out.data(), out.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = in[i] * alpha + beta;
}

// clamp propagates NaN: min(max(x, low), high) keeps it.
FOLDPROOF_VECTOR_CLONES
void ClampPoints(const TailInstruction& op, const float* in, std::span<float> out) {
  const float inf = std::numeric_limits<float>::infinity();
  const float low = op.low ? static_cast<float>(*op.low) : -inf;
  const float high = op.high ? static_cast<float>(*op.high) : inf;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float raised = in[i] < low ? low : in[i];
    out[i] = raised > high ? high : raised;
  }
}

}  // namespace

void RegisterBlock::Resize(std::size_t registers, std::size_t points) {
  points_ = points;
  const std::size_t cells = registers * points;
  if (low_.size() < cells) {
    low_.resize(cells);
    flags_.resize(cells);
  }
  exact_.assign(registers, 1);
}

void RegisterBlock::set_exact(std::size_t reg, bool exact) {
  exact_[reg] = exact;
  if (!exact && high_.size() < low_.size()) high_.resize(low_.size());
}

bool IsBitExact(const TailInstruction& op) {
  if (op.code == Code::kUnary) return IsBitExact(op.function);
  if (op.code != Code::kAdd && op.code != Code::kSub) return true;
  int exponent = 0;  // a power of two times b is exact, fused or not
  return std::abs(std::frexp(op.alpha, &exponent)) == 0.5f;
}

TailEvaluator::TailEvaluator(const Tail& tail, const ConvSide& side, std::size_t channel)
    : tail_(&tail),
      channel_(channel),
      input_scale_(static_cast<double>(static_cast<float>(side.input_params.scale))),
      weight_scale_(side.weight_scales[channel]),
      bias_(side.bias.value[channel]),
      ideal_bias_(side.bias.ideal[channel]) {}

namespace {

// v = f32(f64(f64(A * f32(s_x)) * f32(s_w[c])) + b)
FOLDPROOF_VECTOR_CLONES
void ConvPoints(std::span<const std::int64_t> accumulators, double input_scale, double weight_scale,
                double bias, float* out) {
  for (std::size_t i = 0; i < accumulators.size(); ++i) {
    out[i] = static_cast<float>(static_cast<double>(accumulators[i]) * input_scale * weight_scale +
                                bias);
  }
}

}  // namespace

// The accumulator's code, clamped to [quant_min, quant_max].
void TailEvaluator::Requantize(const TailInstruction& op,
                               std::span<const std::int64_t> accumulators, std::span<float> out,
                               std::span<std::uint8_t> flags) const {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t code = UnclampedKernelCode(*tail_, op, channel_, accumulators[i]);
    const std::int64_t kept = std::clamp(code, op.params.quant_min, op.params.quant_max);
    out[i] = static_cast<float>(kept);
    flags[i] = kept == code ? 0 : RegisterBlock::kClipped;
  }
}

void TailEvaluator::Evaluate(std::span<const std::int64_t> accumulators,
                             std::span<const std::uint32_t> path, RegisterBlock& block) const {
  block.Resize(tail_->values.size(), accumulators.size());
  ConvPoints(accumulators, input_scale_, weight_scale_, bias_, block.low(0).data());
  const auto input = [&](const TailOperand& operand) {
    if (operand.is_register) {
      const RegisterBlock& read = block;
      return Input{read.low(operand.index).data(), read.high(operand.index).data(), 0};
    }
    const float number = tail_->constants[operand.index].At(channel_);
    return Input{nullptr, nullptr, number};
  };
  const auto exact = [&](const TailOperand& operand) {
    return !operand.is_register || block.exact(operand.index);
  };
  for (const std::uint32_t index : path) {
    const TailInstruction& op = tail_->instructions[index];
    const std::size_t to = index + 1;
    const bool binary = op.code >= Code::kAdd && op.code <= Code::kMaximum;
    const bool point = IsBitExact(op) && exact(op.left) && (!binary || exact(op.right));
    block.set_exact(to, point);
    const Input left = input(op.left);
    const std::span<float> low = block.low(to);
    const std::span<float> high = block.high(to);
    switch (op.code) {
      case Code::kAdd:
      case Code::kSub:
      case Code::kMul:
      case Code::kDiv:
      case Code::kMinimum:
      case Code::kMaximum:
        if (point)
          BinaryExact(op, left, input(op.right), low);
        else
          BinaryInterval(op, left, input(op.right), low, high);
        break;
      case Code::kQuantize:
        std::ranges::fill(block.flags(to), std::uint8_t{0});
        if (!point) Quantize(op.params, left.high, high, block.flags(to));
        Quantize(op.params, left.low, low, block.flags(to));
        break;
      case Code::kRequantize: Requantize(op, accumulators, low, block.flags(to)); break;
      case Code::kDequantize:
        Dequantize(op.params, left.low, low);
        if (!point) Dequantize(op.params, left.high, high);
        break;
      case Code::kAffine: {
        const AffineConstants& affine = tail_->affines[op.affine];
        const float alpha = affine.scale.At(channel_);
        const float beta = affine.shift.At(channel_);
        const bool fused = affine.fused;
        AffinePoints(alpha, beta, fused, alpha < 0 && !point ? left.high : left.low, low);
        if (!point) AffinePoints(alpha, beta, fused, alpha < 0 ? left.low : left.high, high);
        break;
      }
      case Code::kClamp:
        ClampPoints(op, left.low, low);
        if (!point) ClampPoints(op, left.high, high);
        break;
      case Code::kUnary:
        if (point)
          ApplyExact(op.function, op.parameters, {left.low, low.size()}, low);
        else
          ApplyInterval(op.function, op.parameters, {left.low, low.size()},
                        {left.high, high.size()}, low, high);
        break;
      case Code::kMove:
        std::copy_n(left.low, low.size(), low.begin());
        if (!point) std::copy_n(left.high, high.size(), high.begin());
        break;
    }
  }
}

}  // namespace foldproof::prove
