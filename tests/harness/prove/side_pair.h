// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <utility>

#include "harness/prove/judge/prover.h"
#include "src/ir/program.h"

namespace foldproof::prove {

// Two programs as the prover sees them; everything that points into them lives as long as this.
struct SidePair {
  SidePair(ir::Program before_program, ir::Program after_program)
      : programs{std::move(before_program), std::move(after_program)},
        before(programs[0]),
        after(programs[1]) {}
  SidePair(const SidePair&) = delete;

  Matching Match() const { return MatchSites(before, after, BatchNormVariant::kFma); }
  Proof Judge(const ProveOptions& options = {}) const { return Prove(before, after, options); }

  std::array<ir::Program, 2> programs;
  Side before;
  Side after;
};

}  // namespace foldproof::prove
