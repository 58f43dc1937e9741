// SPDX-License-Identifier: BSD-3-Clause
//
// quantize_per_tensor (docs/numerics.md, eq. 1), in float32, ties to even:
//   q = clamp(f32(rint(f32(x * f32(1 / s))) + f32(z)), f32(qmin), f32(qmax))
// Its ideal is x itself: the real number that the code would stand for.
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Quantize : OneInput {
  static constexpr Role kRole = Role::kQuantizer;

  ir::QuantParams params;

  static std::optional<Quantize> Build(NodeReader& reader);
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

  double DeviationBeforeRounding(const Deviations& known) const;
  std::optional<prove::Direction> OwnDirection(std::size_t channel, std::int64_t low,
                                               std::int64_t high) const;
  void ExtendedCodes(const PointBlock& block, IntervalEnd end, std::span<float> codes) const;
};

}  // namespace foldproof::prove::tail_op
