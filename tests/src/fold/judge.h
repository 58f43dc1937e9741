// SPDX-License-Identifier: BSD-3-Clause
//
// What the prover says of a fold.
#pragma once

#include <set>
#include <string>

#include "harness/prove/judge/prover.h"
#include "src/fold/pipeline.h"

namespace foldproof::fold {

inline prove::Verification Judge(const ir::Program& before, const ir::Program& after) {
  const prove::Side before_side(before), after_side(after);
  return prove::Prove(before_side, after_side, {}).verification;
}

// The rules of all causes and of the structure findings that are new.
inline std::set<std::string> RulesOf(const prove::Verification& verification) {
  std::set<std::string> rules;
  for (const auto& finding : verification.structure) {
    if (finding.only_after) rules.insert(finding.rule);
  }
  for (const auto& site : verification.sites) {
    for (const auto& tail : site.tails) {
      for (const auto& cause : tail.causes) rules.insert(cause.rule);
    }
  }
  return rules;
}

}  // namespace foldproof::fold
