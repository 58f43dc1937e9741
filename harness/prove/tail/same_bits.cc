// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/same_bits.h"

#include <bit>
#include <limits>
#include <optional>
#include <vector>

#include "harness/prove/constants/elementary_functions.h"

namespace foldproof::prove {
namespace {

constexpr std::uint32_t kNoRegister = std::numeric_limits<std::uint32_t>::max();

// Zeros of unlike sign are not the same, and a NaN is of the same bits alone.
bool IsSameNumber(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Whether an operator of before is the one of after, whose registers stand for before's.
class SameOperator {
 public:
  SameOperator(std::size_t channel, const std::vector<std::uint32_t>& after_of)
      : channel_(channel), after_of_(after_of) {}

  // The others step, or kernels differ in the sign of a zero.
  template <typename Operator>
  bool operator()(const Operator&, const Operator&) const {
    return false;
  }
  bool operator()(const tail_op::Add& b, const tail_op::Add& a) const {
    return AreSame(b, a) && b.alpha == a.alpha;
  }
  bool operator()(const tail_op::Mul& b, const tail_op::Mul& a) const { return AreSame(b, a); }
  bool operator()(const tail_op::Div& b, const tail_op::Div& a) const {
    return AreSame(b, a) && b.rounding == a.rounding;
  }
  bool operator()(const tail_op::Affine& b, const tail_op::Affine& a) const {
    return IsSame(b.input, a.input) && IsSame(b.constants.scale, a.constants.scale) &&
           IsSame(b.constants.shift, a.constants.shift) && b.constants.fused == a.constants.fused;
  }
  // The zeros of softshrink have either sign, though its numbers are exact.
  bool operator()(const tail_op::Unary& b, const tail_op::Unary& a) const {
    bool same = IsBitExact(b.function) && b.function == a.function && IsSame(b.input, a.input);
    for (std::size_t i = 0; i < b.parameters.size(); ++i)
      same = same && IsSameNumber(b.parameters[i], a.parameters[i]);
    return same;
  }
  bool operator()(const tail_op::Prelu& b, const tail_op::Prelu& a) const {
    return IsSame(b.input, a.input) && IsSame(b.slope, a.slope);
  }
  bool operator()(const tail_op::Clamp& b, const tail_op::Clamp& a) const {
    return IsSame(b.input, a.input) && IsSame(b.low, a.low) && IsSame(b.high, a.high);
  }
  bool operator()(const tail_op::Compare& b, const tail_op::Compare& a) const {
    return AreSame(b, a) && b.kind == a.kind;
  }
  bool operator()(const tail_op::Where& b, const tail_op::Where& a) const {
    return AreSame(b, a) && IsSame(b.condition, a.condition);
  }
  bool operator()(const tail_op::Move& b, const tail_op::Move& a) const {
    return IsSame(b.input, a.input);
  }

 private:
  bool IsSame(std::uint32_t before, std::uint32_t after) const {
    return after_of_[before] == after;
  }
  bool IsSame(const ChannelConstant& before, const ChannelConstant& after) const {
    return IsSameNumber(static_cast<double>(before.At(channel_)),
                        static_cast<double>(after.At(channel_)));
  }
  bool IsSame(const TailOperand& before, const TailOperand& after) const {
    if (before.index() != after.index()) return false;
    if (const auto* reg = std::get_if<std::uint32_t>(&before))
      return IsSame(*reg, std::get<std::uint32_t>(after));
    return IsSame(std::get<ChannelConstant>(before), std::get<ChannelConstant>(after));
  }
  static bool IsSame(const std::optional<double>& before, const std::optional<double>& after) {
    return before.has_value() == after.has_value() && (!before || IsSameNumber(*before, *after));
  }
  bool AreSame(const tail_op::TwoOperands& before, const tail_op::TwoOperands& after) const {
    return IsSame(before.left, after.left) && IsSame(before.right, after.right);
  }

  std::size_t channel_;
  const std::vector<std::uint32_t>& after_of_;  // kNoRegister: none
};

bool IsSameOperator(const TailOperator& before, const TailOperator& after,
                    const SameOperator& same) {
  if (before.index() != after.index() || !IsBitExact(before) || !IsBitExact(after)) return false;
  return std::visit(
      [&]<typename Operator>(const Operator& one) { return same(one, std::get<Operator>(after)); },
      before);
}

}  // namespace

bool HaveSameBits(const TailEvaluator& before, const Frontier& before_end,
                  const TailEvaluator& after, const Frontier& after_end) {
  const bool is_same_conv = IsSameNumber(before.input_scale(), after.input_scale()) &&
                            IsSameNumber(before.weight_scale(), after.weight_scale()) &&
                            IsSameNumber(before.bias(), after.bias());
  if (!is_same_conv || before_end.path.size() != after_end.path.size()) return false;
  std::vector<std::uint32_t> after_of(before.tail().values.size(), kNoRegister);
  after_of[0] = 0;
  const SameOperator same(before.channel(), after_of);
  for (std::size_t i = 0; i < before_end.path.size(); ++i) {
    const std::uint32_t b = before_end.path[i], a = after_end.path[i];
    if (!IsSameOperator(before.tail().instructions[b].op, after.tail().instructions[a].op, same))
      return false;
    after_of[b + 1] = a + 1;
  }
  return after_of[before_end.reg] == after_end.reg;
}

}  // namespace foldproof::prove
