// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "src/fold/norm_pair.h"

namespace foldproof::fold {

// One precondition of folding a batch_norm into weights, by a name of its own. `check` tells why it
// does not hold.
struct NormGuard {
  std::string_view name;
  std::optional<ir::Miss> (*check)(const NormCandidate& candidate);
};

// All of them, in the order in which they are asked (docs/fold.md, "Guards of the weights").
std::span<const NormGuard> NormGuards();

// Why the first of `guards` that does not hold does not.
std::optional<ir::Miss> FirstFailure(const NormCandidate& candidate,
                                     std::span<const NormGuard> guards);

}  // namespace foldproof::fold
