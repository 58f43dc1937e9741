// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "harness/prove/judge/site_reach.h"
#include "harness/prove/sites/site_match.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

// Why a tail within its derived tolerances is not proved all the same; empty: it is. A tolerance
// says nothing that is above a quarter of the codes of the quantizer that measures the frontier, of
// channels that differ by more than that quarter; or above half of all that the value takes over
// the reach where no ideal gap tells a wrong constant, as behind a sign or a comparison: hardly a
// wrong fold could exceed it.
std::string ReasonVacuous(const MatchedSite& site, const PairPlan& pair, const SiteReach& reach,
                          Domain gate, const TailVerdict& verdict);

// The same beside the quantizer's codes alone, which needs no figure of a channel's values.
std::string ReasonBesideCodes(const MatchedSite& site, const PairPlan& pair, Domain gate,
                              const TailVerdict& verdict);

// Whether some tail is unproved by that.
bool HasVacuousTolerance(const Verification& verification);

}  // namespace foldproof::prove
