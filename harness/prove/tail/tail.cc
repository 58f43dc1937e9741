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
    ForEachRegister(instructions[i], [&](std::uint32_t read) { needed[read] = 1; });
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<ir::NodeId> NodesTo(const Tail& tail, std::uint32_t reg) {
  std::vector<ir::NodeId> out;
  while (reg > 0) {
    const TailInstruction& op = tail.instructions[reg - 1];
    out.push_back(op.node);
    reg = op.left.is_register ? op.left.index : op.right.index;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace foldproof::prove
