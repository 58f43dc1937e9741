// SPDX-License-Identifier: BSD-3-Clause
//
// where: left where the condition, a register of 0 and 1, is 1, and right where it is 0. Two
// integers make a register of integers, which a cast makes floats of.
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Where : TwoOperands {
  static constexpr Role kRole = Role::kComputes;

  std::uint32_t condition = 0;

  static std::optional<Where> Build(NodeReader& reader);
  RegisterList Reads() const;
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
