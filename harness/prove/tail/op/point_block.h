// SPDX-License-Identifier: BSD-3-Clause
//
// The registers of a tail at many accumulators at once, in float32, and how one operator sees them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/tail/op/operand.h"

namespace foldproof::prove {

// Where an operator's bits differ between PyTorch's vector and scalar kernels or between builds
// (sigmoid, exp), a register holds an interval that contains whatever it can be; elsewhere low and
// high are the same number.
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
  // It is low(reg) where the register is exact.
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

enum class IntervalEnd { kLow, kHigh };

// An operand at every point of a block: a register's points, or one number.
struct OperandPoints {
  const float* low = nullptr;
  const float* high = nullptr;
  float number = 0;

  float Low(std::size_t i) const { return low == nullptr ? number : low[i]; }
  float High(std::size_t i) const { return low == nullptr ? number : high[i]; }
};

// What one operator reads and writes while a block is evaluated in one channel.
class PointBlock {
 public:
  PointBlock(std::span<const std::int64_t> accumulators, std::size_t channel, std::size_t to,
             RegisterBlock& block)
      : accumulators_(accumulators), channel_(channel), to_(to), block_(block) {}

  std::size_t size() const { return accumulators_.size(); }
  std::size_t channel() const { return channel_; }
  std::span<const std::int64_t> accumulators() const { return accumulators_; }

  OperandPoints Read(std::uint32_t reg) const {
    const RegisterBlock& read = block_;
    return {read.low(reg).data(), read.high(reg).data(), 0};
  }
  OperandPoints Read(const TailOperand& operand) const {
    if (const auto* reg = std::get_if<std::uint32_t>(&operand)) return Read(*reg);
    return {nullptr, nullptr, std::get<ChannelConstant>(operand).At(channel_)};
  }

  bool exact() const { return block_.exact(to_); }
  bool exact(std::uint32_t reg) const { return block_.exact(reg); }
  void set_exact(bool exact) { block_.set_exact(to_, exact); }
  std::span<float> low() { return block_.low(to_); }
  std::span<float> high() { return block_.high(to_); }  // empty where exact()
  std::span<std::uint8_t> flags() { return block_.flags(to_); }

 private:
  std::span<const std::int64_t> accumulators_;
  std::size_t channel_;
  std::size_t to_;  // the register of the result
  RegisterBlock& block_;
};

}  // namespace foldproof::prove
