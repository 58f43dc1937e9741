// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/prove/sites/site_match.h"

namespace foldproof::prove {

// Where nothing is quantized that could give a unit, one LSB is the float32 step of the largest
// number that the before-program has at the frontier, over all channels and the range of its input:
// sets PairPlan::lsb of such pairs.
void SetFloatUnits(MatchedSite& site);

}  // namespace foldproof::prove
