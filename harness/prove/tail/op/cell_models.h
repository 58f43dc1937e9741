// SPDX-License-Identifier: BSD-3-Clause
//
// The registers of a tail over a cell of accumulators, as Taylor models.
#pragma once

#include <cstdint>

#include "harness/prove/constants/taylor_model.h"
#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove {

// Whose numbers the models follow: the ideal's, or what any kernel of PyTorch computes in float32,
// whose roundings are part of the remainder (docs/proof.md, "Float frontiers").
enum class Arithmetic { kIdeal, kFloat32 };

// What is known of the registers so far over one cell, in one channel.
class CellModels {
 public:
  CellModels(const TaylorModel* registers, std::size_t channel, Arithmetic arithmetic)
      : registers_(registers), channel_(channel), arithmetic_(arithmetic) {}

  std::size_t channel() const { return channel_; }
  bool is_float() const { return arithmetic_ == Arithmetic::kFloat32; }

  // What a constant of the program is there.
  double Number(const ChannelConstant& constant) const {
    return is_float() ? static_cast<double>(constant.At(channel_)) : constant.IdealAt(channel_);
  }
  double Number(double x) const {
    return is_float() ? static_cast<double>(static_cast<float>(x)) : x;
  }

  TaylorModel At(std::uint32_t reg) const { return registers_[reg]; }
  TaylorModel At(const TailOperand& operand) const {
    if (const auto* reg = std::get_if<std::uint32_t>(&operand)) return registers_[*reg];
    return TaylorModel::Constant(Number(std::get<ChannelConstant>(operand)));
  }

  // What one correctly rounded float32 operation gives whose exact result is `exact`; the ideal one
  // is `exact` itself.
  TaylorModel Rounded(TaylorModel exact) const {
    return is_float() ? Widened(exact, 0x1p-24 * (exact.Size() + exact.rest) + 0x1p-149) : exact;
  }
  // `exact`, which kernels may miss by `off`.
  static TaylorModel Widened(TaylorModel exact, double off) {
    exact.rest = (exact.rest + off) * (1 + 8 * kUnit);
    return exact;
  }

 private:
  const TaylorModel* registers_;
  std::size_t channel_;
  Arithmetic arithmetic_;
};

}  // namespace foldproof::prove
