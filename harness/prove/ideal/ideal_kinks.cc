// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal/ideal_kinks.h"

#include <algorithm>
#include <cmath>

namespace foldproof::prove {
namespace {

using Code = TailInstruction::Code;
using Kind = ir::Unary::Kind;

// The degree of what stands for "no polynomial of at most the second".
constexpr int kNoPolynomial = 3;

// Steps that a line is asked for: an eighth of this.
constexpr double kMostSteps = 4096;

bool IsRounded(const TailInstruction& op) {
  return op.code == Code::kDiv && op.rounding != ir::Binary::Rounding::kNone;
}

int DegreeOfUnary(Kind function, int operand) {
  switch (function) {
    case Kind::kNeg: return operand;
    case Kind::kRelu:
    case Kind::kAbs:
    case Kind::kLeakyRelu:
    case Kind::kHardsigmoid: return operand <= 1 ? operand : kNoPolynomial;
    case Kind::kHardswish: return operand <= 1 ? 2 * operand : kNoPolynomial;
    default: return operand == 0 ? 0 : kNoPolynomial;
  }
}

// The degree in A of `op`'s result between kinks, where its operands have `left` and `right`.
int DegreeOf(const TailInstruction& op, int left, int right) {
  const int highest = std::max(left, right);
  switch (op.code) {
    case Code::kQuantize:
    case Code::kMove:
    case Code::kDequantize:
    case Code::kAffine: return left;
    case Code::kAdd:
    case Code::kSub: return highest;
    case Code::kMul: return std::min(left + right, kNoPolynomial);
    case Code::kDiv:
      if (right != 0) return kNoPolynomial;
      if (!IsRounded(op)) return left;
      return left <= 1 ? 0 : kNoPolynomial;
    case Code::kClamp:
    case Code::kRequantize:
    case Code::kMinimum:
    case Code::kMaximum: return highest <= 1 ? highest : kNoPolynomial;
    case Code::kUnary: return DegreeOfUnary(op.function, left);
  }
  return kNoPolynomial;
}

// The values of its operand at which `op` bends.
std::vector<double> Thresholds(const TailInstruction& op) {
  if (op.code == Code::kClamp || op.code == Code::kRequantize) {
    std::vector<double> out;
    if (op.low) out.push_back(*op.low);
    if (op.high) out.push_back(*op.high);
    return out;
  }
  if (op.code != Code::kUnary || op.function == Kind::kNeg) return {};
  const bool is_hard = op.function == Kind::kHardswish || op.function == Kind::kHardsigmoid;
  return is_hard ? std::vector{-3.0, 3.0} : std::vector{0.0};
}

// A straight piece of a register.
struct Line {
  double from, at_from;
  double to, at_to;

  // Where it meets `level` strictly between its ends, if it does and they are finite.
  void AddCrossing(double level, std::vector<double>& kinks) const {
    const double a = at_from - level, b = at_to - level;
    if (!std::isfinite(a - b)) return;
    if ((a < 0 && b > 0) || (a > 0 && b < 0)) kinks.push_back(from + (to - from) * (a / (a - b)));
  }

  // Where it meets an integer, which floor and trunc step at (trunc not at 0). false where there
  // are so many that looking at each accumulator is as good, or where it is so flat that rounding
  // of its values (eq. 13) may move a step by half an accumulator or more.
  bool AddIntegerCrossings(std::vector<double>& kinks) const {
    const double low = std::min(at_from, at_to), high = std::max(at_from, at_to);
    const double size = std::max(std::abs(low), std::abs(high));
    const bool is_flat = (high - low) * 0x1p45 < size * (to - from);
    if (!((high - low) * 8 < std::min(to - from, kMostSteps)) || is_flat) return false;
    for (double level = std::ceil(low); level <= high; ++level) AddCrossing(level, kinks);
    return true;
  }
};

class Finder {
 public:
  Finder(const IdealTail& ideal, double low, double high, std::span<const std::uint32_t> path,
         std::vector<double>& kinks)
      : ideal_(ideal),
        low_(low),
        high_(high),
        path_(path),
        kinks_(kinks),
        registers_(ideal.tail().values.size()) {
    registers_[0].degree = 1;
  }

  IdealShape Run() {
    int most = 0;
    bool steps = false;
    for (const std::uint32_t index : path_) {
      const TailInstruction& op = ideal_.tail().instructions[index];
      const Register left = OperandOf(op.left);
      const Register right = IsBinary(op) ? OperandOf(op.right) : Register{0, false};
      Register& result = registers_[index + 1];
      result.degree = DegreeOf(op, left.degree, right.degree);
      result.steps = left.steps || right.steps;
      if (result.degree == kNoPolynomial || !Bend(op, left, right, result)) {
        return IdealShape::kOther;
      }
      most = std::max(most, result.degree);
      steps = steps || result.steps;
    }
    if (steps) return IdealShape::kSteps;
    return most <= 1 ? IdealShape::kLines : IdealShape::kParabolas;
  }

 private:
  struct Register {
    int degree = kNoPolynomial;
    bool steps = false;
  };

  Register OperandOf(const TailOperand& operand) const {
    return operand.is_register ? registers_[operand.index] : Register{0, false};
  }

  // Adds the kinks that `op` makes of operands that are lines without steps, or constant between
  // kinks; false where they are not.
  bool Bend(const TailInstruction& op, const Register& left, const Register& right,
            Register& result) {
    const bool is_minmax = op.code == Code::kMinimum || op.code == Code::kMaximum;
    const std::vector<double> thresholds = Thresholds(op);
    if (thresholds.empty() && !is_minmax && !IsRounded(op)) return true;
    if (left.degree == 0 && right.degree == 0) return true;
    if (result.steps) return false;
    result.steps = IsRounded(op);
    ends_.assign(kinks_.begin(), kinks_.end());
    ends_.push_back(low_);
    ends_.push_back(high_);
    std::sort(ends_.begin(), ends_.end());
    ideal_.Evaluate(ends_, path_, values_);
    for (std::size_t i = 0; i + 1 < ends_.size(); ++i) {
      Line line{ends_[i], ValueAt(op.left, i), ends_[i + 1], ValueAt(op.left, i + 1)};
      for (const double threshold : thresholds) line.AddCrossing(threshold, kinks_);
      if (!is_minmax && !IsRounded(op)) continue;
      const double first = ValueAt(op.right, i), last = ValueAt(op.right, i + 1);
      if (is_minmax) {
        Line{line.from, line.at_from - first, line.to, line.at_to - last}.AddCrossing(0, kinks_);
      } else {
        const Line quotient{line.from, line.at_from / first, line.to, line.at_to / last};
        if (!quotient.AddIntegerCrossings(kinks_)) return false;
      }
    }
    return true;
  }

  double ValueAt(const TailOperand& operand, std::size_t i) const {
    return operand.is_register ? values_[operand.index * ends_.size() + i]
                               : ideal_.Constant(operand);
  }

  const IdealTail& ideal_;
  double low_, high_;
  std::span<const std::uint32_t> path_;
  std::vector<double>& kinks_;
  std::vector<Register> registers_;  // of the tail
  std::vector<double> ends_;         // of the lines between the kinks so far
  std::vector<double> values_;       // of each register at `ends_`
};

}  // namespace

IdealShape FindKinks(const IdealTail& ideal, double low, double high,
                     std::span<const std::uint32_t> path, std::vector<double>& kinks) {
  return Finder(ideal, low, high, path, kinks).Run();
}

}  // namespace foldproof::prove
