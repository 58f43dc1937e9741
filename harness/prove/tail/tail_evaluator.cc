// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/tail_evaluator.h"

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
  for (std::size_t i = 0; i < accumulators.size(); ++i) {
    out[i] = static_cast<float>(static_cast<double>(accumulators[i]) * input_scale * weight_scale +
                                bias);
  }
}

}  // namespace

void TailEvaluator::Evaluate(std::span<const std::int64_t> accumulators,
                             std::span<const std::uint32_t> path, RegisterBlock& block) const {
  block.Resize(tail_->values.size(), accumulators.size());
  ConvPoints(accumulators, input_scale_, weight_scale_, bias_, block.low(0).data());
  EvaluateAgain(accumulators, path, block);
}

void TailEvaluator::EvaluateAgain(std::span<const std::int64_t> accumulators,
                                  std::span<const std::uint32_t> path, RegisterBlock& block) const {
  for (const std::uint32_t index : path) {
    PointBlock points(accumulators, channel_, index + 1, block);
    prove::Evaluate(tail_->instructions[index].op, points);
  }
}

}  // namespace foldproof::prove
