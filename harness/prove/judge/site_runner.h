// SPDX-License-Identifier: BSD-3-Clause
//
// Every channel of every site, on as many threads as there are, or remembered from another proof.
#pragma once

#include <vector>

#include "harness/prove/judge/site_reach.h"
#include "harness/prove/question/site_answer.h"
#include "harness/prove/sites/site_match.h"
#include "harness/prove/verdict/prove_options.h"

namespace foldproof::prove {

struct JudgedSite {
  SiteAnswer answer;
  SiteReach reach;
  bool remembered = false;  // the answer comes from ProveOptions::memory
};

// One a site of `matching`, which is the same afterwards; its sites are asked in between. Results
// are the same whatever the number of threads, and whatever is remembered.
std::vector<JudgedSite> JudgeSites(const Side& before, Matching& matching,
                                   const ProveOptions& options);

// What was observed at the site; null where nothing was asked for.
const ObservedSite* ObservedAt(const MatchedSite& site, const ProveOptions& options);

}  // namespace foldproof::prove
