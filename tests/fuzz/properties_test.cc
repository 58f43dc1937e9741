// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/properties.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

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

}  // namespace
}  // namespace foldproof::fuzz
