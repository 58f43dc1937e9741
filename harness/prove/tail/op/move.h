// SPDX-License-Identifier: BSD-3-Clause
//
// Layout ops (reshape, permute, clone): the elements of its operand, in other places.
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Move : OneInput {
  static constexpr Role kRole = Role::kMove;

  static std::optional<Move> Build(NodeReader& reader);
  bool IsBitExact() const { return true; }
  void Evaluate(PointBlock& block) const;
  std::optional<int> Direction(const Directions& known) const;
  LinearForm Line(const Lines& known) const;
  void Ideal(const IdealBlock& known, std::span<double> out) const;
  std::optional<TaylorModel> Model(const CellModels& known) const;
  int Degree(const Degrees& known) const;
  Kinks FindKinks() const { return {}; }
  double Deviation(const Deviations& known, std::uint32_t to) const;
  std::optional<exec::Activation> AsActivation() const { return exec::Activation{}; }
};

}  // namespace foldproof::prove::tail_op
