// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal/ideal_tail.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/constants/elementary_functions.h"

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

}  // namespace

bool IsBinary(const TailInstruction& op) {
  return op.code >= Code::kAdd && op.code <= Code::kMaximum;
}

double IdealTail::Constant(const TailOperand& operand) const {
  return evaluator_->tail().constants[operand.index].IdealAt(evaluator_->channel());
}

namespace {

// An operand of one instruction: a register's points, or one number.
struct Input {
  const double* points = nullptr;
  double number = 0;

  double operator[](std::size_t i) const { return points == nullptr ? number : points[i]; }
};

template <typename Operation>
void ForEachPoint(std::span<double> out, const Input& a, const Input& b, Operation operation) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = operation(a[i], b[i]);
}

FOLDPROOF_VECTOR_CLONES
void Divide(ir::Binary::Rounding rounding, const Input& a, const Input& b, std::span<double> out) {
  using Rounding = ir::Binary::Rounding;
  switch (rounding) {
    case Rounding::kNone: return ForEachPoint(out, a, b, std::divides<double>());
    case Rounding::kFloor:
      return ForEachPoint(out, a, b, [](double x, double y) { return std::floor(x / y); });
    case Rounding::kTrunc:
      return ForEachPoint(out, a, b, [](double x, double y) { return std::trunc(x / y); });
  }
}

// NaN of either operand is the result.
double Least(double a, double b) { return a != a || b != b ? a + b : std::min(a, b); }
double Largest(double a, double b) { return a != a || b != b ? a + b : std::max(a, b); }

}  // namespace

// Codes that `op` reads with other parameters than they were made with.
void IdealTail::Reread(const TailInstruction& op, std::span<double> points) const {
  const ir::QuantParams& made = QuantizeOf(evaluator_->tail(), op)->params;
  for (double& x : points) {
    const double code = x / made.scale + static_cast<double>(made.zero_point);
    x = (code - static_cast<double>(op.params.zero_point)) * op.params.scale;
  }
}

void IdealTail::Compute(const TailInstruction& op, const double* left, const double* right,
                        std::span<double> out) const {
  const Input a{left, left == nullptr ? Constant(op.left) : 0};
  const Input b{right, IsBinary(op) && right == nullptr ? Constant(op.right) : 0};
  const double alpha = op.ideal_alpha;
  switch (op.code) {
    case Code::kQuantize:
    case Code::kMove:
    case Code::kDequantize:
      ForEachPoint(out, a, b, [](double x, double) { return x; });
      if (!KeepsIdeal(evaluator_->tail(), op)) Reread(op, out);
      return;
    case Code::kAdd:
      return ForEachPoint(out, a, b, [alpha](double x, double y) { return x + alpha * y; });
    case Code::kSub:
      return ForEachPoint(out, a, b, [alpha](double x, double y) { return x - alpha * y; });
    case Code::kMul: return ForEachPoint(out, a, b, std::multiplies<double>());
    case Code::kDiv: return Divide(op.rounding, a, b, out);
    case Code::kMinimum: return ForEachPoint(out, a, b, Least);
    case Code::kMaximum: return ForEachPoint(out, a, b, Largest);
    case Code::kAffine: {
      const AffineConstants& affine = evaluator_->tail().affines[op.affine];
      const double scale = affine.scale.IdealAt(evaluator_->channel());
      const double shift = affine.shift.IdealAt(evaluator_->channel());
      return ForEachPoint(out, a, b, [=](double x, double) { return x * scale + shift; });
    }
    case Code::kUnary:
      return ForEachPoint(
          out, a, b, [&op](double x, double) { return ApplyIdeal(op.function, op.parameters, x); });
    case Code::kRequantize:
    case Code::kClamp:
      return ForEachPoint(out, a, b, [&op](double x, double) {
        const double raised = op.low && x < *op.low ? *op.low : x;
        return op.high && raised > *op.high ? *op.high : raised;
      });
  }
}

void IdealTail::Evaluate(std::span<const double> accumulators, std::span<const std::uint32_t> path,
                         std::vector<double>& registers) const {
  const Tail& tail = evaluator_->tail();
  const std::size_t n = accumulators.size();
  if (n == 0) return registers.clear();
  registers.resize(tail.values.size() * n);
  // The bias in float64 stands where the program's rounded one stood.
  const double input_scale = evaluator_->input_scale(), weight_scale = evaluator_->weight_scale();
  const double bias = evaluator_->ideal_bias();
  for (std::size_t i = 0; i < n; ++i) {
    registers[i] = accumulators[i] * input_scale * weight_scale + bias;
  }
  const auto points = [&](const TailOperand& operand) {
    return operand.is_register ? registers.data() + operand.index * n : nullptr;
  };
  for (const std::uint32_t index : path) {
    const TailInstruction& op = tail.instructions[index];
    Compute(op, points(op.left), points(op.right), {registers.data() + (index + 1) * n, n});
  }
}

}  // namespace foldproof::prove
