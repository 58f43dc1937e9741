// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/site_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/exec/small_programs.h"
#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove {
namespace {

Matching Match(const ir::Program& before, const ir::Program& after) {
  const Side b(before);
  const Side a(after);
  return MatchSites(b, a, BatchNormVariant::kFma);
}

ConvSpec Spec(std::int16_t weight, std::optional<float> bias = std::nullopt) {
  ConvSpec spec;
  spec.weights = {{weight}};
  if (bias) spec.bias = std::vector<float>{*bias};
  return spec;
}

TEST(SiteMatch, ABiasThatCameInAfterwardsIsNoOtherConv) {
  ConvProgram b(Spec(3));
  ConvProgram a(Spec(3, 1.5f));
  const Matching match = Match(b.Return({b.conv()}), a.Return({a.conv()}));
  ASSERT_EQ(match.sites.size(), 1u);
  EXPECT_TRUE(match.uncovered.empty());
  ASSERT_EQ(match.sites[0].pairs.size(), 1u);
  EXPECT_FALSE(match.sites[0].pairs[0].identical);
}

TEST(SiteMatch, OtherWeightsOnTheSameInputAreAPairOfSums) {
  ConvProgram b(Spec(3));
  ConvProgram a(Spec(4));
  const Matching match = Match(b.Return({b.conv()}), a.Return({a.conv()}));
  ASSERT_EQ(match.sites.size(), 1u);
  EXPECT_EQ(match.sites[0].joint, std::vector<char>{1});
  EXPECT_TRUE(match.uncovered.empty());
}

TEST(SiteMatch, OtherInputCodesAreAnotherConv) {
  ConvSpec wider = Spec(3);
  wider.input.scale *= 2;
  ConvProgram b(Spec(3));
  ConvProgram a(wider);
  const Matching match = Match(b.Return({b.conv()}), a.Return({a.conv()}));
  EXPECT_TRUE(match.sites.empty());
  ASSERT_EQ(match.uncovered.size(), 1u);
  EXPECT_EQ(match.uncovered[0].node, "conv2d");
}

// A 3 x 3 kernel over 3 x 3 elements with a padding of 1: both give 3 x 3, and read the kernel from
// opposite ends. x = 1 in the middle, with the kernel 1 .. 9, gives 9 .. 1 or 1 .. 9.
TEST(SiteMatch, ATransposedConvolutionIsAnotherConv) {
  const auto make = [](bool transposed) {
    ConvSpec spec;
    spec.image = {3, 3};
    ConvProgram p(spec);
    const auto stored = p.nodes().Stored(
        "kernel", exec::Tensor::Of(ir::ScalarType::kInt8, {1, 1, 3, 3},
                                   std::vector<std::int8_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
    const std::vector<std::int64_t> one{1, 1}, none{0, 0};
    return p.Return({p.nodes().Node("convolution", "aten.convolution.default",
                                    {{"input", p.input()},
                                     {"weight", p.Dequantize(stored, Int8(1, 0))},
                                     {"bias", ir::None{}},
                                     {"stride", one},
                                     {"padding", one},
                                     {"dilation", one},
                                     {"transposed", transposed},
                                     {"output_padding", none},
                                     {"groups", std::int64_t{1}}},
                                    ir::ScalarType::kFloat32, {1, 1, 3, 3})});
  };
  EXPECT_TRUE(Match(make(false), make(true)).sites.empty());
  EXPECT_EQ(Match(make(true), make(true)).sites.size(), 1u);
  EXPECT_EQ(SidePair(make(false), make(true)).Judge().verification.verdict, Verdict::kUnproved);
}

// Both steps hold every A of the first conv exactly, so that what the second one reads is equal,
// but its codes are 2 A there and 4 A here: the same accumulator stands for half as much. Twice the
// second conv, which after returns, is not what before returns, A / 2 * 1 against 2 A / 2.
TEST(SiteMatch, AnInputOfAnotherScaleIsAnotherAccumulator) {
  const auto make = [](double scale, bool doubles) {
    ConvProgram p(Spec(1));
    const auto middle = p.Step(p.conv(), Int16(scale, 0));
    const auto second =
        p.nodes().Node("second", "aten.conv2d.default",
                       {{"input", middle}, {"weight", p.AddWeight(Spec(1))}, {"bias", ir::None{}}},
                       ir::ScalarType::kFloat32, {1, 1, 1, 1});
    return p.Return(
        {doubles ? p.Call("aten.mul.Tensor", second, {{"other", p.PerChannel({2})}}) : second});
  };
  // The second conv is no site of integers; its value is equal by number.
  const Matching matched = Match(make(0.5, false), make(0.25, true));
  ASSERT_EQ(matched.sites.size(), 2u);
  EXPECT_TRUE(matched.sites[0].before);
  EXPECT_FALSE(matched.sites[1].before);
  const SidePair pair(make(0.5, false), make(0.25, true));
  const Proof proof = pair.Judge();
  EXPECT_EQ(proof.verification.sites.at(0).verdict, Verdict::kEqual);
  EXPECT_GE(proof.verification.verdict, Verdict::kUnproved);
}

TEST(SiteMatch, TwoConvsOfOneInputAndOneWeightAreMatchedByName) {
  const auto make = [] {
    ConvProgram p(Spec(3));
    const auto weight = p.AddWeight(Spec(3));
    const auto second = p.AddConvOf(weight, ir::None{});
    const auto third = p.AddConvOf(weight, ir::None{});
    return p.Return(
        {p.Call("aten.relu.default", p.conv()), second, p.Call("aten.neg.default", third)});
  };
  const Matching match = Match(make(), make());
  ASSERT_EQ(match.sites.size(), 3u);
  for (const MatchedSite& site : match.sites) {
    EXPECT_EQ(site.before_conv, site.after_conv);
    ASSERT_EQ(site.pairs.size(), 1u);
    EXPECT_TRUE(site.pairs[0].identical);
  }
}

TEST(SiteMatch, EveryOutputIsPairedWithTheSameOutput) {
  const auto make = [] {
    ConvProgram p(Spec(3));
    return p.Return({p.Call("aten.relu.default", p.conv()), p.Call("aten.neg.default", p.conv())});
  };
  const Matching match = Match(make(), make());
  ASSERT_EQ(match.sites.at(0).pairs.size(), 2u);
  for (const PairPlan& pair : match.sites[0].pairs) {
    EXPECT_EQ(match.sites[0].before->tail.frontiers[pair.before].output,
              match.sites[0].after->tail.frontiers[pair.after].output);
  }
}

TEST(SiteMatch, AnAddOfTwoConvsIsAFrontierOfBothOnItsOwnSide) {
  // A residual: neither operand is a function of the other's accumulator.
  const auto make = [](float bias) {
    ConvProgram p(Spec(3, bias));
    const auto other = p.AddConv(Spec(5));
    return p.Return({p.Call("aten.add.Tensor", p.conv(), {{"other", other}})});
  };
  const Matching match = Match(make(0.0f), make(1.0f));
  ASSERT_EQ(match.sites.size(), 2u);
  for (std::size_t s = 0; s < 2; ++s) {
    const MatchedSite& site = match.sites[s];
    ASSERT_EQ(site.pairs.size(), 1u);
    EXPECT_TRUE(site.unpaired.empty());
    EXPECT_EQ(site.before->tail.frontiers[0].edge.argument, s);  // self, other
  }
  // Both operands are covered, so behind them the two programs count as equal.
  EXPECT_TRUE(match.changed_outputs.empty());
}

TEST(SiteMatch, WhatFollowsAPairedFrontierCountsAsEqual) {
  // The second conv reads the first's codes: it is judged alone, on an input taken as equal.
  const auto make = [](float bias) {
    ConvProgram p(Spec(3, bias));
    const auto middle = p.Step(p.conv(), Int8(0.5, 0));
    const auto weight = p.AddWeight(Spec(7));
    const auto second =
        p.nodes().Node("second", "aten.conv2d.default",
                       {{"input", middle}, {"weight", weight}, {"bias", ir::None{}}},
                       ir::ScalarType::kFloat32, {1, 1, 1, 1});
    return p.Return({second});
  };
  const Matching match = Match(make(0.0f), make(9.0f));
  ASSERT_EQ(match.sites.size(), 2u);
  EXPECT_FALSE(match.sites[0].pairs.at(0).identical);
  EXPECT_TRUE(match.sites[1].pairs.at(0).identical);
}

TEST(SiteMatch, AFrontierWithoutCounterpartIsNamed) {
  ConvProgram b(Spec(3));
  const auto other_b = b.AddConv(Spec(5));
  ConvProgram a(Spec(3));
  const auto other_a = a.AddConv(Spec(5));
  const Matching match =
      Match(b.Return({b.Call("aten.add.Tensor", b.conv(), {{"other", other_b}})}),
            a.Return({a.Call("aten.mul.Tensor", a.conv(), {{"other", other_a}})}));
  ASSERT_EQ(match.sites.size(), 2u);
  for (const MatchedSite& site : match.sites) EXPECT_EQ(site.unpaired.size(), 1u);
  EXPECT_EQ(match.changed_outputs.size(), 1u);
}

TEST(SiteMatch, AChangedConstantUnderAnotherReaderIsSaid) {
  // Nothing to do with the conv: a second output that is a constant times x.
  const auto make = [](float factor) {
    ConvProgram p(Spec(3));
    const auto constant = p.PerChannel({factor});
    return p.Return({p.conv(), p.Call("aten.mul.Tensor", p.x(), {{"other", constant}})});
  };
  const Matching match = Match(make(1.0f), make(2.0f));
  ASSERT_EQ(match.changed_outputs.size(), 1u);
  EXPECT_EQ(match.changed_outputs[0].output, 1u);
  EXPECT_TRUE(match.changed_outputs[0].constant);
}

// 0.5 of float16 and of float32 under a cast that one of them does not need: nothing shows that
// what reads it computes something else, and nothing that it does not.
TEST(SiteMatch, TheSameNumbersInAnotherTypeAreNoChange) {
  const auto make = [](bool half) {
    ConvProgram p(Spec(3));
    exec::Tensor tensor{ir::ScalarType::kFloat16, {1, 1, 1}, {std::byte{0}, std::byte{0x38}}};
    const auto constant = half ? p.nodes().Stored("half", tensor) : p.PerChannel({0.5f});
    return p.Return({p.conv(), p.Call("aten.sin.default", constant)});
  };
  const Matching match = Match(make(false), make(true));
  ASSERT_EQ(match.changed_outputs.size(), 1u);
  EXPECT_FALSE(match.changed_outputs[0].constant);
  EXPECT_THAT(match.changed_outputs[0].reason,
              testing::HasSubstr("holds the same numbers as another type"));
}

// 0 and -0 are equal numbers and other outputs: 1 / x tells them apart.
TEST(SiteMatch, AReturnedNumberIsComparedBitForBit) {
  const auto returning = [](double number) {
    exec::SmallProgram made;
    const auto x = made.Input("x", exec::FloatType({2}));
    made.Graph().SetOutputs({x, number});
    made.program().outputs = {{ir::OutputSpec::Kind::kUserOutput, "x", ""},
                              {ir::OutputSpec::Kind::kUserOutput, "", ""}};
    return made.program();
  };
  EXPECT_TRUE(Match(returning(0.0), returning(0.0)).changed_outputs.empty());
  const Matching match = Match(returning(0.0), returning(-0.0));
  ASSERT_EQ(match.changed_outputs.size(), 1u);
  EXPECT_EQ(match.changed_outputs[0].reason, "output 1 is not the same constant");
}

}  // namespace
}  // namespace foldproof::prove
