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

TEST(Interface, InputsThatExportFixed) {
  ir::Program before = Named(kCall, "*"), after = Named(kCall, "*");
  before.fixed_inputs = {R"({"as_bool":true})"};
  after.fixed_inputs = {R"({"as_bool":false})"};
  const auto findings = CompareInterface(before, after);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].rule, "signature-changed");
  EXPECT_TRUE(CompareInterface(before, before).empty());
}

TEST(Interface, AStateIsNoOutputOfTheUser) {
  ir::Program before = Named(kCall, "*"), after = Named(kCall, "*");
  before.outputs[0].kind = ir::OutputSpec::Kind::kUserInputMutation;
  before.outputs[0].target = "x";
  const auto findings = CompareInterface(before, after);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].detail, " became float32[2]");
}

// y = -x of a vector whose length is a symbol.
ir::Program OfAnyLength(std::optional<std::int64_t> low, std::optional<std::int64_t> high) {
  exec::SmallProgram made;
  ir::TensorType type = exec::FloatType({2});
  type.dims[0] = {-1, "Symbol('s7', positive=True, integer=True)", 3};
  const auto x = made.Input("x", type);
  made.Returning({made.Node("y", "aten.neg.default", {{"self", x}}, type)});
  made.program().size_ranges["s7"] = {low, high};
  made.program().size_ranges["u0"] = {low, std::nullopt};  // of no input
  return made.program();
}

// PyTorch: the program that takes 1 to 4 raises "Guard failed: x.size()[0] <= 4" of 8.
TEST(Interface, OtherSizesAreAnotherInterface) {
  EXPECT_TRUE(CompareInterface(OfAnyLength(1, 64), OfAnyLength(1, 64)).empty());
  EXPECT_TRUE(CompareInterface(OfAnyLength({}, {}), OfAnyLength(0, {})).empty());
  const auto findings = CompareInterface(OfAnyLength(1, 64), OfAnyLength(1, 4));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].rule, "signature-changed");
  EXPECT_EQ(findings[0].detail, "s7 in [0, 64] became s7 in [0, 4]");
  EXPECT_EQ(CompareInterface(OfAnyLength(3, {}), OfAnyLength({}, {})).size(), 1u);
  // Of a range from 2 on PyTorch takes 1, too.
  EXPECT_TRUE(CompareInterface(OfAnyLength(2, {}), OfAnyLength(1, {})).empty());
  ir::Program guarded = OfAnyLength({}, {});
  guarded.guards = {"L['x'].size()[0] % 3 == 0"};
  EXPECT_EQ(CompareInterface(OfAnyLength({}, {}), guarded).size(), 1u);
}

}  // namespace
}  // namespace foldproof::prove
