// SPDX-License-Identifier: BSD-3-Clause
//
// No mutant is the engine under another name: each has a program on which it gives another result,
// and a rule that tells that the result is wrong. docs/mutants.md holds the table of them.
#include "harness/mutants/mutants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "harness/exec/integer/integer_executor.h"
#include "harness/prove/verdict/names.h"
#include "src/base/error.h"
#include "src/fold/quant_fusion/quant_fusion_crash.h"
#include "tests/harness/mutants/killers.h"
#include "tests/paths.h"
#include "tests/src/fold/judge.h"

namespace foldproof::mutants {
namespace {

using prove::Verdict;
using prove::Verification;

// What shows that a mutant is wrong: a program, and the scale of the quantizer whose steps a run is
// measured in.
struct Evidence {
  ir::Program before;
  std::string_view rule;
  double scale = 0;
};

std::optional<Evidence> EvidenceAgainst(std::string_view mutant) {
  for (const Killer& killer : Killers()) {
    if (killer.mutant != mutant) continue;
    return Evidence{ChainProgram(killer.spec).Build(killer.also), killer.rule,
                    killer.spec.quantizer.scale};
  }
  for (const NormKiller& killer : NormKillers()) {
    if (killer.mutant != mutant) continue;
    return Evidence{fold::NormProgram(killer.spec).Build(), killer.rule, 0.0625};
  }
  return std::nullopt;
}

// Chains that the judge knows, and every batch_norm behind a product.
std::ptrdiff_t SurvivingChains(const Verification& judged, const ir::Program& program) {
  const auto norms = std::ranges::count_if(program.graph.nodes(), [](const ir::Node& node) {
    return std::holds_alternative<ir::BatchNorm>(node.op);
  });
  return norms +
         std::ranges::count(judged.structure, "chain-survives", &prove::StructureFinding::rule);
}

// The rules of causes, then those of structure that are new, in the order of the report.
std::vector<std::string> RulesInOrder(const Verification& judged) {
  std::vector<std::string> rules;
  for (const auto& site : judged.sites) {
    for (const auto& tail : site.tails) {
      for (const auto& cause : tail.causes) rules.push_back(cause.rule);
    }
  }
  for (const auto& finding : judged.structure) {
    if (finding.only_after) rules.push_back(finding.rule);
  }
  return rules;
}

// The first output on the input -3, -2, -1, ..., which the input's quantizer does not clip.
std::vector<float> OutputOf(const ir::Program& program) {
  const ir::ValueId x = program.UserInputs().at(0);
  const std::vector<std::int64_t> sizes = program.graph.value(x).type->sizes();
  std::vector<float> numbers(
      static_cast<std::size_t>(*program.graph.value(x).type->element_count()));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<float>(i) - 3.0f;
  }
  const ir::ValueId out = std::get<ir::ValueId>(program.graph.outputs().front());
  exec::IntegerExecutor executor;
  const exec::Tensors values = executor.Run(
      program, {{x, exec::Tensor::Of(ir::ScalarType::kFloat32, sizes, numbers)}}, {out});
  return values.at(out).Elements<float>();
}

// Whether that output moves by more than `most`.
bool RunsDiffer(const ir::Program& before, const ir::Program& after, double most) {
  const std::vector<float> left = OutputOf(before), right = OutputOf(after);
  if (left.size() != right.size()) return true;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!(std::abs(left[i] - right[i]) <= most)) return true;
  }
  return false;
}

bool Crashes(const ir::Program& program) {
  const auto patterns = fold::PatternsOf(fold::PatternSet::kFusedConvRelu);
  return !fold::QuantFusionCrashes(program, patterns).empty();
}

// What tells that the mutant's result is wrong, where the engine's is not; empty: nothing does.
//   raises          the mutant throws
//   chain-survives  where the engine folds
//   quant-fusion-crash  ExecuTorch's QuantFusion would raise on its result, and not on the engine's
//   run-differs     its result cannot be judged, and a run shows more than two steps of the chain's
//                   quantizer
//   any other       a rule that the mutant's result has and the engine's has not (where the mutant
//                   folded what the engine leaves: any rule, if the result is not proved), or the
//                   verdict where that is worse without a rule
std::string RuleAgainst(const Mutant& mutant, const Evidence& evidence) {
  const ir::Program& before = evidence.before;
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
  const auto left = SurvivingChains(wrong, after),
             left_by_engine = SurvivingChains(right, engine.program);
  if (left > left_by_engine) return "chain-survives";
  if (Crashes(after) && !Crashes(engine.program)) return "quant-fusion-crash";
  const bool folds_more = left < left_by_engine;
  const std::set<std::string> known = folds_more && wrong.verdict > Verdict::kWithin
                                          ? std::set<std::string>{}
                                          : fold::RulesOf(right);
  for (const std::string& rule : RulesInOrder(wrong)) {
    if (!known.contains(rule)) return rule;
  }
  if (wrong.verdict < right.verdict) return "";
  const bool refuted = wrong.verdict == Verdict::kUnproved &&
                       RunsDiffer(before, after, 2 * evidence.scale) &&
                       !RunsDiffer(before, engine.program, 2 * evidence.scale);
  if (wrong.verdict == right.verdict && !refuted) return "";
  return refuted ? "run-differs" : std::string(prove::NameOf(wrong.verdict));
}

std::string RowOf(const Mutant& mutant, std::string_view rule) {
  std::ostringstream row;
  row << "| `" << mutant.name << "` | " << mutant.breaks << " | `" << rule << "` |";
  return row.str();
}

std::vector<std::string> RowsOfDocs() {
  std::ifstream file(std::string(tests::kSourceFolder) + "/docs/mutants.md");
  std::vector<std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| `")) rows.push_back(line);
  }
  return rows;
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
  EXPECT_EQ(Killers().size() + NormKillers().size(), Mutants().size());
  for (const Mutant& mutant : Mutants()) {
    const auto evidence = EvidenceAgainst(mutant.name);
    ASSERT_TRUE(evidence) << mutant.name << " has no program";
    const std::string rule = RuleAgainst(mutant, *evidence);
    EXPECT_EQ(rule, evidence->rule) << mutant.name;
    std::printf("%s\n", RowOf(mutant, rule).c_str());
  }
}

TEST(Mutants, AreInTheTableOfTheDocs) {
  std::vector<std::string> rows;
  for (const Mutant& mutant : Mutants()) {
    const auto evidence = EvidenceAgainst(mutant.name);
    rows.push_back(RowOf(mutant, evidence ? evidence->rule : ""));
  }
  EXPECT_EQ(RowsOfDocs(), rows) << "the test before prints the rows";
}

}  // namespace
}  // namespace foldproof::mutants
