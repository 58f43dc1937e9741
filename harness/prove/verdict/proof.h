// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/prove/sites/site_match.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

// What a proof leaves behind besides its verdicts, for witnesses to be run.
struct Proof {
  Matching matching;
  Verification verification;  // sites in the order of matching.sites
};

}  // namespace foldproof::prove
