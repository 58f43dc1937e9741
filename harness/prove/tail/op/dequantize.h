// SPDX-License-Identifier: BSD-3-Clause
//
// dequantize_per_tensor (docs/numerics.md, eq. 2): x = f32(f32(q - f32(z)) * f32(s)).
// Its ideal is the number that the codes stand for: its operand's, where the codes were made with
// the same parameters, else ((x / s_made + z_made) - z) * s.
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Dequantize : OneInput {
  static constexpr Role kRole = Role::kDequantizer;

  ir::QuantParams params;
  // What the codes were made with; nullopt where no quantizer is found behind moves.
  std::optional<ir::QuantParams> made_with;

  static std::optional<Dequantize> Build(NodeReader& reader);
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
