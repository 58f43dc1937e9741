// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/editor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "src/ir/checker.h"
#include "src/ir/lift.h"
#include "src/ir/printer.h"
#include "tests/src/ir/small_program.h"

namespace foldproof::ir {
namespace {

using testing::ElementsAre;

std::vector<std::string> Names(const Editor& editor) {
  std::vector<std::string> names;
  for (const NodeId id : editor.Order()) names.push_back(editor.graph().node(id).name);
  return names;
}

NodeId Find(const Editor& editor, std::string_view name) {
  for (const NodeId id : editor.Order()) {
    if (editor.graph().node(id).name == name) return id;
  }
  ADD_FAILURE() << "no node " << name;
  return {};
}

ValueId Result(const Editor& editor, std::string_view name) {
  return editor.graph().node(Find(editor, name)).outputs.front();
}

std::vector<std::byte> Floats(const std::vector<float>& elements) {
  std::vector<std::byte> bytes(elements.size() * sizeof(float));
  std::memcpy(bytes.data(), elements.data(), bytes.size());
  return bytes;
}

TEST(Editor, ThatChangesNothingGivesTheSameProgram) {
  EXPECT_EQ(Print(Editor(SmallProgram()).Finish()), Print(SmallProgram()));
}

TEST(Editor, PutsANodeWhereItIsTold) {
  Editor editor(SmallProgram());
  const NodeId conv = Find(editor, "conv2d");
  const ValueId input = Result(editor, "dq");
  editor.InsertBefore(conv, "relu", "aten.relu.default", {{"self", input}}, {Float({1, 3, 4, 4})});
  EXPECT_THAT(Names(editor), ElementsAre("q", "dq", "relu", "conv2d"));
  const Program program = std::move(editor).Finish();
  CheckProgram(program);
  EXPECT_EQ(program.graph.nodes()[2].name, "relu");
}

TEST(Editor, NamesANodeWithTheFirstFreeName) {
  Editor editor(SmallProgram());
  for (int i = 0; i < 2; ++i) {
    editor.InsertBefore(Find(editor, "conv2d"), "dq", "aten.relu.default",
                        {{"self", Result(editor, "q")}}, {Int8({1, 3, 4, 4})});
  }
  EXPECT_THAT(Names(editor), ElementsAre("q", "dq", "dq_1", "dq_2", "conv2d"));
}

TEST(Editor, ReplacesUsesInNodesAndOutputsAndKeepsTheSignatureTrue) {
  Editor editor(SmallProgram());
  editor.ReplaceUses(Result(editor, "conv2d"), Result(editor, "dq"));
  EXPECT_EQ(editor.program().outputs.front().name, "dq");
  EXPECT_TRUE(editor.graph().users(Result(editor, "conv2d")).empty());
  EXPECT_EQ(editor.EraseDead(), 1u);
  const Program program = std::move(editor).Finish();
  CheckProgram(program);
  EXPECT_EQ(program.graph.nodes().size(), 2u);
}

// q feeds dq feeds conv2d: once nobody reads conv2d, all three go, last to first.
TEST(Editor, ErasesDeadNodesThroughAChain) {
  Editor editor(SmallProgram());
  editor.ReplaceUses(Result(editor, "conv2d"), *editor.graph().FindValue("x"));
  EXPECT_EQ(editor.EraseDead(), 3u);
  EXPECT_THAT(Names(editor), ElementsAre());
}

TEST(Editor, KeepsNodesWithAnEffect) {
  Editor editor(SmallProgram());
  editor.InsertBefore(Find(editor, "conv2d"), "add_", "aten.add_.Tensor",
                      {{"self", Result(editor, "dq")}, {"other", 1.0}}, {Float({1, 3, 4, 4})});
  EXPECT_EQ(editor.EraseDead(), 0u);
}

TEST(Editor, GivesANodeANewArgumentAndDecodesItAgain) {
  Editor editor(SmallProgram());
  const NodeId quantize = Find(editor, "q");
  editor.SetArgument(quantize, "scale", 0.5);
  EXPECT_EQ(std::get<QuantizePerTensor>(editor.graph().node(quantize).op).params.scale, 0.5);
  editor.SetArgument(Find(editor, "conv2d"), "groups", std::int64_t{3});
  EXPECT_EQ(editor.graph().node(Find(editor, "conv2d")).arguments.back().name, "groups");
}

TEST(Editor, AddsAParameterAsTheFirstInputOfAnExportedProgram) {
  Editor editor(SmallProgram());
  const NodeId conv = Find(editor, "conv2d");
  editor.SetArgument(conv, "bias",
                     editor.AddParameter(conv, "bias", "arg_bias", Float({2}), Floats({1, 2})));
  const Program program = std::move(editor).Finish();
  CheckProgram(program);
  EXPECT_EQ(program.graph.value(program.graph.inputs().front()).name, "arg_bias");
  EXPECT_EQ(program.inputs.front().target, "bias");
}

TEST(Editor, AddsAParameterAsAGetAttrOfAGraphModule) {
  Editor editor(Unlift(SmallProgram()));
  const NodeId conv = Find(editor, "conv2d");
  editor.SetArgument(conv, "bias",
                     editor.AddParameter(conv, "bias", "arg_bias", Float({2}), Floats({1, 2})));
  EXPECT_THAT(Names(editor), ElementsAre("p_weight", "q", "dq", "bias", "conv2d"));
  CheckProgram(std::move(editor).Finish());
}

// Two constants look at one storage: the one that is set gets its own.
TEST(Editor, SetsAConstantWithoutChangingItsNeighbour) {
  Program before = SmallProgram();
  const ValueId other = before.graph.AddInput("p_other", Float({2, 3, 1, 1}));
  before.inputs.push_back({InputSpec::Kind::kParameter, other, "other"});
  before.constants.emplace("other", MakeConstant("other", Float({2, 3, 1, 1}), 0));
  Editor editor(std::move(before));
  editor.SetConstant(other, Float({2}), Floats({1, 2}));
  const Program program = std::move(editor).Finish();
  CheckProgram(program);
  EXPECT_EQ(program.BytesOf(program.constants.at("other")), Floats({1, 2}));
  EXPECT_EQ(program.BytesOf(program.constants.at("conv.weight")), std::vector<std::byte>(24));
}

TEST(Lift, IsTheInverseOfUnlift) {
  EXPECT_EQ(Print(Lift(Unlift(SmallProgram()))), Print(SmallProgram()));
}

TEST(Unlift, MakesGetAttrNodesOfConstantsAlone) {
  const Program module = Unlift(SmallProgram());
  CheckProgram(module);
  EXPECT_EQ(module.inputs.size(), 1u);
  EXPECT_EQ(std::get<GetAttr>(module.graph.nodes().front().op).attribute, "conv.weight");
}

// Two get_attr of one attribute are one input.
TEST(Lift, JoinsWhatGetsTheSameAttribute) {
  Editor editor(Unlift(SmallProgram()));
  const NodeId conv = Find(editor, "conv2d");
  const NodeId again =
      editor.InsertBefore(conv, "again", "get_attr", {{"attribute", std::string("conv.weight")}},
                          {Float({2, 3, 1, 1})});
  editor.SetArgument(conv, "weight", editor.graph().node(again).outputs.front());
  const Program program = Lift(std::move(editor).Finish());
  CheckProgram(program);
  EXPECT_EQ(program.inputs.size(), 2u);
}

// An attribute that nothing gets is an input all the same, as torch.export has it.
TEST(Lift, KeepsWhatNobodyReads) {
  Editor editor(Unlift(SmallProgram()));
  editor.ReplaceUses(Result(editor, "conv2d"), Result(editor, "dq"));
  editor.EraseDead();
  const Program program = Lift(std::move(editor).Finish());
  CheckProgram(program);
  EXPECT_EQ(program.graph.value(program.graph.inputs().front()).name, "p_conv_weight");
}

}  // namespace
}  // namespace foldproof::ir
