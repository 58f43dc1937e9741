// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/tail_evaluator.h"

#include <bit>
#include <utility>

#include "harness/exec/quantized/quantize.h"

namespace foldproof::prove {

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
  const auto value = [=](double a) {
    return static_cast<float>(a * input_scale * weight_scale + bias);
  };
  constexpr double kIntegers = 0x1.8p52;
  constexpr std::uint64_t kMost = std::uint64_t{1} << 51;
  std::uint64_t beyond = 0;  // of [-2^51, 2^51)
  for (const std::int64_t a : accumulators) beyond |= (static_cast<std::uint64_t>(a) + kMost) >> 52;
  if (beyond == 0) {
    // There 1.5 * 2^52 + A has the bits of the former and A: no conversion, which is slow.
    for (std::size_t i = 0; i < accumulators.size(); ++i) {
      const std::int64_t bits = std::bit_cast<std::int64_t>(kIntegers) + accumulators[i];
      out[i] = value(std::bit_cast<double>(bits) - kIntegers);
    }
    return;
  }
  for (std::size_t i = 0; i < accumulators.size(); ++i) {
    out[i] = value(static_cast<double>(accumulators[i]));
  }
}

}  // namespace

void TailEvaluator::Evaluate(std::span<const std::int64_t> accumulators,
                             std::span<const std::uint32_t> path, RegisterBlock& block) const {
  block.Resize(tail_->values.size(), accumulators.size());
  ConvPoints(accumulators, input_scale_, weight_scale_, bias_, block.low(0).data());
  EvaluateAgain(accumulators, path, block);
}

// The conv's value is monotone: every step of it is correctly rounded.
void TailEvaluator::EvaluateOver(std::span<const std::int64_t> from,
                                 std::span<const std::int64_t> to,
                                 std::span<const std::uint32_t> path, RegisterBlock& block) const {
  block.Resize(tail_->values.size(), from.size());
  block.set_exact(0, false);
  const std::span<float> low = block.low(0), high = block.high(0);
  ConvPoints(from, input_scale_, weight_scale_, bias_, low.data());
  ConvPoints(to, input_scale_, weight_scale_, bias_, high.data());
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (high[i] < low[i]) std::swap(low[i], high[i]);
  }
  EvaluateAgain(from, path, block);
}

void TailEvaluator::EvaluateAgain(std::span<const std::int64_t> accumulators,
                                  std::span<const std::uint32_t> path, RegisterBlock& block) const {
  for (const std::uint32_t index : path) {
    PointBlock points(accumulators, channel_, index + 1, block);
    prove::Evaluate(tail_->instructions[index].op, points);
  }
}

}  // namespace foldproof::prove
