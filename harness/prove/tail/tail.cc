// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/tail.h"

#include <algorithm>

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

}  // namespace foldproof::prove
