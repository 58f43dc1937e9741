// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/properties.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "fuzz/draw_json.h"
#include "fuzz/program_of_draw.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/passes/built_in_pass.h"

namespace foldproof::fuzz {
namespace {

using Rules = std::set<std::string>;

// The rules by which ExecuTorch's pass fails on a program of one block with these choices.
Rules FailuresOfUpstream(const nlohmann::json& block, bool saturation_is_known = false) {
  fold::FoldOptions fold;
  fold.policy = fold::Policy::kUpstream;
  passes::BuiltInPass pass(fold);
  exec::IntegerExecutor executor;
  PropertyOptions options;
  options.saturation_is_known = saturation_is_known;
  const nlohmann::json json{{"blocks", nlohmann::json::array({block})}};
  const Draw draw = DrawOf(JsonField(json));
  Rules rules;
  const CaseOutcome outcome = Examiner(pass, options, executor).Examine(ProgramOf(draw), 1);
  for (const Finding& finding : outcome.findings) rules.insert(finding.rule);
  return rules;
}

TEST(Examiner, TellsWhoReadsTheConvPastTheBatchNorm) {
  for (const char* reader : {"of the conv", "of quantize", "of dequantize", "of div"}) {
    const Rules rules = FailuresOfUpstream({{"extra user", reader}});
    EXPECT_TRUE(rules.contains("other-user-changed")) << reader;
    EXPECT_FALSE(rules.contains("rounding")) << reader;
  }
}

TEST(Examiner, KnownSaturationHidesNothingElse) {
  // One channel's sum does not fit, the other's folded constant is beyond int32.
  const nlohmann::json block = {{"quantizer room", "tight"}, {"beta", "huge"}};
  EXPECT_TRUE(FailuresOfUpstream(block).contains("saturation"));
  const Rules rules = FailuresOfUpstream(block, true);
  EXPECT_FALSE(rules.contains("saturation"));
  EXPECT_TRUE(rules.contains("bias-wrap"));
}

// What becomes of a drawn program of the folds into weights under the engine of this name.
CaseOutcome OutcomeOf(const std::string& engine, const nlohmann::json& draw) {
  const fold::FoldOptions fold = passes::OptionsNamed(engine).value();
  passes::BuiltInPass pass(fold);
  exec::IntegerExecutor executor;
  PropertyOptions options;
  options.family = Family::kConvBn;
  options.weights = fold::ModeOf(fold);
  const Draw drawn = DrawOf(JsonField(draw));
  return Examiner(pass, options, executor).Examine(ProgramOf(drawn), 1);
}

nlohmann::json DrawOfBlocks(const std::vector<nlohmann::json>& blocks) {
  return {{"programs", "conv-bn"}, {"blocks", blocks}};
}

// The second linear gets a bias, which it had not: it is the place where the first one's tail ends.
TEST(Examiner, ALinearThatGetsABiasIsStillTheSamePlace) {
  nlohmann::json draw = DrawOfBlocks({{{"bias", "none"}}, {{"bias", "none"}}});
  draw["space"] = "linear";
  const CaseOutcome outcome = OutcomeOf("conv-bn repair rescale", draw);
  EXPECT_EQ(outcome.kind, CaseOutcome::Kind::kProved) << outcome.unproved;
}

TEST(Examiner, AFloatBiasThatStaysAFloatIsFolded) {
  const nlohmann::json draw = DrawOfBlocks({{{"bias", "float"}, {"kernel", "1"}}});
  EXPECT_TRUE(OutcomeOf("conv-bn repair rescale", draw).findings.empty());
}

// float32 sees a variance of 0 there and float64 does not.
TEST(Examiner, AVarianceThatEpsCancelsIsLeft) {
  const nlohmann::json draw = DrawOfBlocks({{{"variance", "cancelled by eps"}}});
  for (const char* engine : {"conv-bn guarded requantize", "conv-bn repair rescale"}) {
    EXPECT_EQ(OutcomeOf(engine, draw).kind, CaseOutcome::Kind::kRefused) << engine;
  }
}

}  // namespace
}  // namespace foldproof::fuzz
