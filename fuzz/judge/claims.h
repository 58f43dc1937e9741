// SPDX-License-Identifier: BSD-3-Clause
//
// What a verdict that holds says of the outputs, and no more (docs/proof.md, "Verdicts").
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "harness/prove/verdict/verdict.h"
#include "src/ir/program.h"

namespace foldproof::fuzz {

struct Claims {
  // By how much each output of BEFORE's graph may differ. It is nullopt where nothing is said,
  // because the output follows a site that is not equal.
  std::vector<std::optional<double>> allowed;
  bool bounds_state = true;  // whether buffers must be equal
  double lsb = 0;            // the largest of all tails
};

// Each site is judged alone: what follows a site that is only `within` is bounded where the tail
// ends in the output, and not beyond. Where there are two such sites, the second sees other codes.
Claims ClaimsOf(const prove::Verification& verification, const ir::Program& before);

}  // namespace foldproof::fuzz
