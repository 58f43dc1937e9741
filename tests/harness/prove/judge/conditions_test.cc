// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/conditions.h"

#include <gtest/gtest.h>

#include "tests/harness/exec/small_programs.h"

namespace foldproof::prove {
namespace {

// y = -x; asserts that item() of the second input is above `least`, as torch._check writes it.
ir::Program Asserting(std::optional<std::int64_t> least, const std::string& message = "said") {
  exec::SmallProgram made;
  const auto x = made.Input("x", exec::FloatType({2}));
  const auto i = made.Input("i", ir::MakeTensorType(ir::ScalarType::kInt64, {}));
  const auto y = made.Node("y", "aten.neg.default", {{"self", x}}, exec::FloatType({2}));
  if (least) {
    ir::Graph& graph = made.program().graph;
    const auto add = [&](const std::string& name, const std::string& target,
                         const std::vector<ir::Argument>& arguments, bool has_result) {
      std::vector<std::pair<std::string, std::optional<ir::TensorType>>> results;
      if (has_result) results.emplace_back(name, std::nullopt);
      return graph.Append(name, target, arguments, results);
    };
    const auto item = add("item", "aten.item.default", {{"self", i, false}}, true);
    const auto above = add("gt", "_operator.gt",
                           {{"a", graph.node(item).outputs[0], false}, {"b", *least, false}}, true);
    add("check", "aten._assert_scalar.default",
        {{"self", graph.node(above).outputs[0], false}, {"assert_msg", message, false}}, false);
  }
  made.Returning({y});
  return made.program();
}

std::vector<UnprovedPart> Compared(const ir::Program& before, const ir::Program& after) {
  return CompareConditions(Side(before), Side(after));
}

TEST(Conditions, TheSameOneIsTheSameWhateverItSays) {
  EXPECT_TRUE(Compared(Asserting({}), Asserting({})).empty());
  EXPECT_TRUE(Compared(Asserting(0), Asserting(0, "in other words")).empty());
}

TEST(Conditions, OneThatIsDroppedAddedOrChangedIsTold) {
  const auto dropped = Compared(Asserting(0), Asserting({}));
  ASSERT_EQ(dropped.size(), 1u);
  EXPECT_EQ(dropped[0].node, "check");
  EXPECT_EQ(Compared(Asserting({}), Asserting(0)).size(), 1u);
  EXPECT_EQ(Compared(Asserting(0), Asserting(1)).size(), 2u);
}

// y = -x; asserts that x, a float32, has type `dtype`.
ir::Program AssertingType(ir::ScalarType dtype) {
  exec::SmallProgram made;
  const auto x = made.Input("x", exec::FloatType({2}));
  const auto y = made.Node("y", "aten.neg.default", {{"self", x}}, exec::FloatType({2}));
  made.program().graph.Append("check", "aten._assert_tensor_metadata.default",
                              {{"a", x, false}, {"dtype", dtype, false}}, {});
  made.Returning({y});
  return made.program();
}

TEST(Conditions, AnAssertionOfATypeIsNoneWhereTheTypeIsDeclared) {
  EXPECT_TRUE(Compared(Asserting({}), AssertingType(ir::ScalarType::kFloat32)).empty());
  const auto raises = Compared(Asserting({}), AssertingType(ir::ScalarType::kFloat64));
  ASSERT_EQ(raises.size(), 1u);
  EXPECT_EQ(raises[0].node, "check");
}

}  // namespace
}  // namespace foldproof::prove
