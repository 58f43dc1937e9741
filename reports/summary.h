// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>

#include "harness/prove/judge/prover.h"

namespace foldproof::reports {

// What a verification found, for people: the verdict, one line a site with the cause in words and
// the bound that a right fold would have had.
// `modules` names the modules of before's convs as their author did.
std::string VerifySummary(const prove::Verification& verification,
                          const prove::ProveOptions& options,
                          const std::map<std::string, std::string>& modules = {});

// A line behind it, for whoever can give the option and has not; empty where it would tell nothing.
std::string ExplainHint(const prove::Verification& verification);

}  // namespace foldproof::reports
