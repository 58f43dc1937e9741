// SPDX-License-Identifier: BSD-3-Clause
//
// clamp, hardtanh, relu6: min(max(x, f32(low)), f32(high)), which keeps NaN; an absent bound does
// not bound.
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Clamp : OneInput {
  static constexpr Role kRole = Role::kComputes;

  std::optional<double> low;
  std::optional<double> high;

  static std::optional<Clamp> Build(NodeReader& reader);
  bool IsBitExact() const { return true; }
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
