// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/kernel_errors.h"

#include <algorithm>

namespace foldproof::prove {

std::span<const KernelError> KernelErrorsOf(ir::Unary::Kind kind) {
  const std::span<const KernelError> all = KernelErrorTable();
  const auto is_kind = [kind](const KernelError& row) { return row.kind == kind; };
  const auto first = std::ranges::find_if(all, is_kind);
  const auto last = std::find_if_not(first, all.end(), is_kind);
  return {first, last};
}

}  // namespace foldproof::prove
