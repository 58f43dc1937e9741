// SPDX-License-Identifier: BSD-3-Clause
//
// add and sub: f32(a + f32(alpha * b)), where alpha is negative for sub; the product is fused with
// the sum in some kernels, which makes a difference unless alpha is a power of two.
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Add : TwoOperands {
  static constexpr Role kRole = Role::kComputes;

  float alpha = 1;
  double ideal_alpha = 1;

  static std::optional<Add> Build(NodeReader& reader);
  bool IsBitExact() const;
  void Evaluate(PointBlock& block) const;
  std::optional<int> Direction(const Directions& known) const;
  LinearForm Line(const Lines& known) const;
  void Ideal(const IdealBlock& known, std::span<double> out) const;
  std::optional<TaylorModel> Model(const CellModels& known) const;
  int Degree(const Degrees& known) const;
  Kinks FindKinks() const { return {}; }
  double Deviation(const Deviations& known, std::uint32_t to) const;
  std::optional<exec::Activation> AsActivation() const { return std::nullopt; }
};

}  // namespace foldproof::prove::tail_op
