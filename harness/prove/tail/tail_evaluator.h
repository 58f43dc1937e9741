// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "harness/prove/conv/conv_side.h"
#include "harness/prove/tail/op/point_block.h"
#include "harness/prove/tail/tail.h"

namespace foldproof::prove {

// So many points are evaluated in one go: their registers stay in the cache.
inline constexpr std::size_t kPointsAtOnce = 4096;

// One channel of one side's tail, in float32 as PyTorch computes it (docs/numerics.md).
class TailEvaluator {
 public:
  // All three outlive the evaluator.
  TailEvaluator(const Tail& tail, const ConvSide& side, std::size_t channel);

  // Computes register 0 and the registers of the instructions `path` (ascending, closed under
  // operands) at `accumulators`.
  void Evaluate(std::span<const std::int64_t> accumulators, std::span<const std::uint32_t> path,
                RegisterBlock& block) const;

  // The same over cells: a register holds whatever it can be at any of [from[i], to[i]], by any
  // kernel. What stands between finite ends is finite.
  void EvaluateOver(std::span<const std::int64_t> from, std::span<const std::int64_t> to,
                    std::span<const std::uint32_t> path, RegisterBlock& block) const;

  // Computes the instructions `path` (ascending) once more, of another tail than `block` was
  // computed of at the same accumulators: every register is there, and all but these are the same.
  void EvaluateAgain(std::span<const std::int64_t> accumulators,
                     std::span<const std::uint32_t> path, RegisterBlock& block) const;

  // v = f32(f64(f64(A * f32(s_x)) * f32(s_w[c])) + b), every step in float64 but the last.
  float ConvValue(std::int64_t accumulator) const {
    return static_cast<float>(IdealConvValue(static_cast<double>(accumulator)));
  }
  // The same before its rounding to float32.
  double IdealConvValue(double accumulator) const {
    return accumulator * input_scale_ * weight_scale_ + bias_;
  }

  const Tail& tail() const { return *tail_; }
  std::size_t channel() const { return channel_; }
  double bias() const { return bias_; }
  double ideal_bias() const { return ideal_bias_; }
  double input_scale() const { return input_scale_; }
  double weight_scale() const { return weight_scale_; }

 private:
  const Tail* tail_;
  std::size_t channel_;
  double input_scale_;
  double weight_scale_;
  double bias_;
  double ideal_bias_;
};

}  // namespace foldproof::prove
