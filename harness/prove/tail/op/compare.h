// SPDX-License-Identifier: BSD-3-Clause
//
// gt, ge, lt, le, eq, ne: 1 where the comparison of two float32 numbers holds, 0 elsewhere. It does
// not hold of NaN, but ne.
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Compare : TwoOperands {
  static constexpr Role kRole = Role::kComputes;

  ir::Compare::Kind kind = ir::Compare::Kind::kGreater;

  static std::optional<Compare> Build(NodeReader& reader);
  bool IsBitExact() const { return true; }
  void Evaluate(PointBlock& block) const;
  std::optional<int> Direction(const Directions& known) const;
  LinearForm Line(const Lines& known) const;
  void Ideal(const IdealBlock& known, std::span<double> out) const;
  std::optional<TaylorModel> Model(const CellModels& known) const;
  int Degree(const Degrees& known) const;
  Kinks FindKinks() const;
  double Deviation(const Deviations& known, std::uint32_t to) const;
  std::optional<exec::Activation> AsActivation() const { return std::nullopt; }
};

}  // namespace foldproof::prove::tail_op
