// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/monotone.h"

namespace foldproof::prove {

std::optional<int> DirectionOfSum(std::optional<int> a, std::optional<int> b) {
  if (!a || !b) return std::nullopt;
  if (*a == 0) return b;
  if (*b == 0 || *a == *b) return a;
  return std::nullopt;
}

}  // namespace foldproof::prove
