// SPDX-License-Identifier: BSD-3-Clause
//
// The registers of a tail in float64, at many accumulators at once, and their degrees in A.
#pragma once

#include <span>
#include <vector>

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove {

// An operand at every point of a block: a register's points, or one number.
struct IdealPointsOf {
  const double* points = nullptr;
  double number = 0;

  double operator[](std::size_t i) const { return points == nullptr ? number : points[i]; }
};

// What is known of the registers so far, in one channel: row-major [register][point].
class IdealBlock {
 public:
  IdealBlock(const double* registers, std::size_t points, std::size_t channel)
      : registers_(registers), points_(points), channel_(channel) {}

  std::size_t channel() const { return channel_; }
  IdealPointsOf Read(std::uint32_t reg) const { return {registers_ + reg * points_, 0}; }
  IdealPointsOf Read(const TailOperand& operand) const {
    if (const auto* reg = std::get_if<std::uint32_t>(&operand)) return Read(*reg);
    return {nullptr, std::get<ChannelConstant>(operand).IdealAt(channel_)};
  }

 private:
  const double* registers_;
  std::size_t points_;
  std::size_t channel_;
};

template <typename Operation>
void ForEachIdeal(std::span<double> out, const IdealPointsOf& a, Operation operation) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = operation(a[i]);
}

template <typename Operation>
void ForEachIdeal(std::span<double> out, const IdealPointsOf& a, const IdealPointsOf& b,
                  Operation operation) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = operation(a[i], b[i]);
}

// The degrees in A, between kinks, of the registers so far.
class Degrees {
 public:
  explicit Degrees(std::size_t registers) : of_(registers, kNoPolynomial) { of_[0] = 1; }

  int At(std::uint32_t reg) const { return of_[reg]; }
  int At(const TailOperand& operand) const {
    const auto* reg = std::get_if<std::uint32_t>(&operand);
    return reg != nullptr ? of_[*reg] : 0;
  }
  void Set(std::uint32_t reg, int degree) { of_[reg] = degree; }

 private:
  std::vector<int> of_;
};

// `degree` where an operator makes lines of lines, kNoPolynomial where it would bend a parabola.
inline int OfLinesAlone(int degree) { return degree <= 1 ? degree : kNoPolynomial; }

}  // namespace foldproof::prove
