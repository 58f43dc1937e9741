// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/functional_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/ir/functional/effect.h"
#include "src/ir/functional/reads_written.h"
#include "tests/src/ir/small_program.h"

namespace foldproof::ir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// x : float32[2, 3], an input; b : float32[2, 3], a buffer; then what a test appends.
struct Made {
  Program program;
  ValueId x, b;

  Made() {
    b = program.graph.AddInput("b_b", Float({2, 3}));
    x = program.graph.AddInput("x", Float({2, 3}));
    program.inputs = {{InputSpec::Kind::kBuffer, b, "b"}, {InputSpec::Kind::kUserInput, x, {}}};
    program.storages.Add(Storage(24));
    program.constants.emplace("b", MakeConstant("b", Float({2, 3}), 0));
  }

  ValueId Call(const std::string& name, const std::string& target, std::vector<Argument> arguments,
               std::vector<std::int64_t> sizes = {2, 3}) {
    const NodeId id = program.graph.Append(name, target, std::move(arguments),
                                           {{name, MakeTensorType(ScalarType::kFloat32, sizes)}});
    return program.graph.node(id).outputs[0];
  }
  ValueId Neg(const std::string& name, ValueId of) {
    return Call(name, "aten.neg.default", {{"self", of}});
  }
  void Return(ValueId value) {
    program.graph.SetOutputs({value});
    program.outputs = {{OutputSpec::Kind::kUserOutput, program.graph.value(value).name, {}}};
  }
};

// The targets that lead to `value` along first operands, from the last on.
std::vector<std::string> TargetsBehind(const Program& program, ValueId value) {
  std::vector<std::string> out;
  while (const Node* node = program.graph.ProducerOf(value)) {
    out.push_back(node->target);
    const auto* first =
        node->arguments.empty() ? nullptr : std::get_if<ValueId>(&node->arguments[0].value);
    if (first == nullptr) break;
    value = *first;
  }
  return out;
}

ValueId OutputOf(const FunctionalProgram& functional, std::size_t index = 0) {
  return std::get<ValueId>(functional.program().graph.outputs().at(index));
}

std::vector<std::string> TargetsOfOutput(const Made& made) {
  const FunctionalProgram functional(made.program);
  return TargetsBehind(functional.program(), OutputOf(functional));
}

TEST(FunctionalProgram, OneWithoutEffectsIsTakenAsItIs) {
  Made made;
  made.Return(made.Neg("n", made.x));
  EXPECT_EQ(&FunctionalProgram(made.program).program(), &made.program);
}

TEST(FunctionalProgram, LaterReadersSeeWhatAnInPlaceNodeLeft) {
  Made made;
  const ValueId y = made.Neg("y", made.x);
  const ValueId early = made.Neg("early", y);
  made.Call("relu_", "aten.relu_.default", {{"self", y}});
  made.Return(made.Call("late", "aten.add.Tensor", {{"self", y}, {"other", early}}));
  EXPECT_THAT(TargetsOfOutput(made),
              ElementsAre("aten.add.Tensor", "aten.relu.default", "aten.neg.default"));
  const FunctionalProgram functional(made.program);
  const Graph& graph = functional.program().graph;
  EXPECT_EQ(std::get<ValueId>(graph.ProducerOf(functional.Made(early))->arguments[0].value),
            functional.Made(y));
}

TEST(FunctionalProgram, AWriteIntoAViewChangesItsOperand) {
  Made made;
  const ValueId y = made.Neg("y", made.x);
  const ValueId flat = made.Call("flat", "aten.view.default",
                                 {{"self", y}, {"size", std::vector<std::int64_t>{6}}}, {6});
  made.Call("relu_", "aten.relu_.default", {{"self", flat}}, {6});
  made.Return(made.Neg("late", y));
  EXPECT_THAT(TargetsOfOutput(made),
              ElementsAre("aten.neg.default", "aten.view.default", "aten.relu.default",
                          "aten.view.default", "aten.neg.default"));
}

TEST(FunctionalProgram, WhatAWriteLeftLiesAsTheTensorDid) {
  Made made;
  const std::int64_t zero = 0, one = 1;
  const ValueId turned = made.Call("t", "aten.transpose.int",
                                   {{"self", made.x}, {"dim0", zero}, {"dim1", one}}, {3, 2});
  const ValueId filled = made.Call("z", "aten.zero_.default", {{"self", turned}}, {3, 2});
  made.Return(made.Neg("n", made.x));
  const FunctionalProgram functional(made.program);
  const Program& program = functional.program();
  // zeros_like(t) stands for z, and transpose(z) for x.
  EXPECT_EQ(program.LiesLike(functional.Made(filled)), functional.Made(turned));
  const Node* n = program.graph.ProducerOf(OutputOf(functional));
  ASSERT_NE(n, nullptr);
  const ValueId read = std::get<ValueId>(n->arguments[0].value);
  EXPECT_NE(read, functional.Made(made.x));
  EXPECT_EQ(program.LiesLike(read), functional.Made(made.x));
  EXPECT_EQ(program.LiesLike(OutputOf(functional)), OutputOf(functional));
}

TEST(FunctionalProgram, AWriteChangesTheViewsThatAreReadLater) {
  Made made;
  const ValueId y = made.Neg("y", made.x);
  const ValueId row =
      made.Call("row", "aten.select.int",
                {{"self", y}, {"dim", std::int64_t{0}}, {"index", std::int64_t{1}}}, {3});
  made.Call("relu_", "aten.relu_.default", {{"self", y}});
  made.Return(made.Call("late", "aten.neg.default", {{"self", row}}, {3}));
  EXPECT_THAT(TargetsOfOutput(made), ElementsAre("aten.neg.default", "aten.select.int",
                                                 "aten.relu.default", "aten.neg.default"));
}

TEST(FunctionalProgram, OneOfSeveralResultsGoesBackIntoItsPlace) {
  Made made;
  const ValueId y = made.Neg("y", made.x);
  const NodeId split = made.program.graph.Append(
      "split", "aten.split.Tensor",
      {{"self", y}, {"split_size", std::int64_t{1}}, {"dim", std::int64_t{1}}},
      {{"s0", Float({2, 1})}, {"s1", Float({2, 1})}, {"s2", Float({2, 1})}});
  made.Call("relu_", "aten.relu_.default", {{"self", made.program.graph.node(split).outputs[2]}},
            {2, 1});
  made.Return(made.Neg("late", y));
  const FunctionalProgram functional(made.program);
  const Graph& graph = functional.program().graph;
  const Node& late = *graph.ProducerOf(OutputOf(functional));
  const Node& back = *graph.ProducerOf(std::get<ValueId>(late.arguments[0].value));
  EXPECT_EQ(back.target, "aten.slice_scatter.default");
  EXPECT_EQ(std::get<std::int64_t>(*back.Find("dim")), 1);
  EXPECT_EQ(std::get<std::int64_t>(*back.Find("start")), 2);
  EXPECT_EQ(std::get<std::int64_t>(*back.Find("end")), 3);
}

TEST(FunctionalProgram, WhetherAReshapeCopiesIsNotKnown) {
  Made made;
  const ValueId y = made.Neg("y", made.x);
  const ValueId flat = made.Call("flat", "aten.reshape.default",
                                 {{"self", y}, {"shape", std::vector<std::int64_t>{6}}}, {6});
  made.Call("relu_", "aten.relu_.default", {{"self", y}});
  made.Return(made.Call("late", "aten.neg.default", {{"self", flat}}, {6}));
  EXPECT_THAT(TargetsOfOutput(made), ElementsAre("aten.neg.default", kUnknownTarget));
}

TEST(FunctionalProgram, AReshapeOfARowMajorConstantIsAView) {
  Made made;
  const ValueId flat = made.Call("flat", "aten.reshape.default",
                                 {{"self", made.b}, {"shape", std::vector<std::int64_t>{6}}}, {6});
  made.Call("relu_", "aten.relu_.default", {{"self", flat}}, {6});
  made.Return(made.Neg("late", made.b));
  EXPECT_THAT(TargetsOfOutput(made), ElementsAre("aten.neg.default", "aten.view.default",
                                                 "aten.relu.default", "aten.reshape.default"));
}

TEST(FunctionalProgram, AnUnlistedOperatorMayWriteAndShareMemory) {
  Made made;
  const ValueId y = made.Neg("y", made.x);
  const ValueId z = made.Call("z", "mine.op.default", {{"input", y}});
  made.Return(made.Call("late", "aten.add.Tensor", {{"self", y}, {"other", z}}));
  EXPECT_THAT(TargetsOfOutput(made), ElementsAre("aten.add.Tensor", kUnknownTarget));
  const FunctionalProgram functional(made.program);
  const Node& unknown = *functional.program().graph.ProducerOf(std::get<ValueId>(
      functional.program().graph.ProducerOf(OutputOf(functional))->arguments[0].value));
  EXPECT_THAT(std::get<std::string>(unknown.arguments[0].value), HasSubstr("mine.op.default"));
}

TEST(FunctionalProgram, AListOfOperandsIsWrittenOneByOne) {
  Made made;
  const ValueId y = made.Neg("y", made.x);
  made.program.graph.Append("each", "aten._foreach_neg_.default",
                            {{"self", std::vector<ValueId>{y}}}, {});
  made.Return(made.Neg("late", y));
  EXPECT_THAT(TargetsOfOutput(made), ElementsAre("aten.neg.default", kWrittenTarget));
}

TEST(FunctionalProgram, WhatIsLeftInABufferIsAnOutputAndTheBufferNoConstant) {
  Made made;
  made.Call("add_", "aten.add_.Tensor", {{"self", made.b}, {"other", 1.0}});
  made.Return(made.Neg("y", made.x));
  const FunctionalProgram functional(made.program);
  const Program& program = functional.program();
  ASSERT_EQ(program.outputs.size(), 2u);
  EXPECT_EQ(program.outputs[1].kind, OutputSpec::Kind::kBufferMutation);
  EXPECT_EQ(program.outputs[1].target, "b");
  EXPECT_THAT(TargetsBehind(program, OutputOf(functional, 1)), ElementsAre("aten.add.Tensor"));
  EXPECT_EQ(program.ConstantOf(functional.Made(made.b)), nullptr);
  const FunctionalProgram first(made.program, State::kStored);
  EXPECT_NE(first.program().ConstantOf(first.Made(made.b)), nullptr);
}

TEST(FunctionalProgram, AnInputThatIsWrittenIsAnOutput) {
  Made made;
  made.Call("add_", "aten.add_.Tensor", {{"self", made.x}, {"other", 1.0}});
  made.Return(made.Neg("y", made.b));
  const FunctionalProgram functional(made.program);
  ASSERT_EQ(functional.program().outputs.size(), 2u);
  EXPECT_EQ(functional.program().outputs[1].kind, OutputSpec::Kind::kUserInputMutation);
  EXPECT_EQ(functional.program().outputs[1].target, "x");
}

// What ExportedProgram.module() does at the end: copy_ into each state, in the order of the
// outputs, and then return.
TEST(FunctionalProgram, AnOutputThatShowsAStateShowsItsUpdate) {
  Made made;
  const ValueId flat = made.Call("flat", "aten.view.default",
                                 {{"self", made.b}, {"size", std::vector<std::int64_t>{6}}}, {6});
  const ValueId next = made.Neg("next", made.x);
  made.program.graph.SetOutputs({next, flat, made.b, next});
  made.program.outputs = {{OutputSpec::Kind::kBufferMutation, "next", "b"},
                          {OutputSpec::Kind::kUserOutput, "flat", {}},
                          {OutputSpec::Kind::kUserOutput, "b_b", {}},
                          {OutputSpec::Kind::kUserOutput, "next", {}}};
  const FunctionalProgram functional(made.program);
  EXPECT_THAT(TargetsBehind(functional.program(), OutputOf(functional, 1)),
              ElementsAre("aten.view.default", "aten.clone.default", "aten.neg.default"));
  for (const std::size_t state : {0, 2, 3}) {
    EXPECT_THAT(TargetsBehind(functional.program(), OutputOf(functional, state)),
                ElementsAre("aten.clone.default", "aten.neg.default"));
  }
}

TEST(FunctionalProgram, AnOutputThatMayShowAStateIsUnknown) {
  Made made;
  made.program.constants.at("b").strides = {1, 2};  // so that a reshape is a copy, or not
  const ValueId flat = made.Call("flat", "aten.reshape.default",
                                 {{"self", made.b}, {"shape", std::vector<std::int64_t>{6}}}, {6});
  const ValueId next = made.Neg("next", made.x);
  made.program.graph.SetOutputs({next, flat});
  made.program.outputs = {{OutputSpec::Kind::kBufferMutation, "next", "b"},
                          {OutputSpec::Kind::kUserOutput, "flat", {}}};
  const FunctionalProgram functional(made.program);
  EXPECT_THAT(TargetsBehind(functional.program(), OutputOf(functional, 1)),
              ElementsAre(kUnknownTarget));
}

// The buffers b and c; b is updated to -x, and c to what b holds.
struct TwoStates : Made {
  explicit TwoStates(bool b_is_first) {
    const ValueId c = program.graph.AddInput("b_c", Float({2, 3}));
    program.inputs.push_back({InputSpec::Kind::kBuffer, c, "c"});
    program.storages.Add(Storage(24));
    program.constants.emplace("c", MakeConstant("c", Float({2, 3}), 1));
    const ValueId next = Neg("next", x);
    const OutputSpec of_b{OutputSpec::Kind::kBufferMutation, "next", "b"};
    const OutputSpec of_c{OutputSpec::Kind::kBufferMutation, "b_b", "c"};
    program.outputs = b_is_first ? std::vector{of_b, of_c} : std::vector{of_c, of_b};
    program.graph.SetOutputs(b_is_first ? std::vector<ArgumentValue>{next, b}
                                        : std::vector<ArgumentValue>{b, next});
  }
};

TEST(FunctionalProgram, StatesAreWrittenInTheOrderOfTheOutputs) {
  const TwoStates b_first(true), c_first(false);
  const FunctionalProgram after_b(b_first.program), before_b(c_first.program);
  EXPECT_EQ(TargetsBehind(after_b.program(), OutputOf(after_b, 1)).back(), "aten.neg.default");
  EXPECT_THAT(TargetsBehind(before_b.program(), OutputOf(before_b, 0)),
              testing::Not(testing::Contains("aten.neg.default")));
}

TEST(FunctionalProgram, AnUpdateChangesWhatSharesItsStorage) {
  Made made;
  const ValueId c = made.program.graph.AddInput("b_c", Float({2}));
  made.program.inputs.push_back({InputSpec::Kind::kBuffer, c, "c"});
  made.program.constants.emplace("c", MakeConstant("c", Float({2}), 0));  // the first two of b
  const ValueId next = made.Neg("next", made.x);
  made.program.graph.SetOutputs({next});
  made.program.outputs = {{OutputSpec::Kind::kBufferMutation, "next", "b"}};
  const FunctionalProgram functional(made.program);
  ASSERT_EQ(functional.program().outputs.size(), 2u);
  EXPECT_EQ(functional.program().outputs[1].target, "c");
  EXPECT_THAT(TargetsBehind(functional.program(), OutputOf(functional, 1)),
              ElementsAre(kUnknownTarget));
}

TEST(FunctionalProgram, WhatReachesNoOutputIsDead) {
  Made made;
  made.Neg("dead", made.x);
  made.Return(made.Neg("y", made.x));
  const FunctionalProgram functional(made.program);
  EXPECT_FALSE(functional.IsLive(*made.program.graph.FindNode("dead")));
  EXPECT_EQ(functional.Users(made.x).size(), 1u);
}

TEST(ReadsWritten, NamesTheReadersOfWhatIsWritten) {
  Made made;
  const ValueId y = made.Neg("y", made.x);
  made.Call("relu_", "aten.relu_.default", {{"self", y}});
  made.Return(made.Neg("late", y));
  EXPECT_THAT(FindReadsOfWritten(made.program), ElementsAre(*made.program.graph.FindNode("late")));
}

TEST(ReadsWritten, ReadersOfAnInPlaceResultReadWhatTheySay) {
  Made made;
  const ValueId y = made.Neg("y", made.x);
  const ValueId z = made.Call("relu_", "aten.relu_.default", {{"self", y}});
  made.Return(made.Neg("late", z));
  EXPECT_THAT(FindReadsOfWritten(made.program), IsEmpty());
}

TEST(ReadsWritten, AConstantThatIsUpdatedAtTheEndCountsFromTheBeginning) {
  Made made;
  made.Return(made.Neg("early", made.b));
  made.Call("add_", "aten.add_.Tensor", {{"self", made.b}, {"other", 1.0}});
  EXPECT_TRUE(FindReadsOfWritten(made.program).contains(*made.program.graph.FindNode("early")));
}

}  // namespace
}  // namespace foldproof::ir
