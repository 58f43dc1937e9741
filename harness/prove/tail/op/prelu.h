// SPDX-License-Identifier: BSD-3-Clause
//
// prelu: x where x > 0, else f32(slope * x), one slope for all channels or one for each.
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Prelu : OneInput {
  static constexpr Role kRole = Role::kComputes;

  ChannelConstant slope;

  static std::optional<Prelu> Build(NodeReader& reader);
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
