// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/refuting_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/exec/small_programs.h"

namespace foldproof::verify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ir::TensorType Floats() { return ir::MakeTensorType(ir::ScalarType::kFloat32, {2, 3}); }

// y = x * factor, and what `write` does to a view of y before y is returned.
ir::Program Written(const std::string& write, double factor = 2) {
  exec::SmallProgram made;
  const auto x = made.Input("x", Floats());
  const auto y = made.Node("y", "aten.mul.Tensor", {{"self", x}, {"other", factor}}, Floats());
  if (!write.empty()) {
    const auto view = made.Node("view", "aten.view.default",
                                {{"self", y}, {"size", std::vector<std::int64_t>{6}}},
                                ir::MakeTensorType(ir::ScalarType::kFloat32, {6}));
    made.Node("written", write, {{"self", view}},
              ir::MakeTensorType(ir::ScalarType::kFloat32, {6}));
  }
  return made.Returning({y});
}

// y = x * stored.
ir::Program Scaled(float stored, bool random = false) {
  exec::SmallProgram made;
  const auto x = made.Input("x", Floats());
  const auto factor =
      made.Buffer("factor", exec::Tensor::Of<float>(ir::ScalarType::kFloat32, {1}, {stored}));
  auto y = made.Node("y", "aten.mul.Tensor", {{"self", x}, {"other", factor}}, Floats());
  if (random) y = made.Node("drawn", "aten.rand_like.default", {{"self", y}}, Floats());
  return made.Returning({y});
}

std::optional<RefutingRun> Refuting(const ir::Program& before, const ir::Program& after) {
  WitnessExecutors executors("integer", prove::Semantics::kInteger);
  return FindRefutingRun(before, after, executors);
}

TEST(RefutingRuns, ShowWhatAWriteThroughAViewDoes) {
  const ir::Program before = Written(""), after = Written("aten.neg_.default");
  const auto run = Refuting(before, after);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->finding.rule, "run-differs");
  EXPECT_EQ(run->finding.node, "y");
  EXPECT_TRUE(run->finding.only_after);
  EXPECT_THAT(run->finding.detail, HasSubstr("output 0 is "));
  EXPECT_THAT(run->finding.ran_by, Not(::testing::IsEmpty()));
  EXPECT_EQ(run->inputs.at("x0").sizes, (std::vector<std::int64_t>{2, 3}));
}

TEST(RefutingRuns, AreNoneOfEqualPrograms) {
  EXPECT_FALSE(Refuting(Written(""), Written("")));
  EXPECT_FALSE(Refuting(Written("aten.neg_.default"), Written("aten.neg_.default")));
}

// A sixteenth of the largest magnitude: 2 and 2.09 lie nearer to each other, 2 and 2.2 do not.
TEST(RefutingRuns, LeaveWhatRoundingMightExplain) {
  EXPECT_FALSE(Refuting(Written(""), Written("", 2.09)));
  EXPECT_TRUE(Refuting(Written(""), Written("", 2.2)));
}

TEST(RefutingRuns, AreNotAskedOfAFoldNorOfDraws) {
  const auto can = [](const ir::Program& before, const ir::Program& after) {
    return CanBeRefuted(ir::FunctionalProgram(before), ir::FunctionalProgram(after));
  };
  const ir::Program two = Scaled(2), three = Scaled(3), drawn = Scaled(2, true);
  EXPECT_TRUE(can(two, two));
  EXPECT_FALSE(can(two, three));
  EXPECT_FALSE(can(drawn, drawn));
}

}  // namespace
}  // namespace foldproof::verify
