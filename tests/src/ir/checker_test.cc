// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/src/ir/small_program.h"

namespace foldproof::ir {
namespace {

using testing::HasSubstr;

std::string Check(const Program& program) {
  return FailureOf([&] { CheckProgram(program); });
}

TEST(CheckProgram, TakesAWholeProgram) { EXPECT_EQ(Check(SmallProgram()), "no error"); }

TEST(CheckProgram, TakesAStaleOutputName) {
  Program program = SmallProgram();
  program.outputs[0].name = "batch_norm";
  EXPECT_EQ(Check(program), "no error");
}

TEST(CheckProgram, MissesAnInputOfTheSignature) {
  Program program = SmallProgram();
  program.inputs.pop_back();
  EXPECT_THAT(Check(program), HasSubstr("has 2 inputs, the signature 1"));
}

TEST(CheckProgram, WantsInputsInOrder) {
  Program program = SmallProgram();
  std::swap(program.inputs[0], program.inputs[1]);
  EXPECT_THAT(Check(program), HasSubstr("p_weight: is not the input"));
}

TEST(CheckProgram, WantsEachConstant) {
  Program program = SmallProgram();
  program.inputs[0].target = "conv.bias";
  EXPECT_THAT(Check(program), HasSubstr("p_weight: stands for 'conv.bias'"));
}

TEST(CheckProgram, WantsTheDeclaredType) {
  Program program = SmallProgram();
  program.constants.at("conv.weight").type.dtype = ScalarType::kInt32;
  EXPECT_THAT(Check(program), HasSubstr("is declared float32[2, 3, 1, 1], but 'conv.weight' is "
                                        "int32[2, 3, 1, 1]"));
}

TEST(CheckProgram, WantsAStorage) {
  Program program = SmallProgram();
  program.storages = {};
  EXPECT_THAT(Check(program), HasSubstr("conv.weight: has no storage"));
}

TEST(CheckProgram, WantsAConstantUnderItsName) {
  Program program = SmallProgram();
  program.constants.at("conv.weight").name = "conv.bias";
  EXPECT_THAT(Check(program), HasSubstr("under another name"));
}

TEST(CheckProgram, WantsOneSpecAnOutput) {
  Program program = SmallProgram();
  program.outputs.push_back(program.outputs[0]);
  EXPECT_THAT(Check(program), HasSubstr("has 1 outputs, the signature 2"));
}

TEST(CheckProgram, WantsTheMutatedBuffer) {
  Program program = SmallProgram();
  program.outputs[0].kind = OutputSpec::Kind::kBufferMutation;
  program.outputs[0].target = "bn.running_mean";
  EXPECT_THAT(Check(program), HasSubstr("writes the buffer 'bn.running_mean'"));
  program.outputs[0].target = "conv.weight";
  EXPECT_EQ(Check(program), "no error");
}

TEST(CheckProgram, WantsTheMutatedInput) {
  Program program = SmallProgram();
  program.outputs[0].kind = OutputSpec::Kind::kUserInputMutation;
  program.outputs[0].target = "p_weight";
  EXPECT_THAT(Check(program), HasSubstr("writes the input 'p_weight'"));
  program.outputs[0].target = "x";
  EXPECT_EQ(Check(program), "no error");
}

TEST(CheckProgram, KeepsTheFormsApart) {
  Program program = SmallProgram();
  program.form = Program::Form::kGraphModule;
  EXPECT_THAT(Check(program), HasSubstr("a constant among the inputs of a GraphModule"));
}

// y = relu(get_attr(attribute))
Program WithGetAttr(const std::string& attribute, TensorType type) {
  Program program;
  program.form = Program::Form::kGraphModule;
  program.storages.Add(Storage(8));
  program.constants.emplace("scale", MakeConstant("scale", Float({2}), 0));
  program.graph.Append("scale", "get_attr", {{"attribute", attribute}}, {{"scale", type}});
  program.graph.Append("relu", "aten.relu.default", {{"self", ValueId{0}}}, {{"relu", type}});
  program.graph.SetOutputs({ValueId{1}});
  program.outputs = {{OutputSpec::Kind::kUserOutput, "relu", {}}};
  return program;
}

TEST(CheckProgram, ChecksGetAttr) {
  EXPECT_EQ(Check(WithGetAttr("scale", Float({2}))), "no error");
  EXPECT_THAT(Check(WithGetAttr("shift", Float({2}))), HasSubstr("scale: gets 'shift'"));
  EXPECT_THAT(Check(WithGetAttr("scale", Float({3}))), HasSubstr("is not declared float32[2]"));
  Program exported = WithGetAttr("scale", Float({2}));
  exported.form = Program::Form::kExportedProgram;
  EXPECT_THAT(Check(exported), HasSubstr("is a get_attr in an ExportedProgram"));
}

Constant Strided(TensorType type, std::vector<std::int64_t> strides, std::int64_t offset) {
  Constant constant;
  constant.name = "c";
  constant.type = std::move(type);
  constant.strides = std::move(strides);
  constant.offset = offset;
  return constant;
}

std::string CheckBytes(const Constant& constant, std::size_t bytes) {
  return FailureOf([&] { CheckConstant(constant, bytes); });
}

TEST(CheckConstant, EndsWithItsStorage) {
  EXPECT_EQ(CheckBytes(Strided(Float({2, 3}), {3, 1}, 0), 24), "no error");
  EXPECT_THAT(CheckBytes(Strided(Float({2, 3}), {3, 1}, 0), 23), HasSubstr("beyond its 23 stored"));
  EXPECT_THAT(CheckBytes(Strided(Float({2, 3}), {3, 1}, 1), 24), HasSubstr("reaches beyond"));
  EXPECT_EQ(CheckBytes(Strided(Float({2, 3}), {1, 2}, 1), 28), "no error");
  EXPECT_EQ(CheckBytes(Strided(Float({}), {}, 1), 8), "no error");
}

TEST(CheckConstant, EmptyNeedsNoBytes) {
  EXPECT_EQ(CheckBytes(Strided(Float({0, 3}), {3, 1}, 5), 0), "no error");
}

TEST(CheckConstant, DoesNotOverflow) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(CheckBytes(Strided(Float({3}), {kMost}, 0), 24), HasSubstr("reaches beyond"));
  EXPECT_THAT(CheckBytes(Strided(Float({2}), {kMost}, kMost), 24), HasSubstr("reaches beyond"));
  EXPECT_THAT(CheckBytes(Strided(Float({1}), {kMost}, kMost), 24), HasSubstr("reaches beyond"));
  EXPECT_THAT(CheckBytes(Strided(Float({1}), {1}, kMost / 4), 24), HasSubstr("reaches beyond"));
}

TEST(CheckConstant, RefusesStridesThatAreNone) {
  EXPECT_THAT(CheckBytes(Strided(Float({2}), {-1}, 1), 24), HasSubstr("negative stride"));
  EXPECT_THAT(CheckBytes(Strided(Float({2}), {}, 0), 24), HasSubstr("one stride for each"));
  EXPECT_THAT(CheckBytes(Strided(Float({2}), {1}, -1), 24), HasSubstr("starts before"));
}

TEST(CheckConstant, ExpandsWithinReason) {
  EXPECT_EQ(CheckBytes(Strided(Float({1024}), {0}, 0), 4), "no error");
  EXPECT_THAT(CheckBytes(Strided(Float({std::int64_t{1} << 40}), {0}, 0), 4),
              HasSubstr("repeats its 4 stored bytes"));
}

TEST(CheckConstant, CopiesASizeOfOneWithAnyStride) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  Constant constant = Strided(Int8({2, 1}), {2, kMost}, 1);
  EXPECT_EQ(CheckBytes(constant, 4), "no error");
  const Storage storage = {std::byte{9}, std::byte{1}, std::byte{8}, std::byte{2}};
  EXPECT_EQ(ContiguousBytes(constant, storage), (std::vector{std::byte{1}, std::byte{2}}));
}

}  // namespace
}  // namespace foldproof::ir
