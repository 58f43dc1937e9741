// SPDX-License-Identifier: BSD-3-Clause
//
// No mutant is the engine under another name: each has a program on which it gives another result,
// and a rule that tells that the result is wrong.
#include "harness/mutants/mutants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "src/base/error.h"
#include "tests/harness/mutants/killers.h"
#include "tests/src/fold/judge.h"

namespace foldproof::mutants {
namespace {

using prove::Verdict;
using prove::Verification;

std::ptrdiff_t SurvivingChains(const Verification& judged) {
  return std::ranges::count(judged.structure, "chain-survives", &prove::StructureFinding::rule);
}

// The rules of structure that are new, then those of causes, in the order of the report.
std::vector<std::string> RulesInOrder(const Verification& judged) {
  std::vector<std::string> rules;
  for (const auto& finding : judged.structure) {
    if (finding.only_after) rules.push_back(finding.rule);
  }
  for (const auto& site : judged.sites) {
    for (const auto& tail : site.tails) {
      for (const auto& cause : tail.causes) rules.push_back(cause.rule);
    }
  }
  return rules;
}

// What tells that the mutant's result is wrong, where the engine's is not; empty: nothing does.
//   raises          the mutant throws
//   chain-survives  where the engine folds
//   any other       a rule that the mutant's result has and the engine's has not (where the mutant
//                   folded what the engine leaves: any rule, if the result is not proved), or the
//                   verdict where that is worse without a rule
std::string RuleAgainst(const Mutant& mutant, const ir::Program& before) {
  const fold::FoldResult engine = fold::Fold(before, mutant.Engine());
  const Verification right = fold::Judge(before, engine.program);
  EXPECT_LE(right.verdict, Verdict::kUnproved) << mutant.name << ": the engine's own fold differs";
  ir::Program after;
  try {
    after = mutant.Run(before).program;
  } catch (const Error&) {
    return "raises";
  }
  const Verification wrong = fold::Judge(before, after);
  if (SurvivingChains(wrong) > SurvivingChains(right)) return "chain-survives";
  const bool folds_more = SurvivingChains(wrong) < SurvivingChains(right);
  const std::set<std::string> known = folds_more && wrong.verdict > Verdict::kWithin
                                          ? std::set<std::string>{}
                                          : fold::RulesOf(right);
  for (const std::string& rule : RulesInOrder(wrong)) {
    if (!known.contains(rule)) return rule;
  }
  return wrong.verdict > right.verdict ? std::string(prove::Name(wrong.verdict)) : "";
}

TEST(Mutants, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Mutant& mutant : Mutants()) {
    EXPECT_TRUE(names.insert(mutant.name).second) << mutant.name;
    EXPECT_FALSE(mutant.breaks.empty()) << mutant.name;
  }
  EXPECT_GE(names.size(), 40u);
}

TEST(Mutants, AreToldFromTheEngineByARule) {
  std::map<std::string_view, const Mutant*> left;
  for (const Mutant& mutant : Mutants()) left[mutant.name] = &mutant;
  for (const Killer& killer : Killers()) {
    ASSERT_TRUE(left.contains(killer.mutant)) << killer.mutant;
    const Mutant& mutant = *left[killer.mutant];
    left.erase(killer.mutant);
    const std::string rule = RuleAgainst(mutant, ChainProgram(killer.spec).Build(killer.also));
    EXPECT_EQ(rule, killer.rule) << killer.mutant;
    std::printf("| `%s` | %s | `%s` |\n", killer.mutant.data(), mutant.breaks.data(), rule.c_str());
  }
  for (const auto& [name, mutant] : left) ADD_FAILURE() << name << " has no program";
}

}  // namespace
}  // namespace foldproof::mutants
