// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/run_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class PlanOf : public ::testing::Test {
 protected:
  ir::ValueId Add(const std::string& name, ir::ValueId self, ir::ValueId other) {
    return made_.Node(name, "aten.add.Tensor", {{"self", self}, {"other", other}}, type_);
  }
  ir::ValueId Relu(const std::string& name, ir::ValueId self, bool in_place = false) {
    return made_.Node(name, in_place ? "aten.relu_.default" : "aten.relu.default", {{"self", self}},
                      type_);
  }
  ir::ValueId View(const std::string& name, ir::ValueId self) {
    return made_.Node(name, "aten.view.default",
                      {{"self", self}, {"size", std::vector<std::int64_t>{2}}}, type_);
  }

  std::vector<std::string> Nodes(const std::set<ir::ValueId>& fed,
                                 const std::vector<ir::ValueId>& fetch) {
    std::vector<std::string> names;
    for (const auto& step : PlanRun(made_.program(), fed, fetch).steps) {
      names.push_back(made_.Graph().node(step.node).name);
    }
    return names;
  }

  SmallProgram made_;
  ir::TensorType type_ = FloatType({2});
  ir::ValueId x_ = made_.Input("x", type_);
};

TEST_F(PlanOf, RunsWhatIsNeededInOrder) {
  const auto a = Relu("a", x_);
  Relu("unused", a);
  const auto b = Add("b", a, x_);
  EXPECT_THAT(Nodes({x_}, {b}), ElementsAre("a", "b"));
}

TEST_F(PlanOf, AFeedCutsTheProgram) {
  const auto a = Relu("a", x_);
  const auto b = Relu("b", a);
  const auto c = Relu("c", b);
  EXPECT_THAT(Nodes({b}, {c}), ElementsAre("c"));
  EXPECT_THAT(Nodes({b}, {b}), IsEmpty());
}

TEST_F(PlanOf, AnInPlaceNodeRunsBeforeLaterReadersOnly) {
  const auto a = Relu("a", x_);
  const auto before = Add("before", a, a);
  Relu("change", a, true);
  const auto after = Add("after", a, a);
  EXPECT_THAT(Nodes({x_}, {before}), ElementsAre("a", "before"));
  EXPECT_THAT(Nodes({x_}, {after}), ElementsAre("a", "change", "after"));
}

TEST_F(PlanOf, AChangeThroughAViewCounts) {
  const auto a = Relu("a", x_);
  const auto view = View("view", a);
  Relu("change", view, true);
  const auto after = Add("after", a, a);
  EXPECT_THAT(Nodes({x_}, {after}), ElementsAre("a", "view", "change", "after"));
}

TEST_F(PlanOf, WhatInPlaceNodesChangeTwiceIsChangedTwice) {
  const auto a = Relu("a", x_);
  const auto first = Relu("first", a, true);
  const auto second = Relu("second", a, true);
  EXPECT_THAT(Nodes({x_}, {second}), ElementsAre("a", "first", "second"));
  EXPECT_THAT(Nodes({x_}, {first}), ElementsAre("a", "first"));
}

TEST_F(PlanOf, AReturnedValueIsReadAtTheEnd) {
  const auto a = Relu("a", x_);
  Relu("change", a, true);
  made_.Returning({a});
  EXPECT_THAT(Nodes({x_}, {a}), ElementsAre("a", "change"));
}

TEST_F(PlanOf, TwoNamesOfOneBufferAreOneMemory) {
  const Tensor tensor = FloatTensor({2}, {1, 2});
  const auto b = made_.Buffer("b", tensor);
  const auto tied = made_.BufferOf("tied", tensor, 0);
  Relu("change", tied, true);
  const auto after = Add("after", b, b);
  EXPECT_THAT(Nodes({}, {after}), ElementsAre("change", "after"));
}

TEST_F(PlanOf, ValuesDieWithTheirLastReader) {
  const auto a = Relu("a", x_);
  const auto b = Add("b", a, x_);
  const auto c = Relu("c", b);
  const RunPlan plan = PlanRun(made_.program(), {x_}, {c});
  ASSERT_EQ(plan.steps.size(), 3u);
  EXPECT_THAT(plan.steps[0].dead, IsEmpty());
  EXPECT_THAT(plan.steps[1].dead, UnorderedElementsAre(a, x_));
  EXPECT_THAT(plan.steps[2].dead, ElementsAre(b));
}

}  // namespace
}  // namespace foldproof::exec
