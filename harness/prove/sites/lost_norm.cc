// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/lost_norm.h"

#include <algorithm>

namespace foldproof::prove {

const AffineConstants* LostNorm(const Tail& before, const Frontier& before_end, const Tail& after,
                                const Frontier& after_end) {
  const auto norm_at = [](const Tail& tail, std::uint32_t index) {
    return std::get_if<tail_op::Affine>(&tail.instructions[index].op);
  };
  for (const std::uint32_t index : after_end.path) {
    if (norm_at(after, index) != nullptr) return nullptr;
  }
  const tail_op::Affine* only = nullptr;
  for (const std::uint32_t index : before_end.path) {
    const tail_op::Affine* norm = norm_at(before, index);
    if (norm == nullptr) continue;
    if (only != nullptr) return nullptr;
    only = norm;
  }
  if (only == nullptr) return nullptr;
  for (std::uint32_t reg = only->input; reg > 0;) {
    const TailOperator& op = before.instructions[reg - 1].op;
    if (RoleOf(op) == Role::kComputes) return nullptr;
    reg = ReadsOf(op).registers[0];
  }
  return &only->constants;
}

}  // namespace foldproof::prove
