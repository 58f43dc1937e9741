// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "harness/prove/tail/op/operand.h"

namespace foldproof::prove {

inline constexpr double kFloatUnit = 0x1p-24;  // half a float32 step, relative
// Among subnormal numbers a step is 2^-149 however small they are: what an operation's kernels may
// be apart there (elementary_functions.cc).
inline constexpr double kSubnormal = 8 * 0x1p-149;

// How far one side's registers can be from its ideal ones, by precision alone, in one channel
// (docs/proof.md, "Derived tolerance").
class Deviations {
 public:
  // What is counted: how `start` spreads alone; or besides what quantizers, float32 roundings and
  // constants that are off their ideals add, which a right fold has, too. As a bound the points
  // stand for all numbers between them, so where they are no more than samples there is none.
  enum class Count { kSpread, kRounding, kBound };

  // `ideal`: registers, row-major [register][point], which outlives this. The conv's value starts
  // with `start`.
  Deviations(std::size_t registers, std::size_t channel, const std::vector<double>& ideal,
             std::size_t points, double start, Count count);

  std::size_t channel() const { return channel_; }
  bool rounding() const { return count_ != Count::kSpread; }
  bool is_bound() const { return count_ == Count::kBound; }
  double start() const { return start_; }

  double At(std::uint32_t reg) const { return deviation_[reg]; }
  double At(const TailOperand& operand) const {
    if (const auto* reg = std::get_if<std::uint32_t>(&operand)) return deviation_[*reg];
    return rounding() ? OffIdeal(std::get<ChannelConstant>(operand)) : 0;
  }
  // What is no number, as 0 times a slope without a bound, is not known, and may be anything.
  void Set(std::size_t reg, double deviation) {
    const bool is_known = !std::isnan(deviation);
    deviation_[reg] = is_known ? deviation : std::numeric_limits<double>::infinity();
  }

  // The largest magnitude of a register's ideal, or of a constant: of its ideal and of what the
  // program has for it, which is more where it is subnormal and has few bits.
  double SizeOf(std::uint32_t reg) const { return largest_[reg]; }
  double SizeOf(const TailOperand& operand) const {
    if (const auto* reg = std::get_if<std::uint32_t>(&operand)) return largest_[*reg];
    return SizeOfConstant(std::get<ChannelConstant>(operand));
  }

  // The least and the largest finite number of a register's ideal; {0, 0} where it has none.
  std::pair<double, double> RangeOf(std::uint32_t reg) const;

  // `operations` float32 roundings of a number as large as register `reg` gets, or as `size`.
  double Round(std::uint32_t reg, int operations) const {
    return RoundAt(largest_[reg], operations);
  }
  double RoundAt(double size, int operations) const {
    if (count_ == Count::kSpread || !std::isfinite(size)) return 0;
    return operations * kFloatUnit * size + kSubnormal;
  }
  // How far two operands' ideals are apart, at most, at neighbouring points between which that of
  // `condition` changes.
  double ApartWhereChanging(std::uint32_t condition, const TailOperand& a,
                            const TailOperand& b) const;

  // What a quantizer's rounding adds: half its scale.
  double RoundToCode(double scale) const { return count_ == Count::kSpread ? 0 : scale / 2; }

  // How far a program's constant is from its ideal, its roots a step off or not.
  double OffIdeal(const ChannelConstant& constant) const;
  double SizeOfConstant(const ChannelConstant& constant) const;

 private:
  std::size_t channel_;
  Count count_;
  double start_;
  std::vector<double> deviation_;
  std::vector<double> largest_;
  const std::vector<double>* ideal_;  // outlives this
  std::size_t points_;
};

}  // namespace foldproof::prove
