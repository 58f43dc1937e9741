// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/compare.h"

#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"

namespace foldproof::prove::tail_op {
namespace {

using Comparison = ir::Compare::Kind;

template <typename T>
bool Holds(Comparison kind, T a, T b) {
  switch (kind) {
    case Comparison::kGreater: return a > b;
    case Comparison::kGreaterEqual: return a >= b;
    case Comparison::kLess: return a < b;
    case Comparison::kLessEqual: return a <= b;
    case Comparison::kEqual: return a == b;
    case Comparison::kNotEqual: return a != b;
  }
  return false;
}

// Which of 0 and 1 a comparison of any number of [a_low, a_high] with any of [b_low, b_high] gives.
struct Outcomes {
  bool may_fail, may_hold;
};

Outcomes OutcomesOf(Comparison kind, float a_low, float a_high, float b_low, float b_high) {
  const bool nan = a_low != a_low || b_low != b_low;
  if (nan) return {kind != Comparison::kNotEqual, kind == Comparison::kNotEqual};
  const bool meet = a_low <= b_high && b_low <= a_high;
  const bool point = a_low == a_high && b_low == b_high;
  switch (kind) {
    case Comparison::kGreater: return {a_low <= b_high, a_high > b_low};
    case Comparison::kGreaterEqual: return {a_low < b_high, a_high >= b_low};
    case Comparison::kLess: return {a_high >= b_low, a_low < b_high};
    case Comparison::kLessEqual: return {a_high > b_low, a_low <= b_high};
    case Comparison::kEqual: return {!(meet && point), meet};
    case Comparison::kNotEqual: return {meet, !(meet && point)};
  }
  return {true, true};
}

}  // namespace

std::optional<Compare> Compare::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Compare>();
  if (op == nullptr) return std::nullopt;
  auto operands = reader.Operands(op->self, op->other, ir::ScalarType::kBool);
  if (!operands) return std::nullopt;
  return Compare{{std::move(operands->first), std::move(operands->second)}, op->kind};
}

void Compare::Evaluate(PointBlock& block) const {
  const OperandPoints a = block.Read(left);
  const OperandPoints b = block.Read(right);
  const std::span<float> low = block.low();
  if (block.exact()) {
    for (std::size_t i = 0; i < low.size(); ++i) low[i] = Holds(kind, a.Low(i), b.Low(i));
    return;
  }
  const std::span<float> high = block.high();
  for (std::size_t i = 0; i < low.size(); ++i) {
    const Outcomes can = OutcomesOf(kind, a.Low(i), a.High(i), b.Low(i), b.High(i));
    low[i] = can.may_fail ? 0.0f : 1.0f;
    high[i] = can.may_hold ? 1.0f : 0.0f;
  }
}

// a > b and a >= b rise with a - b, a < b and a <= b fall.
std::optional<int> Compare::Direction(const Directions& known) const {
  const auto difference = DirectionOfSum(known.At(left), Turned(known.At(right), -1));
  switch (kind) {
    case Comparison::kGreater:
    case Comparison::kGreaterEqual: return difference;
    case Comparison::kLess:
    case Comparison::kLessEqual: return Turned(difference, -1);
    case Comparison::kEqual:
    case Comparison::kNotEqual: return difference == 0 ? difference : std::nullopt;
  }
  return std::nullopt;
}

LinearForm Compare::Line(const Lines& known) const {
  const LinearForm a = known.At(left), b = known.At(right);
  return {a.slope - b.slope, a.offset - b.offset};
}

void Compare::Ideal(const IdealBlock& known, std::span<double> out) const {
  ForEachIdeal(out, known.Read(left), known.Read(right),
               [this](double a, double b) { return Holds(kind, a, b) ? 1.0 : 0.0; });
}

std::optional<TaylorModel> Compare::Model(const CellModels& known) const {
  const TaylorModel apart = known.At(left) - known.At(right);
  if (!apart.IsFinite()) return std::nullopt;
  if (apart.Low() > apart.Slack()) return TaylorModel::Constant(Holds(kind, 1.0, 0.0));
  if (apart.High() < -apart.Slack()) return TaylorModel::Constant(Holds(kind, 0.0, 1.0));
  return std::nullopt;
}

int Compare::Degree(const Degrees& known) const {
  return std::max(known.At(left), known.At(right)) <= 1 ? 0 : kNoPolynomial;
}

Kinks Compare::FindKinks() const {
  Kinks out;
  out.levels = {0};
  out.steps_at_levels = true;
  out.number = [a = left, b = right](const IdealBlock& at, std::size_t i) {
    return at.Read(a)[i] - at.Read(b)[i];
  };
  return out;
}

// 1 where an operand is off at all: it may be on the other side of what it is compared with.
double Compare::Deviation(const Deviations& known, std::uint32_t) const {
  return known.At(left) + known.At(right) > 0 ? 1 : 0;
}

}  // namespace foldproof::prove::tail_op
