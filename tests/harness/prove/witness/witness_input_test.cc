// SPDX-License-Identifier: BSD-3-Clause
//
// docs/proof.md, "Witnesses": where the taps of a window lie in the input, and which floats become
// their codes. A tap is x_q - z, its code x_q, its float (x_q - z) * s.
#include "harness/prove/witness/witness_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/prove/witness/moved_witness.h"
#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove {
namespace {

using ir::ValueId;
using testing::ElementsAre;

Witness At(std::vector<std::int64_t> taps, std::vector<std::int64_t> output_position = {0, 0},
           std::vector<std::uint32_t> kernel_positions = {0}) {
  Witness witness;
  witness.taps = std::move(taps);
  witness.output_position = std::move(output_position);
  witness.kernel_positions = std::move(kernel_positions);
  return witness;
}

WitnessInputOrReason Make(const ir::Program& program, const Witness& witness) {
  const SidePair pair(program, program);
  return MakeWitnessInput(pair.before, pair.Match().sites.at(0), witness);
}
ir::Program Plain(const ConvSpec& spec) {
  ConvProgram p(spec);
  return p.Return({p.conv()});
}

// Taps 7 and -3 of two input channels, s = 0.5, z = 10: codes 17 and 7, floats 3.5 and -1.5.
TEST(MakeWitnessInput, TheProgramsInputIsMadeOfFloatsThatBecomeTheCodes) {
  ConvSpec spec;
  spec.weights = {{3, -2}};
  spec.input = Int8(0.5, 10);
  const auto made = Make(Plain(spec), At({7, -3}));
  ASSERT_TRUE(made.input) << made.reason;
  EXPECT_EQ(made.input->level, Witness::Level::kProgram);
  EXPECT_EQ(made.input->user_input, 0u);
  EXPECT_THAT(made.input->tensor.sizes, ElementsAre(1, 2, 1, 1));
  EXPECT_THAT(made.input->tensor.Elements<float>(), ElementsAre(3.5f, -1.5f));
}

// Two channels of 2 x 2 elements; the window of output (1, 0) is element 2 of either channel. All
// else is the code of zero.
TEST(MakeWitnessInput, OnlyTheWindowIsSet) {
  ConvSpec spec;
  spec.weights = {{3, -2}};
  spec.image = {2, 2};
  spec.input = Int8(0.5, 10);
  const auto made = Make(Plain(spec), At({7, -3}, {1, 0}));
  ASSERT_TRUE(made.input) << made.reason;
  EXPECT_THAT(made.input->tensor.Elements<float>(), ElementsAre(0, 0, 3.5f, 0, 0, 0, -1.5f, 0));
}

// z = -200 is no int8 code: the nearest to it is -128, which stands for (-128 + 200) * 0.5 = 36.
TEST(MakeWitnessInput, WithoutACodeOfZeroTheNearestIsTaken) {
  ConvSpec spec;
  spec.image = {1, 2};
  spec.input = Int8(0.5, -200);
  const auto made = Make(Plain(spec), At({100}, {0, 1}));
  ASSERT_TRUE(made.input) << made.reason;
  EXPECT_THAT(made.input->tensor.Elements<float>(), ElementsAre(36, 50));
}

// relu stands between the input and its quantizer, so the cut at the conv is fed: (x_q - z) * s.
TEST(MakeWitnessInput, BehindAnythingButMovesTheCutIsFed) {
  ConvProgram p(ConvSpec{});
  const ir::QuantParams params = Int8(0.5, -128);
  const ValueId cut = p.Step(p.Call("aten.relu.default", p.x()), params);
  const ValueId conv =
      p.nodes().Node("conv", "aten.conv2d.default",
                     {{"input", cut}, {"weight", p.AddWeight(ConvSpec{})}, {"bias", ir::None{}}},
                     ir::ScalarType::kFloat32, p.Image(1));
  const auto made = Make(p.Return({conv}), At({9}));
  ASSERT_TRUE(made.input) << made.reason;
  EXPECT_EQ(made.input->level, Witness::Level::kSite);
  EXPECT_EQ(made.input->fed, cut);
  EXPECT_THAT(made.input->tensor.Elements<float>(), ElementsAre(4.5f));
}

// A 2 x 2 kernel over 3 x 3 elements. The weights' values play no part.
ir::Program Kernel2x2(std::int64_t padding = 0) {
  ConvSpec spec;
  spec.image = {3, 3};
  ConvProgram p(spec);
  const ValueId stored = p.nodes().Stored(
      "w", exec::Tensor::Of(ir::ScalarType::kInt8, {1, 1, 2, 2}, std::vector<std::int8_t>(4, 1)));
  const ValueId conv =
      p.nodes().Node("conv", "aten.conv2d.default",
                     {{"input", p.input()},
                      {"weight", p.Dequantize(stored, Int8(1, 0))},
                      {"bias", ir::None{}},
                      {"padding", std::vector<std::int64_t>{padding, padding}}},
                     ir::ScalarType::kFloat32, {1, 1, 2 + 2 * padding, 2 + 2 * padding});
  return p.Return({conv});
}

// Output (1, 0) reads rows 1 and 2, columns 0 and 1: elements 3, 4, 6, 7.
TEST(MakeWitnessInput, AKernelReadsItsWindow) {
  const auto made = Make(Kernel2x2(), At({1, 2, 3, 4}, {1, 0}, {0, 1, 2, 3}));
  ASSERT_TRUE(made.input) << made.reason;
  EXPECT_THAT(made.input->tensor.Elements<float>(), ElementsAre(0, 0, 0, 1, 2, 0, 3, 4, 0));
}

// Padded by 1, output (0, 1) reads the padding's row and elements 0 and 1 with kernel positions 2
// and 3; the position 0 lies outside.
TEST(MakeWitnessInput, PositionsInThePaddingAreNotRead) {
  const auto made = Make(Kernel2x2(1), At({5, 6}, {0, 1}, {2, 3}));
  ASSERT_TRUE(made.input) << made.reason;
  EXPECT_THAT(made.input->tensor.Elements<float>(), ElementsAre(5, 6, 0, 0, 0, 0, 0, 0, 0));
  const auto outside = Make(Kernel2x2(1), At({5, 6}, {0, 1}, {0, 3}));
  EXPECT_FALSE(outside.input);
  EXPECT_EQ(outside.reason, "a tap lies outside the input");
}

// A conv of two input channels that are one: cat([x, x]).
ir::Program Doubled() {
  ConvProgram p(ConvSpec{});
  const ValueId both = p.nodes().Node(
      "both", "aten.cat.default",
      {{"tensors", std::vector<ValueId>{p.input(), p.input()}}, {"dim", std::int64_t{1}}},
      ir::ScalarType::kFloat32, {1, 2, 1, 1});
  const ValueId stored = p.nodes().Stored(
      "w", exec::Tensor::Of(ir::ScalarType::kInt8, {1, 2, 1, 1}, std::vector<std::int8_t>{3, 2}));
  const ValueId cut = p.Step(both, Int8(1, 0));
  return p.Return({p.nodes().Node(
      "conv", "aten.conv2d.default",
      {{"input", cut}, {"weight", p.Dequantize(stored, Int8(1, 0))}, {"bias", ir::None{}}},
      ir::ScalarType::kFloat32, p.Image(1))});
}

TEST(MakeWitnessInput, TwoTapsOfOneElementNeedOneCode) {
  EXPECT_TRUE(Make(Doubled(), At({4, 4})).input);
  const auto made = Make(Doubled(), At({4, 5}));
  EXPECT_FALSE(made.input);
}

// Moved elements: every element of the tensor is given, codes 1 to 4 less z = 0, times s = 0.5.
TEST(MakeWitnessInput, AMovedWitnessIsTheWholeTensor) {
  ConvSpec spec;
  spec.image = {2, 2};
  spec.input = Int8(0.5, 0);
  const auto made = Make(Plain(spec), MovedWitness({1, 2, 3, 4}));
  ASSERT_TRUE(made.input) << made.reason;
  EXPECT_THAT(made.input->tensor.Elements<float>(), ElementsAre(0.5f, 1, 1.5f, 2));
}

}  // namespace
}  // namespace foldproof::prove
