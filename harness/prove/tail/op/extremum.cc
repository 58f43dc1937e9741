// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/extremum.h"

#include <algorithm>
#include <cmath>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/constants/function_models.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"
#include "harness/prove/tail/op/point_interval.h"

namespace foldproof::prove::tail_op {
namespace {

// NaN of either operand is the result.
template <typename T>
T Least(T a, T b) {
  return a != a || b != b ? a + b : std::min(a, b);
}
template <typename T>
T Largest(T a, T b) {
  return a != a || b != b ? a + b : std::max(a, b);
}

FOLDPROOF_VECTOR_CLONES
void LeastPoints(const OperandPoints& a, const OperandPoints& b, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = Least(a.Low(i), b.Low(i));
}

FOLDPROOF_VECTOR_CLONES
void LargestPoints(const OperandPoints& a, const OperandPoints& b, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = Largest(a.Low(i), b.Low(i));
}

// Two zeros of unlike sign: some kernels give the first of them, others the second.
bool IsEitherZero(float a, float b) {
  return a == 0 && b == 0 && std::signbit(a) != std::signbit(b);
}

FOLDPROOF_VECTOR_CLONES
bool HasEitherZero(const OperandPoints& a, const OperandPoints& b, std::size_t points) {
  bool found = false;
  for (std::size_t i = 0; i < points; ++i) {
    const float x = a.Low(i);
    const float y = b.Low(i);
    found |= x == 0 && y == 0 && std::signbit(x) != std::signbit(y);
  }
  return found;
}

}  // namespace

std::optional<Extremum> Extremum::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Binary>();
  if (op == nullptr) return std::nullopt;
  const bool maximum = op->kind == ir::Binary::Kind::kMaximum;
  if (op->kind != ir::Binary::Kind::kMinimum && !maximum) return std::nullopt;
  auto operands = reader.Operands(*op);
  if (!operands) return std::nullopt;
  return Extremum{{std::move(operands->first), std::move(operands->second)}, maximum};
}

void Extremum::Evaluate(PointBlock& block) const {
  const OperandPoints a = block.Read(left);
  const OperandPoints b = block.Read(right);
  if (block.exact() && HasEitherZero(a, b, block.size())) block.set_exact(false);
  if (block.exact()) {
    return is_maximum ? LargestPoints(a, b, block.low()) : LeastPoints(a, b, block.low());
  }
  ForEachInterval(a, b, block.low(), block.high(),
                  [this](float a_low, float a_high, float b_low, float b_high) {
                    const bool are_zeros = a_high == 0 && b_high == 0 && IsEitherZero(a_low, b_low);
                    if (are_zeros) return PointInterval{-0.0f, 0.0f};
                    return HullOfEnds(a_low, a_high, b_low, b_high,
                                      is_maximum ? Largest<float> : Least<float>);
                  });
}

// Two operands of one direction keep it.
std::optional<int> Extremum::Direction(const Directions& known) const {
  return DirectionOfSum(known.At(left), known.At(right));
}

LinearForm Extremum::Line(const Lines& known) const { return known.At(left); }

void Extremum::Ideal(const IdealBlock& known, std::span<double> out) const {
  ForEachIdeal(out, known.Read(left), known.Read(right),
               is_maximum ? Largest<double> : Least<double>);
}

std::optional<TaylorModel> Extremum::Model(const CellModels& known) const {
  const TaylorModel a = known.At(left), b = known.At(right);
  const TaylorModel apart = a - b;
  if (apart.Low() > apart.Slack()) return is_maximum ? a : b;
  if (apart.High() < -apart.Slack()) return is_maximum ? b : a;
  const auto above = prove::ModelOf(ir::Unary::Kind::kRelu, {}, apart);
  if (!above) return std::nullopt;
  return is_maximum ? b + *above : a - *above;
}

int Extremum::Degree(const Degrees& known) const {
  return OfLinesAlone(std::max(known.At(left), known.At(right)));
}

// It bends where its operands meet: where a - b is 0.
Kinks Extremum::FindKinks() const {
  Kinks out;
  out.levels = {0};
  out.number = [a = left, b = right](const IdealBlock& at, std::size_t i) {
    return at.Read(a)[i] - at.Read(b)[i];
  };
  return out;
}

double Extremum::Deviation(const Deviations& known, std::uint32_t) const {
  return std::max(known.At(left), known.At(right));
}

}  // namespace foldproof::prove::tail_op
