// SPDX-License-Identifier: BSD-3-Clause
//
// An eval batch_norm (docs/numerics.md, eq. 5 and 6): fma(x, alpha, beta), or f32(f32(x * alpha) +
// beta) where it is not fused. alpha = gamma / sqrt(var + eps) and beta = bias - mean * alpha are
// folded as the kernel folds them (channel_constants.h). Of a tensor that may lie in memory
// otherwise it is whatever that or eq. 6b gives.
#pragma once

#include "harness/prove/tail/op/channel_constants.h"
#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Affine : OneInput {
  static constexpr Role kRole = Role::kComputes;

  AffineConstants constants;

  static std::optional<Affine> Build(NodeReader& reader);
  bool IsBitExact() const { return !constants.stepwise; }
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
