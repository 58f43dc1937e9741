// SPDX-License-Identifier: BSD-3-Clause
//
// A cast to another type: of codes, bools and other whole numbers to float32, and of bools to
// integers, which is exact; of float32 to float16 or bfloat16,
// which rounds to nearest, ties to even; of these back, which is exact. Its ideal is the number
// itself, of codes the number that they stand for in units of their scale.
#pragma once

#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

struct Cast : OneInput {
  static constexpr Role kRole = Role::kComputes;

  ir::ScalarType to = ir::ScalarType::kFloat32;
  std::optional<ir::QuantParams> made_with;  // the parameters that codes were made with

  static std::optional<Cast> Build(NodeReader& reader);
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
