// SPDX-License-Identifier: BSD-3-Clause
//
// The direction of a tail before its quantizer, operator by operator.
#include <gtest/gtest.h>

#include <limits>

#include "harness/prove/tail/direction.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

constexpr float kInfiniteNumber = std::numeric_limits<float>::infinity();

class DirectionTest : public testing::Test {
 protected:
  // The direction of `value` over A = -100 .. 100; the conv is v = A.
  Direction Of(ir::ValueId value) {
    const ReadProgram read(program_.Return({program_.Step(value, Int8(1.0, 0))}));
    const SearchPlan& plan = read.site->search;
    const TailEvaluator evaluator(read.site->tail, read.site->conv, 0);
    const auto& first = plan.first_quantizers.at(0);
    RegisterBlock block;
    return DirectionOf(evaluator, first.path,
                       ReadsOf(read.site->tail.instructions[first.instruction].op).registers[0],
                       -100, 100, block);
  }
  ir::ValueId Call(const std::string& op, const ConvProgram::Arguments& more = {}) {
    return program_.Call("aten." + op, program_.conv(), more);
  }
  ir::ValueId With(const std::string& op, float constant) {
    return Call(op, {{"other", program_.PerChannel({constant})}});
  }

  ConvProgram program_{ConvSpec{}};
};

TEST_F(DirectionTest, TheConvRises) { EXPECT_EQ(Of(program_.conv()).sign, 1); }
TEST_F(DirectionTest, ANegativeWeightScaleTurnsTheConv) {
  ConvSpec spec;
  spec.weight_scales = {-1.0f};
  program_ = ConvProgram(spec);
  EXPECT_EQ(Of(program_.conv()).sign, -1);
}
TEST_F(DirectionTest, AWeightScaleOfZeroMakesTheConvItsBias) {
  ConvSpec spec;
  spec.weight_scales = {0.0f};
  program_ = ConvProgram(spec);
  const Direction direction = Of(program_.conv());
  EXPECT_EQ(direction.sign, 0);
  EXPECT_EQ(direction.why_not, "");
}
TEST_F(DirectionTest, ReluKeeps) { EXPECT_EQ(Of(Call("relu.default")).sign, 1); }
TEST_F(DirectionTest, NegTurns) { EXPECT_EQ(Of(Call("neg.default")).sign, -1); }
TEST_F(DirectionTest, ANegativeFactorTurns) { EXPECT_EQ(Of(With("mul.Tensor", -2.0f)).sign, -1); }
TEST_F(DirectionTest, ANegativeDivisorTurns) { EXPECT_EQ(Of(With("div.Tensor", -2.0f)).sign, -1); }
TEST_F(DirectionTest, AddingKeeps) { EXPECT_EQ(Of(With("add.Tensor", -2.0f)).sign, 1); }

TEST_F(DirectionTest, ANegativeGammaTurns) {
  EXPECT_EQ(Of(program_.BatchNorm(program_.conv(), {-1}, {0}, {0}, {1}, 1e-5)).sign, -1);
}

TEST_F(DirectionTest, SubtractingFromAConstantTurns) {
  const auto constant = program_.PerChannel({3.0f});
  const auto value = program_.nodes().Node("from", "aten.sub.Tensor",
                                           {{"self", constant}, {"other", program_.conv()}},
                                           ir::ScalarType::kFloat32, {1, 1, 1, 1});
  EXPECT_EQ(Of(value).sign, -1);
}

TEST_F(DirectionTest, ANegativeAlphaOfTheSumsOtherOperandBreaks) {
  // v + (-1) * relu(v) rises below 0 and is flat above; composed, the two directions disagree.
  const auto relu = Call("relu.default");
  EXPECT_NE(Of(Call("add.Tensor", {{"other", relu}, {"alpha", -1.0}})).why_not, "");
}

TEST_F(DirectionTest, TwoOfOneDirectionMayBeAdded) {
  EXPECT_EQ(Of(Call("add.Tensor", {{"other", Call("relu.default")}})).sign, 1);
}

TEST_F(DirectionTest, AZeroFactorMakesItConstant) {
  const Direction direction = Of(With("mul.Tensor", 0.0f));
  EXPECT_EQ(direction.sign, 0);
  EXPECT_EQ(direction.why_not, "");  // finite times 0 is 0
}

TEST_F(DirectionTest, ZeroTimesInfinityBreaks) {
  EXPECT_NE(Of(With("mul.Tensor", kInfiniteNumber)).why_not, "");
}
TEST_F(DirectionTest, ANanFactorBreaks) {
  EXPECT_NE(Of(With("mul.Tensor", std::numeric_limits<float>::quiet_NaN())).why_not, "");
}
TEST_F(DirectionTest, ADivisorOfZeroBreaks) { EXPECT_NE(Of(With("div.Tensor", 0.0f)).why_not, ""); }
TEST_F(DirectionTest, ADivisorOfNegativeZeroBreaks) {
  EXPECT_NE(Of(With("div.Tensor", -0.0f)).why_not, "");
}
TEST_F(DirectionTest, OverflowBreaks) {
  // 100 * 3e38 is above the largest float32.
  EXPECT_NE(Of(With("mul.Tensor", 3e38f)).why_not, "");
}
TEST_F(DirectionTest, SigmoidBreaks) { EXPECT_NE(Of(Call("sigmoid.default")).why_not, ""); }
TEST_F(DirectionTest, SiluBreaks) { EXPECT_NE(Of(Call("silu.default")).why_not, ""); }
TEST_F(DirectionTest, AbsBreaks) { EXPECT_NE(Of(Call("abs.default")).why_not, ""); }
TEST_F(DirectionTest, ANegativeSlopeOfLeakyReluBreaks) {
  EXPECT_NE(Of(Call("leaky_relu.default", {{"negative_slope", -0.1}})).why_not, "");
}
TEST_F(DirectionTest, SquaringBreaks) {
  EXPECT_NE(Of(Call("mul.Tensor", {{"other", program_.conv()}})).why_not, "");
}

}  // namespace
}  // namespace foldproof::prove
