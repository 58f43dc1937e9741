// SPDX-License-Identifier: BSD-3-Clause
//
// An elementwise function of one float32 (constants/elementary_functions.h).
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Unary : OneInput {
  static constexpr Role kRole = Role::kComputes;

  ir::Unary::Kind function = ir::Unary::Kind::kRelu;
  std::array<double, 3> parameters{};

  static std::optional<Unary> Build(NodeReader& reader);
  bool IsBitExact() const;
  void Evaluate(PointBlock& block) const;
  std::optional<int> Direction(const Directions& known) const;
  LinearForm Line(const Lines& known) const;
  void Ideal(const IdealBlock& known, std::span<double> out) const;
  std::optional<TaylorModel> Model(const CellModels& known) const;
  int Degree(const Degrees& known) const;
  Kinks FindKinks() const;
  double Deviation(const Deviations& known, std::uint32_t to) const;
  std::optional<exec::Activation> AsActivation() const;
};

}  // namespace foldproof::prove::tail_op
