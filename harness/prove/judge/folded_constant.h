// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "harness/prove/verdict/proof.h"
#include "harness/prove/verdict/prove_options.h"

namespace foldproof::prove {

// Why a folded constant is not the one that the before-program needs, in one channel.
struct ConstantFault {
  std::string rule;
  std::string node;  // of the before-program's chain, or the after-program's conv
  std::string detail;
};

// `gap` is ideal_after - ideal_before at the frontier, real units; `slope` the after-tail's there.
ConstantFault ExplainConstant(const Side& before, const Side& after, const MatchedSite& site,
                              const PairPlan& pair, std::uint32_t channel, double gap,
                              double slope);

// Where the before-tail has a batch_norm, but a way from the conv to this frontier leads around it
// (the frontier is not behind it, or a residual sum is): who reads the conv there.
std::optional<std::string> OtherUser(const Side& before, const SiteSide& site,
                                     const PairPlan& pair);

}  // namespace foldproof::prove
