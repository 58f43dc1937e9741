// SPDX-License-Identifier: BSD-3-Clause
//
// What must hold of a pass on every program.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/draw.h"
#include "fuzz/finding.h"
#include "harness/exec/executor.h"
#include "harness/passes/pass_under_test.h"
#include "harness/prove/judge/channel_judge.h"
#include "harness/prove/judge/prover.h"
#include "src/fold/folded_weight.h"

namespace foldproof::fuzz {

struct CaseOutcome {
  enum class Kind { kRefused, kProved, kUnproved, kFailed, kCut };  // kCut: nobody waited for it

  Kind kind = Kind::kRefused;
  bool folded = false;
  std::vector<Finding> findings;
  std::string unproved;  // the reason
};

struct PropertyOptions {
  // `guarded` keeps the quantizer that a folded constant may saturate, and says so (docs/fold.md):
  // that alone is no failure then.
  bool saturation_is_known = false;
  // Which programs are asked about, and what becomes of codes there.
  Family family = Family::kQatChain;
  fold::CodesMode weights = fold::CodesMode::kRequantize;
  // Dear properties are asked of every n-th case (both forms, a program equal to itself, round
  // trip); 1: of every one.
  std::uint64_t dear_every = 64;
  // Whether a folded program is folded again, likewise: dear where the pass is.
  std::uint64_t again_every = 1;
  // Only these rules are findings; empty: all.
  std::set<std::string> rules;
  std::set<std::string> known;  // these are not
};

// "refused", "proved", "unproved", "failed", "cut".
std::string_view Name(CaseOutcome::Kind kind);

// Asks every property of `pass` on one program.
class Examiner {
 public:
  // All three outlive the examiner but the options, which are copied.
  Examiner(passes::PassUnderTest& pass, const PropertyOptions& options, exec::Executor& executor)
      : pass_(pass), options_(options), executor_(executor) {}

  CaseOutcome Examine(const ir::Program& before, std::uint64_t index);

 private:
  void AskOfPass(const ir::Program& before, std::uint64_t index, CaseOutcome& outcome);
  void AskOfProof(const ir::Program& before, const ir::Program& after, CaseOutcome& outcome);
  void AskOfSite(const ir::Program& before, const ir::Program& after,
                 const prove::SiteVerdict& site, CaseOutcome& outcome);
  void AskAgain(const ir::Program& after, CaseOutcome& outcome);
  void AskDear(const ir::Program& before, const ir::Program& after, CaseOutcome& outcome);

  passes::PassUnderTest& pass_;
  PropertyOptions options_;
  exec::Executor& executor_;
  prove::JudgeScratch scratch_;
};

}  // namespace foldproof::fuzz
