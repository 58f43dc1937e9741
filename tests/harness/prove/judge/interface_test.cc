// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/interface.h"

#include <gtest/gtest.h>

#include "tests/harness/exec/small_programs.h"

namespace foldproof::prove {
namespace {

ir::Program Named(const std::string& inputs, const std::string& outputs) {
  exec::SmallProgram made;
  const auto x = made.Input("x", exec::FloatType({2}));
  made.Returning({made.Node("y", "aten.neg.default", {{"self", x}}, exec::FloatType({2}))});
  made.program().input_tree = inputs;
  made.program().output_tree = outputs;
  return made.program();
}

const char kCall[] = "builtins.tuple(null)[builtins.tuple(null)[*],builtins.dict([])[]]";

TEST(Interface, TheSameCallIsTheSame) {
  EXPECT_TRUE(CompareInterface(Named(kCall, "*"), Named(kCall, "*")).empty());
}

TEST(Interface, AnExchangedKeyIsAnotherInterface) {
  const auto findings = CompareInterface(Named(kCall, "builtins.dict([\"a\", \"b\"])[*,*]"),
                                         Named(kCall, "builtins.dict([\"b\", \"a\"])[*,*]"));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].rule, "signature-changed");
  EXPECT_EQ(findings[0].node, "outputs");
  EXPECT_TRUE(findings[0].only_after);
}

TEST(Interface, AnArchiveThatDoesNotSayHasNoKeys) {
  EXPECT_TRUE(CompareInterface(Named(kCall, "*"), Named("", "")).empty());
  EXPECT_EQ(CompareInterface(Named("builtins.dict([\"a\"])[*]", "*"), Named("", "*")).size(), 1u);
}

TEST(Interface, AStateIsNoOutputOfTheUser) {
  ir::Program before = Named(kCall, "*"), after = Named(kCall, "*");
  before.outputs[0].kind = ir::OutputSpec::Kind::kUserInputMutation;
  before.outputs[0].target = "x";
  const auto findings = CompareInterface(before, after);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].detail, " became float32[2]");
}

}  // namespace
}  // namespace foldproof::prove
