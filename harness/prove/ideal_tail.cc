// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal_tail.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/prove/elementary_functions.h"

namespace foldproof::prove {

const TailInstruction* QuantizeOf(const Tail& tail, const TailInstruction& dequantize) {
  std::uint32_t reg = dequantize.left.index;
  while (reg > 0) {
    const TailInstruction& maker = tail.instructions[reg - 1];
    if (IsQuantizer(maker)) return &maker;
    if (maker.code != TailInstruction::Code::kMove) return nullptr;
    reg = maker.left.index;
  }
  return nullptr;
}

namespace {

using Code = TailInstruction::Code;

// True where the ideal of `op` is its operand itself: no rounding, and codes that mean the same.
bool KeepsIdeal(const Tail& tail, const TailInstruction& op) {
  if (op.code == Code::kQuantize || op.code == Code::kMove) return true;
  if (op.code != Code::kDequantize) return false;
  const TailInstruction* q = QuantizeOf(tail, op);
  return q == nullptr ||
         (q->params.scale == op.params.scale && q->params.zero_point == op.params.zero_point);
}

// Where the straight line from (a, at_a) to (b, at_b) meets 0 strictly between, NaN where it does
// not.
double Crossing(double a, double at_a, double b, double at_b) {
  if (!((at_a < 0 && at_b > 0) || (at_a > 0 && at_b < 0))) return std::nan("");
  return a + (b - a) * (at_a / (at_a - at_b));
}

// True where `op` gives a piecewise linear result of piecewise linear operands.
bool IsPiecewiseLinear(const TailInstruction& op) {
  switch (op.code) {
    case Code::kMul: return !(op.left.is_register && op.right.is_register);
    case Code::kDiv: return !op.right.is_register && op.rounding == ir::Binary::Rounding::kNone;
    case Code::kUnary:
      return op.function == ir::Unary::Kind::kRelu || op.function == ir::Unary::Kind::kNeg ||
             op.function == ir::Unary::Kind::kAbs || op.function == ir::Unary::Kind::kLeakyRelu;
    default: return true;
  }
}

// The values of its operand at which `op` bends.
std::vector<double> Thresholds(const TailInstruction& op) {
  if (op.code == Code::kClamp || op.code == Code::kRequantize) {
    std::vector<double> out;
    if (op.low) out.push_back(*op.low);
    if (op.high) out.push_back(*op.high);
    return out;
  }
  if (op.code == Code::kUnary && op.function != ir::Unary::Kind::kNeg) return {0.0};
  return {};
}

}  // namespace

double IdealTail::Constant(const TailOperand& operand) const {
  return evaluator_->tail().constants[operand.index].IdealAt(evaluator_->channel());
}

double IdealTail::Compute(const TailInstruction& op, double a, double b) const {
  switch (op.code) {
    case Code::kQuantize: return a;
    case Code::kDequantize: {
      if (KeepsIdeal(evaluator_->tail(), op)) return a;
      const ir::QuantParams& made = QuantizeOf(evaluator_->tail(), op)->params;
      const double code = a / made.scale + static_cast<double>(made.zero_point);
      return (code - static_cast<double>(op.params.zero_point)) * op.params.scale;
    }
    case Code::kAdd: return a + op.ideal_alpha * b;
    case Code::kSub: return a - op.ideal_alpha * b;
    case Code::kMul: return a * b;
    case Code::kDiv:
      if (op.rounding == ir::Binary::Rounding::kFloor) return std::floor(a / b);
      if (op.rounding == ir::Binary::Rounding::kTrunc) return std::trunc(a / b);
      return a / b;
    case Code::kMinimum: return a != a || b != b ? a + b : std::min(a, b);
    case Code::kMaximum: return a != a || b != b ? a + b : std::max(a, b);
    case Code::kAffine: {
      const AffineConstants& affine = evaluator_->tail().affines[op.affine];
      return a * affine.scale.IdealAt(evaluator_->channel()) +
             affine.shift.IdealAt(evaluator_->channel());
    }
    case Code::kUnary: return ApplyIdeal(op.function, op.parameters, a);
    case Code::kRequantize:
    case Code::kClamp: {
      const double raised = op.low && a < *op.low ? *op.low : a;
      return op.high && raised > *op.high ? *op.high : raised;
    }
    case Code::kMove: return a;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void IdealTail::Evaluate(std::span<const double> accumulators, std::span<const std::uint32_t> path,
                         std::vector<double>& registers) const {
  const Tail& tail = evaluator_->tail();
  const std::size_t n = accumulators.size();
  registers.resize(tail.values.size() * n);
  // The bias in float64 stands where the program's rounded one stood.
  for (std::size_t i = 0; i < n; ++i) {
    registers[i] = accumulators[i] * evaluator_->input_scale() * evaluator_->weight_scale() +
                   evaluator_->ideal_bias();
  }
  for (const std::uint32_t index : path) {
    const TailInstruction& op = tail.instructions[index];
    double* out = registers.data() + (index + 1) * n;
    if (op.left.is_register && KeepsIdeal(tail, op)) {
      std::copy_n(registers.data() + op.left.index * n, n, out);
      continue;
    }
    const bool binary = op.code >= Code::kAdd && op.code <= Code::kMaximum;
    const double left_constant = op.left.is_register ? 0 : Constant(op.left);
    const double right_constant = binary && !op.right.is_register ? Constant(op.right) : 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double a = op.left.is_register ? registers[op.left.index * n + i] : left_constant;
      const double b =
          binary && op.right.is_register ? registers[op.right.index * n + i] : right_constant;
      out[i] = Compute(op, a, b);
    }
  }
}

bool IdealTail::FindKinks(double low, double high, std::span<const std::uint32_t> path,
                          std::vector<double>& kinks) const {
  const Tail& tail = evaluator_->tail();
  std::vector<double> registers;
  std::vector<double> ends;
  for (const std::uint32_t index : path) {
    const TailInstruction& op = tail.instructions[index];
    if (!IsPiecewiseLinear(op)) return false;
    const bool minmax = op.code == Code::kMinimum || op.code == Code::kMaximum;
    const std::vector<double> thresholds = Thresholds(op);
    if (thresholds.empty() && !minmax) continue;
    // Between the kinks so far every operand is a straight line.
    ends.assign(kinks.begin(), kinks.end());
    ends.push_back(low);
    ends.push_back(high);
    std::sort(ends.begin(), ends.end());
    const std::size_t n = ends.size();
    Evaluate(ends, path, registers);
    const auto at = [&](const TailOperand& operand, std::size_t i) {
      return operand.is_register ? registers[operand.index * n + i] : Constant(operand);
    };
    for (std::size_t i = 0; i + 1 < n; ++i) {
      const auto add = [&](double from, double to) {
        const double kink = Crossing(ends[i], from, ends[i + 1], to);
        if (kink == kink) kinks.push_back(kink);
      };
      for (const double t : thresholds) add(at(op.left, i) - t, at(op.left, i + 1) - t);
      if (minmax) add(at(op.left, i) - at(op.right, i), at(op.left, i + 1) - at(op.right, i + 1));
    }
  }
  return true;
}

}  // namespace foldproof::prove
