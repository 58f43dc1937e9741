// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "src/fold/chain_guards.h"
#include "src/fold/fold_rules.h"

namespace foldproof::fold {

// What goes into the bias of a chain's convolution.
struct DecidedFold {
  std::vector<double> corrections;  // C, one a channel
  std::vector<std::int32_t> codes;  // of b + C
};

// Or why the chain is left: a guard, or codes that do not fit.
std::variant<DecidedFold, ir::Miss> DecideFold(const Candidate& candidate, const FoldRules& rules);

}  // namespace foldproof::fold
