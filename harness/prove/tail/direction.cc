// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <optional>

#include "harness/prove/tail/step_search.h"

namespace foldproof::prove {
namespace {

using Code = TailInstruction::Code;

// The direction of each register so far; nullopt: not monotone.
using Directions = std::vector<std::optional<int>>;

int SignOf(float x) { return (x > 0) - (x < 0); }

std::optional<int> SumOf(std::optional<int> a, std::optional<int> b) {
  if (!a || !b) return std::nullopt;
  if (*a == 0) return b;
  if (*b == 0 || *a == *b) return a;
  return std::nullopt;
}

std::optional<int> Turned(std::optional<int> direction, int sign) {
  return direction ? std::optional(*direction * sign) : std::nullopt;
}

class Composer {
 public:
  Composer(const TailEvaluator& evaluator, std::size_t registers)
      : tail_(evaluator.tail()), channel_(evaluator.channel()), directions_(registers) {
    directions_[0] = 1;
  }

  std::optional<int> operator[](std::size_t reg) const { return directions_[reg]; }

  void Visit(std::uint32_t index) {
    const TailInstruction& op = tail_.instructions[index];
    directions_[index + 1] = IsBitExact(op) ? Of(op) : std::nullopt;
  }

 private:
  // A constant operand has direction 0.
  std::optional<int> At(const TailOperand& operand) const {
    return operand.is_register ? directions_[operand.index] : std::optional(0);
  }
  float Constant(const TailOperand& operand) const {
    return tail_.constants[operand.index].At(channel_);
  }

  std::optional<int> Of(const TailInstruction& op) const {
    switch (op.code) {
      case Code::kAdd:
      case Code::kSub:
        return SumOf(At(op.left),
                     Turned(At(op.right), (op.code == Code::kAdd ? 1 : -1) * SignOf(op.alpha)));
      case Code::kMul:
        if (op.left.is_register && op.right.is_register) return std::nullopt;
        return op.left.is_register ? Turned(At(op.left), SignOf(Constant(op.right)))
                                   : Turned(At(op.right), SignOf(Constant(op.left)));
      case Code::kDiv:  // x / 0 and c / x jump; floor and trunc are monotone behind a monotone
                        // quotient
        if (op.right.is_register || Constant(op.right) == 0) return std::nullopt;
        return Turned(At(op.left), SignOf(Constant(op.right)));
      case Code::kMinimum:
      case Code::kMaximum: return SumOf(At(op.left), At(op.right));
      case Code::kAffine:
        return Turned(At(op.left), SignOf(tail_.affines[op.affine].scale.At(channel_)));
      case Code::kUnary: return OfFunction(op);
      case Code::kClamp:
      case Code::kMove:
      case Code::kDequantize: return At(op.left);
      case Code::kQuantize:
      case Code::kRequantize:
        // An int32 code of 2^31 wraps to -2^31; a search never needs to look behind a quantizer.
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<int> OfFunction(const TailInstruction& op) const {
    switch (op.function) {
      case ir::Unary::Kind::kRelu: return At(op.left);
      case ir::Unary::Kind::kNeg: return Turned(At(op.left), -1);
      case ir::Unary::Kind::kLeakyRelu: return op.parameters[0] >= 0 ? At(op.left) : std::nullopt;
      default: return std::nullopt;
    }
  }

  const Tail& tail_;
  std::size_t channel_;
  Directions directions_;
};

}  // namespace

Direction DirectionOf(const TailEvaluator& evaluator, const std::vector<std::uint32_t>& path,
                      std::uint32_t reg, std::int64_t low, std::int64_t high,
                      RegisterBlock& block) {
  const Tail& tail = evaluator.tail();
  const std::array<std::int64_t, 2> ends{low, high};
  evaluator.Evaluate(ends, path, block);
  Composer directions(evaluator, tail.values.size());
  const auto finite = [&](std::size_t r) {
    return std::isfinite(block.low(r)[0]) && std::isfinite(block.low(r)[1]);
  };
  if (!finite(0)) return {0, "the conv's value is not finite"};
  for (const std::uint32_t index : path) {
    directions.Visit(index);
    const std::string op =
        "instruction of node " + std::to_string(tail.instructions[index].node.index);
    if (!directions[index + 1]) return {0, "not monotone: " + op};
    if (!finite(index + 1)) return {0, "not finite: " + op};
  }
  return {directions[reg].value_or(0), directions[reg] ? "" : "not monotone"};
}

}  // namespace foldproof::prove
