// SPDX-License-Identifier: BSD-3-Clause
//
// An integer kernel's requantization of the accumulator (docs/proof.md, "Kernel semantics"):
//   q = clamp(min(max(z + R(A + q_b - z_b), low), high), qmin, qmax)
// where the sum wraps at 32 bits and R multiplies and shifts. Its ideal is register 0 between the
// activation's bounds.
#pragma once

#include <limits>

#include "harness/exec/quantized/requantize.h"
#include "harness/prove/tail/op/parts.h"

namespace foldproof::prove::tail_op {

// One channel of an integer kernel.
struct KernelChannel {
  std::int64_t bias = 0;  // q_b - z_b, an int32
  exec::Requantizer requantizer;
  double step = 1;        // f32(s_x) * f32(s_w), in float64
  double bias_error = 0;  // |q_b - z_b| * |f32(s_b) - step|
};

struct KernelConstants {
  std::vector<KernelChannel> channels;
  // The activation's bounds as codes.
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};

struct Requantize : OneInput {
  static constexpr Role kRole = Role::kQuantizer;

  ir::QuantParams params;
  // The activation's bounds as real numbers, for the ideal.
  std::optional<double> low;
  std::optional<double> high;
  KernelConstants kernel;

  static std::optional<Requantize> Build(NodeReader& reader);
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

  double DeviationBeforeRounding(const Deviations& known) const;
  std::optional<prove::Direction> OwnDirection(std::size_t channel, std::int64_t low,
                                               std::int64_t high) const;
  void ExtendedCodes(const PointBlock& block, IntervalEnd end, std::span<float> codes) const;

  // z + R(A + q_b - z_b) between the activation's bounds, not clamped to [quant_min, quant_max].
  std::int64_t UnclampedCode(std::size_t channel, std::int64_t accumulator) const;
  // Whether the sum leaves int32 for some accumulator of [low, high]: the code is not monotone
  // then.
  bool Wraps(std::size_t channel, std::int64_t low, std::int64_t high) const;
  // Why what kernels give is not settled for [low, high]; empty: it is.
  std::string WhyUnsettled(std::size_t channel, std::int64_t low, std::int64_t high) const;
};

}  // namespace foldproof::prove::tail_op
