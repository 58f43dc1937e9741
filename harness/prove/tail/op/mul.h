// SPDX-License-Identifier: BSD-3-Clause
//
// mul: f32(a * b).
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Mul : TwoOperands {
  static constexpr Role kRole = Role::kComputes;

  static std::optional<Mul> Build(NodeReader& reader);
  bool IsBitExact() const { return true; }
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
