// SPDX-License-Identifier: BSD-3-Clause
//
// How the registers of a tail run with the accumulator A, composed operator by operator: their
// directions, which are proved, and the lines that a search looks along first.
#pragma once

#include <optional>
#include <vector>

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove {

inline int SignOf(float x) { return (x > 0) - (x < 0); }

// The direction of a + b where those of a and b are given: opposite ones cancel, who knows where.
std::optional<int> DirectionOfSum(std::optional<int> a, std::optional<int> b);

// The direction of a number times a factor of sign `sign`.
inline std::optional<int> Turned(std::optional<int> direction, int sign) {
  return direction ? std::optional(*direction * sign) : std::nullopt;
}

// The directions of the registers so far, in one channel. Register 0 rises.
class Directions {
 public:
  Directions(std::size_t registers, std::size_t channel)
      : channel_(channel), of_(registers, std::nullopt) {
    of_[0] = 1;
  }

  std::size_t channel() const { return channel_; }
  std::optional<int> At(std::uint32_t reg) const { return of_[reg]; }
  // A constant has direction 0.
  std::optional<int> At(const TailOperand& operand) const {
    const auto* reg = std::get_if<std::uint32_t>(&operand);
    return reg != nullptr ? of_[*reg] : std::optional(0);
  }
  void Set(std::uint32_t reg, std::optional<int> direction) { of_[reg] = direction; }

 private:
  std::size_t channel_;
  std::vector<std::optional<int>> of_;
};

// The lines of the registers so far, in one channel.
class Lines {
 public:
  Lines(std::size_t registers, std::size_t channel, LinearForm conv)
      : channel_(channel), of_(registers) {
    of_[0] = conv;
  }

  std::size_t channel() const { return channel_; }
  LinearForm At(std::uint32_t reg) const { return of_[reg]; }
  LinearForm At(const TailOperand& operand) const {
    if (const auto* reg = std::get_if<std::uint32_t>(&operand)) return of_[*reg];
    return {0, static_cast<double>(std::get<ChannelConstant>(operand).At(channel_))};
  }
  void Set(std::uint32_t reg, LinearForm line) { of_[reg] = line; }

 private:
  std::size_t channel_;
  std::vector<LinearForm> of_;
};

}  // namespace foldproof::prove
