// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/tail.h"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <variant>

namespace foldproof::prove {

std::vector<std::uint32_t> PathTo(const std::vector<TailInstruction>& instructions,
                                  std::uint32_t reg) {
  std::vector<char> needed(instructions.size() + 1, 0);
  needed[reg] = 1;
  std::vector<std::uint32_t> path;
  for (std::size_t i = instructions.size(); i-- > 0;) {
    if (!needed[i + 1]) continue;
    path.push_back(static_cast<std::uint32_t>(i));
    for (const std::uint32_t read : ReadsOf(instructions[i].op)) needed[read] = 1;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<ir::NodeId> NodesTo(const Tail& tail, std::uint32_t reg) {
  std::vector<ir::NodeId> out;
  while (reg > 0) {
    const TailInstruction& instruction = tail.instructions[reg - 1];
    out.push_back(instruction.node);
    reg = ReadsOf(instruction.op).registers[0];
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::string KernelUnsettled(const Tail& tail, std::size_t channel, std::int64_t low,
                            std::int64_t high) {
  for (const TailInstruction& instruction : tail.instructions) {
    const auto* kernel = std::get_if<tail_op::Requantize>(&instruction.op);
    if (kernel == nullptr) continue;
    if (std::string why = kernel->WhyUnsettled(channel, low, high); !why.empty()) return why;
  }
  return {};
}

namespace {

// Calls visit(constant) for each constant among the operands of one operator.
template <typename AnyOperator, typename Visit>
void ForEachConstantOf(AnyOperator& any, Visit visit) {
  std::visit(
      [&](auto& op) {
        if constexpr (std::is_base_of_v<tail_op::TwoOperands, std::decay_t<decltype(op)>>) {
          for (auto* operand : {&op.left, &op.right}) {
            if (auto* constant = std::get_if<ChannelConstant>(operand)) visit(*constant);
          }
        }
      },
      any);
}

// The same for all operators of the tail.
template <typename AnyTail, typename Visit>
void ForEachConstant(AnyTail& tail, Visit visit) {
  for (auto& instruction : tail.instructions) ForEachConstantOf(instruction.op, visit);
}

}  // namespace

RootId RootOf(const Tail& tail, std::size_t channel) {
  RootId out = kNoRoot;
  ForEachConstant(tail, [&](const ChannelConstant& constant) {
    if (constant.roots.empty()) return;
    out = CombineRoots(out, constant.roots[constant.roots.size() == 1 ? 0 : channel]);
  });
  return out;
}

Tail WithRootsStepped(const Tail& tail, bool up) {
  Tail out = tail;
  ForEachConstant(out, [&](ChannelConstant& constant) {
    if (!constant.roots.empty()) constant.value = up ? constant.upper : constant.lower;
  });
  return out;
}

bool StepChanges(const Tail& tail, std::size_t channel, bool up) {
  bool changes = false;
  ForEachConstant(tail, [&](const ChannelConstant& constant) {
    if (constant.roots.empty()) return;
    const std::vector<float>& stepped = up ? constant.upper : constant.lower;
    const float now = stepped[stepped.size() == 1 ? 0 : channel];
    changes |=
        std::bit_cast<std::uint32_t>(now) != std::bit_cast<std::uint32_t>(constant.At(channel));
  });
  return changes;
}

std::vector<std::uint32_t> InstructionsBehindRoots(const Tail& tail) {
  std::vector<char> is_behind(tail.instructions.size() + 1, 0);  // by register
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < tail.instructions.size(); ++i) {
    const TailOperator& op = tail.instructions[i].op;
    for (const std::uint32_t reg : ReadsOf(op)) is_behind[i + 1] |= is_behind[reg];
    ForEachConstantOf(op, [&](const ChannelConstant& constant) {
      if (!constant.roots.empty()) is_behind[i + 1] = 1;
    });
    if (is_behind[i + 1] != 0) out.push_back(i);
  }
  return out;
}

}  // namespace foldproof::prove
