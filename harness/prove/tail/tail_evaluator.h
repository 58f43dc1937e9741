// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/conv/conv_side.h"
#include "harness/prove/tail/tail.h"

namespace foldproof::prove {

// The registers of a tail at many accumulators at once. Where an operator's bits differ between
// PyTorch's vector and scalar kernels or between builds (sigmoid, exp), a register holds an
// interval that contains whatever it can be; elsewhere low and high are the same number.
class RegisterBlock {
 public:
  enum Flag : std::uint8_t { kClipped = 1, kNan = 2 };

  void Resize(std::size_t registers, std::size_t points);
  std::size_t points() const { return points_; }
  std::span<float> low(std::size_t reg) { return {low_.data() + reg * points_, points_}; }
  // Empty where the register is exact.
  std::span<float> high(std::size_t reg) {
    return exact_[reg] ? std::span<float>() : std::span(high_.data() + reg * points_, points_);
  }
  std::span<const float> low(std::size_t reg) const {
    return {low_.data() + reg * points_, points_};
  }
  // Of an exact register this is low(reg).
  std::span<const float> high(std::size_t reg) const {
    return exact_[reg] ? low(reg) : std::span<const float>(high_.data() + reg * points_, points_);
  }
  // What happened at the quantizer that makes register `reg`: Flags.
  std::span<std::uint8_t> flags(std::size_t reg) {
    return {flags_.data() + reg * points_, points_};
  }
  std::span<const std::uint8_t> flags(std::size_t reg) const {
    return {flags_.data() + reg * points_, points_};
  }
  bool exact(std::size_t reg) const { return exact_[reg] != 0; }
  void set_exact(std::size_t reg, bool exact);

 private:
  std::size_t points_ = 0;
  std::vector<float> low_, high_;
  std::vector<std::uint8_t> flags_, exact_;
};

// One channel of one side's tail, in float32 as PyTorch computes it (docs/numerics.md).
class TailEvaluator {
 public:
  // All three outlive the evaluator.
  TailEvaluator(const Tail& tail, const ConvSide& side, std::size_t channel);

  // Computes register 0 and the registers of the instructions `path` (ascending, closed under
  // operands) at `accumulators`.
  void Evaluate(std::span<const std::int64_t> accumulators, std::span<const std::uint32_t> path,
                RegisterBlock& block) const;

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
  double ideal_bias() const { return ideal_bias_; }
  double input_scale() const { return input_scale_; }
  double weight_scale() const { return weight_scale_; }

 private:
  void Requantize(const TailInstruction& op, std::span<const std::int64_t> accumulators,
                  std::span<float> out, std::span<std::uint8_t> flags) const;

  const Tail* tail_;
  std::size_t channel_;
  double input_scale_;
  double weight_scale_;
  double bias_;
  double ideal_bias_;
};

// True where `instruction` gives the same bits in every kernel and build, given exact operands.
bool IsBitExact(const TailInstruction& instruction);

}  // namespace foldproof::prove
