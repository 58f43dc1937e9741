// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/where.h"

#include <algorithm>
#include <limits>

#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"
#include "harness/prove/tail/op/point_interval.h"

namespace foldproof::prove::tail_op {

namespace {

// Whether both operands are integers that a register holds exactly: of these PyTorch makes int64.
bool AreIntegers(const ir::Where& op) {
  const auto fits = [](const ir::Operand& operand) {
    const auto* number = std::get_if<std::int64_t>(&operand);
    return number != nullptr && *number >= -kMostWhole && *number <= kMostWhole;
  };
  return fits(op.self) && fits(op.other);
}

}  // namespace

std::optional<Where> Where::Build(NodeReader& reader) {
  const auto* op = reader.As<ir::Where>();
  if (op == nullptr) return std::nullopt;
  const auto reg = reader.Input(op->condition);
  if (!reg || !reader.HasType(*reg, ir::ScalarType::kBool)) return std::nullopt;
  const auto made = AreIntegers(*op) ? ir::ScalarType::kInt64 : ir::ScalarType::kFloat32;
  auto operands = reader.Operands(op->self, op->other, made, *reg);
  if (!operands) return std::nullopt;
  return Where{{std::move(operands->first), std::move(operands->second)}, *reg};
}

RegisterList Where::Reads() const {
  RegisterList out = TwoOperands::Reads();
  out.registers[out.count++] = condition;
  return out;
}

void Where::Evaluate(PointBlock& block) const {
  const OperandPoints holds = block.Read(condition);
  const OperandPoints a = block.Read(left);
  const OperandPoints b = block.Read(right);
  if (block.exact()) {
    const std::span<float> out = block.low();
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = holds.low[i] != 0 ? a.Low(i) : b.Low(i);
    }
    return;
  }
  for (std::size_t i = 0; i < block.size(); ++i) {
    PointInterval out{a.Low(i), a.High(i)};
    if (holds.high[i] == 0) out = {b.Low(i), b.High(i)};
    if (holds.low[i] != holds.high[i]) out = Hull({a.Low(i), a.High(i), b.Low(i), b.High(i)});
    block.low()[i] = out.low;
    block.high()[i] = out.high;
  }
}

// What it is at the step from one operand to the other is not looked into.
std::optional<int> Where::Direction(const Directions& known) const {
  const auto a = known.At(left), b = known.At(right), holds = known.At(condition);
  return a == 0 && b == 0 && holds == 0 ? std::optional(0) : std::nullopt;
}

LinearForm Where::Line(const Lines& known) const { return known.At(left); }

void Where::Ideal(const IdealBlock& known, std::span<double> out) const {
  const IdealPointsOf holds = known.Read(condition);
  const IdealPointsOf a = known.Read(left), b = known.Read(right);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = holds[i] != 0 ? a[i] : b[i];
}

std::optional<TaylorModel> Where::Model(const CellModels& known) const {
  const TaylorModel holds = known.At(condition);
  if (holds.Low() > 0.5) return known.At(left);
  if (holds.High() < 0.5) return known.At(right);
  return std::nullopt;
}

// The condition is constant between kinks, which its comparison made.
int Where::Degree(const Degrees& known) const {
  return known.At(condition) == 0 ? std::max(known.At(left), known.At(right)) : kNoPolynomial;
}

Kinks Where::FindKinks() const { return {}; }

// The larger of both; where the condition may be the other one, as far as the operands are apart
// where it changes, besides what each of them is off there and here.
double Where::Deviation(const Deviations& known, std::uint32_t) const {
  const double a = known.At(left), b = known.At(right);
  if (known.At(condition) == 0) return std::max(a, b);
  if (known.is_bound())
    return std::numeric_limits<double>::infinity();  // a few points are no bound
  return known.ApartWhereChanging(condition, left, right) + a + b + std::max(a, b);
}

}  // namespace foldproof::prove::tail_op
