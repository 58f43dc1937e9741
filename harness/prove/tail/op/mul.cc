// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/mul.h"

#include <algorithm>
#include <functional>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"
#include "harness/prove/tail/op/point_interval.h"

namespace foldproof::prove::tail_op {
namespace {

FOLDPROOF_VECTOR_CLONES
void MultiplyPoints(const OperandPoints& a, const OperandPoints& b, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a.Low(i) * b.Low(i);
}

}  // namespace

std::optional<Mul> Mul::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Binary>();
  if (op == nullptr || op->kind != ir::Binary::Kind::kMul) return std::nullopt;
  auto operands = reader.Operands(*op);
  if (!operands) return std::nullopt;
  return Mul{{std::move(operands->first), std::move(operands->second)}};
}

void Mul::Evaluate(PointBlock& block) const {
  const OperandPoints a = block.Read(left);
  const OperandPoints b = block.Read(right);
  if (block.exact()) return MultiplyPoints(a, b, block.low());
  ForEachInterval(a, b, block.low(), block.high(),
                  [](float a_low, float a_high, float b_low, float b_high) {
                    return HullOfEnds(a_low, a_high, b_low, b_high, std::multiplies<float>());
                  });
}

// A constant factor keeps or turns; a product of two registers is not looked into.
std::optional<int> Mul::Direction(const Directions& known) const {
  const auto* a = std::get_if<ChannelConstant>(&left);
  const auto* b = std::get_if<ChannelConstant>(&right);
  if (b != nullptr && a == nullptr) {
    return Turned(known.At(left), SignOf(b->At(known.channel())));
  }
  if (a == nullptr) return std::nullopt;
  return Turned(known.At(right), SignOf(a->At(known.channel())));
}

LinearForm Mul::Line(const Lines& known) const {
  const LinearForm a = known.At(left), b = known.At(right);
  return {a.slope * b.offset + a.offset * b.slope, a.offset * b.offset};
}

void Mul::Ideal(const IdealBlock& known, std::span<double> out) const {
  ForEachIdeal(out, known.Read(left), known.Read(right), std::multiplies<double>());
}

std::optional<TaylorModel> Mul::Model(const CellModels& known) const {
  return known.Rounded(known.At(left) * known.At(right));
}

int Mul::Degree(const Degrees& known) const {
  return std::min(known.At(left) + known.At(right), kNoPolynomial);
}

// e_a |b| + e_b |a| + e_a e_b + four roundings, where what is not off at all stays so beside what
// has no bound.
double Mul::Deviation(const Deviations& known, std::uint32_t to) const {
  const double a = known.At(left);
  const double b = known.At(right);
  double out = known.Round(to, 4);
  if (a != 0) out += a * known.SizeOf(right);
  if (b != 0) out += b * known.SizeOf(left);
  return a != 0 && b != 0 ? out + a * b : out;
}

}  // namespace foldproof::prove::tail_op
