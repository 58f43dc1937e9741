// SPDX-License-Identifier: BSD-3-Clause
//
// What the prover says of our own folds of real programs: the policies guarded and repair on every
// recorded program, and both forms of it.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "harness/prove/verdict/names.h"
#include "src/ir/lift.h"
#include "src/ir/printer.h"
#include "src/pt2/reader.h"
#include "tests/src/fold/corpus.h"
#include "tests/src/fold/judge.h"

namespace foldproof::fold::policies_corpus_test {
namespace {

using prove::Verdict;

FoldResult Folded(const ir::Program& before, Policy policy,
                  Pipeline pipeline = Pipeline::kPostExport) {
  FoldOptions options;
  options.policy = policy;
  options.pipeline = pipeline;
  return Fold(before, options);
}

std::size_t Count(const FoldResult& result) { return result.passes.back().rewritten.size(); }

// "1 folded, within", or why nothing was: "eps-mismatch, equal".
std::string Outcome(const FoldResult& result, const prove::Verification& judged) {
  std::string out;
  if (Count(result) > 0) out = std::to_string(Count(result)) + " folded";
  for (const ir::PassReport& pass : result.passes) {
    for (const ir::Miss& miss : pass.missed) out += (out.empty() ? "" : ", ") + miss.rule;
  }
  for (const std::string& rule : RulesOf(judged)) out += (out.empty() ? "" : ", ") + rule;
  return (out.empty() ? "" : out + ", ") + std::string(NameOf(judged.verdict));
}

// Within the tolerance, or over it because the conv's quantizer saturates, which this policy keeps;
// unproved only where a chain that computes NaN was left as it is.
TEST(GuardedCorpus, IsNeverSilentlyWrong) {
  std::size_t folded = 0;
  for (const RecordedCase& recorded : RecordedCases()) {
    SCOPED_TRACE(recorded.name);
    const ir::Program before = pt2::ReadProgram(recorded.before);
    const FoldResult result = Folded(before, Policy::kGuarded);
    const auto judged = Judge(before, result.program);
    folded += Count(result);
    for (const std::string& rule : RulesOf(judged)) {
      EXPECT_TRUE(rule == "saturation" || (rule == "undefined-before" && Count(result) == 0))
          << rule;
    }
    if (judged.verdict == Verdict::kDiffers) {
      EXPECT_TRUE(RulesOf(judged).contains("saturation"));
    }
    if (judged.verdict == Verdict::kUnproved) {
      EXPECT_EQ(Count(result), 0u);
      EXPECT_TRUE(RulesOf(judged).contains("undefined-before"));
    }
  }
  EXPECT_GT(folded, 5u);
  std::printf("%zu chains folded\n", folded);
}

void ExpectRepaired(const FoldResult& result, const prove::Verification& judged) {
  EXPECT_LE(judged.verdict, Verdict::kWithin);
  EXPECT_FALSE(RulesOf(judged).contains("saturation"));
  for (const auto& site : judged.sites) {
    for (const auto& tail : site.tails) {
      for (const auto& channel : tail.channels) {
        if (!channel.ideal) continue;
        EXPECT_LE(channel.ideal->gap, channel.tolerance.half_step + channel.ideal->error)
            << site.before_conv;
      }
    }
  }
  // A coarser scale only where the quantizer had to hold a shifted range.
  bool another_range = false;
  for (const auto& rewrite : result.passes.back().rewritten) {
    another_range |= rewrite.detail.find("another range") != std::string::npos;
  }
  if (!another_range) {
    EXPECT_FALSE(RulesOf(judged).contains("coarser-quantizer"));
  }
}

TEST(RepairCorpus, KeepsTheNumbersOfEveryChainThatItFolds) {
  std::size_t folded = 0;
  for (const RecordedCase& recorded : RecordedCases()) {
    SCOPED_TRACE(recorded.name);
    const ir::Program before = pt2::ReadProgram(recorded.before);
    const FoldResult result = Folded(before, Policy::kRepair);
    const auto judged = Judge(before, result.program);
    if (Count(result) == 0) continue;
    folded += Count(result);
    ExpectRepaired(result, judged);
  }
  EXPECT_GT(folded, 5u);
  std::printf("%zu chains folded\n", folded);
}

// A program's form decides nothing: the same constants, bit for bit, and the same nodes.
TEST(FormsCorpus, FoldAlike) {
  for (const RecordedCase& recorded : RecordedCases()) {
    SCOPED_TRACE(recorded.name);
    const ir::Program before = pt2::ReadProgram(recorded.before);
    EXPECT_EQ(ir::Print(ir::Lift(ir::Unlift(before))), ir::Print(before));
    for (const Policy policy : {Policy::kGuarded, Policy::kRepair}) {
      const FoldResult exported = Folded(before, policy);
      const FoldResult module = Folded(before, policy, Pipeline::kPreExport);
      EXPECT_EQ(Count(exported), Count(module));
      EXPECT_EQ(exported.program.graph.nodes().size(), module.program.graph.nodes().size());
      EXPECT_EQ(exported.program.constants.size(), module.program.constants.size());
      for (const auto& [name, constant] : exported.program.constants) {
        const auto found = module.program.constants.find(name);
        ASSERT_NE(found, module.program.constants.end()) << name;
        EXPECT_EQ(exported.program.BytesOf(constant), module.program.BytesOf(found->second));
      }
      const auto judged = Judge(exported.program, module.program);
      EXPECT_TRUE(judged.verdict == Verdict::kEqual || judged.verdict == Verdict::kUnproved);
    }
  }
}

TEST(FoldCorpus, IsIdempotentAndStable) {
  for (const RecordedCase& recorded : RecordedCases()) {
    SCOPED_TRACE(recorded.name);
    const ir::Program before = pt2::ReadProgram(recorded.before);
    for (const Policy policy : {Policy::kGuarded, Policy::kRepair}) {
      const FoldResult once = Folded(before, policy);
      EXPECT_EQ(ir::Print(Folded(before, policy).program), ir::Print(once.program));
      const FoldResult twice = Folded(once.program, policy);
      EXPECT_FALSE(twice.changed());
      EXPECT_EQ(ir::Print(twice.program), ir::Print(once.program));
    }
  }
}

// The programs that were built by hand to show one hole of ExecuTorch's pass each: what `guarded`
// does with it. What is left is left for the reason that the program was built for.
TEST(GuardedCorpus, AnswersEveryHoleByItsName) {
  const std::map<std::string, std::string> outcomes{
      {"hand_00_base", "1 folded, within"},
      {"hand_00_base_nobias", "1 folded, within"},
      {"hand_00_base_nooutq", "1 folded, saturation, differs"},
      {"hand_00_base_view", "1 folded, within"},
      {"hand_01_eps_mismatch", "eps-mismatch, equal"},
      {"hand_01_eps_mismatch_1e3", "eps-mismatch, equal"},
      {"hand_04_add_other_user", "other-user-changed, equal"},
      {"hand_04_conv_other_user", "other-user-changed, equal"},
      {"hand_04_dq_other_user", "other-user-changed, equal"},
      {"hand_05_bq_other_reader", "1 folded, within"},
      {"hand_05_bq_plain_conv", "1 folded, within"},
      {"hand_05_float_bias_two_convs", "within"},
      {"hand_05_float_bias_two_convs_pc", "within"},
      {"hand_05_shared_bq", "2 folded, within"},
      {"hand_05_shared_bqdq", "2 folded, within"},
      {"hand_05_shared_orig", "2 folded, within"},
      {"hand_06_bias_precision", "1 folded, within"},
      {"hand_06_overflow_neg", "bias-clamp, equal"},
      {"hand_06_overflow_pos", "bias-clamp, equal"},
      {"hand_07_pc_bias", "1 folded, within"},
      {"hand_08_float_input_nobias", "equal"},
      {"hand_08_unbatched", "equal"},
      {"hand_08_unbatched_c_eq_h", "equal"},
      {"hand_08_unbatched_h1", "equal"},
      {"hand_09_alpha_bias", "1 folded, within"},
      {"hand_10_scale_floor", "float-op-between-quantizers, undefined-before, unproved"},
      {"hand_11_rsqrt", "1 folded, within"},
      {"hand_12_bn_bnone", "1 folded, within"},
      {"hand_12_bn_none", "numerator-mismatch, equal"},
      {"hand_12_bn_wnone", "numerator-mismatch, equal"},
      {"hand_13_gamma0", "undefined-before, undefined-before, unproved"},
      {"hand_13_gamma0_all", "undefined-before, undefined-before, unproved"},
      {"hand_13_gamma_tiny", "1 folded, within"},
      {"hand_14_mean_nan", "nonfinite, undefined-before, unproved"},
      {"hand_14_var_inf", "nonfinite, undefined-before, unproved"},
      {"hand_14_var_neg", "nonfinite, undefined-before, unproved"},
      {"hand_15_orig_axis", "axis-mismatch, equal"},
      {"hand_20_training_bn", "no-chain, equal"},
      {"hand_21_saturate", "1 folded, within"},
      {"hand_22_no_default_zero_bias", "1 folded, within"},
      {"hand_23_bn_div_scalar", "no-chain, equal"},
      {"hand_24_pc_scale_param", "equal"},
      {"hand_25_preset_bias", "1 folded, within"},
  };
  std::size_t seen = 0;
  for (const RecordedCase& recorded : RecordedCases()) {
    if (!recorded.name.starts_with("hand_")) continue;
    const ir::Program before = pt2::ReadProgram(recorded.before);
    const FoldResult result = Folded(before, Policy::kGuarded);
    const auto wanted = outcomes.find(recorded.name);
    ASSERT_NE(wanted, outcomes.end()) << recorded.name << " is new";
    EXPECT_EQ(Outcome(result, Judge(before, result.program)), wanted->second) << recorded.name;
    ++seen;
  }
  EXPECT_GE(seen, 10u);
}

}  // namespace
}  // namespace foldproof::fold::policies_corpus_test
