// SPDX-License-Identifier: BSD-3-Clause
//
// Folds, DoesNotFold…, Preserves: what FoldConvBN takes, what it leaves and why, and what the
// prover says of what it took.
#include "src/fold/fold_norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/fold/fold_names.h"
#include "src/ir/constant_vector.h"
#include "src/ir/printer.h"
#include "tests/src/fold/judge.h"
#include "tests/src/fold/norm_program.h"

namespace foldproof::fold::fold_norm_test {
namespace {

using prove::Verdict;
using testing::ElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

FoldResult Folded(const ir::Program& before, Policy policy = Policy::kGuarded,
                  CodesMode weights = CodesMode::kRequantize) {
  FoldOptions options;
  options.pass = FoldPass::kConvBn;
  options.policy = policy;
  options.weights = weights;
  return Fold(before, options);
}

template <typename Change>
NormSpec With(Change change) {
  NormSpec spec;
  change(spec);
  return spec;
}

NormSpec OfCodes() {
  return With([](NormSpec& s) { s.codes = {{96, -32, 16, 127}}; });
}

NormSpec PerChannel() {
  NormSpec spec = OfCodes();
  spec.scales = {0.015625f, 0.03125f};
  return spec;
}

const ir::Node& ProductOf(const ir::Program& program) {
  return program.graph.node(*program.graph.FindNode("product"));
}

std::pair<ir::ValueId, ir::ValueId> WeightAndBias(const ir::Program& program) {
  const ir::Node& node = ProductOf(program);
  if (const auto* conv = std::get_if<ir::Convolution>(&node.op)) return {conv->weight, *conv->bias};
  const auto& linear = std::get<ir::Linear>(node.op);
  return {linear.weight, *linear.bias};
}

// The rule of the one batch_norm that was left, and that the program stayed as it was; "folded"
// where it was not left.
std::string RuleOf(const NormSpec& spec, Policy policy = Policy::kGuarded,
                   CodesMode weights = CodesMode::kRequantize) {
  const ir::Program before = NormProgram(spec).Build();
  const FoldResult result = Folded(before, policy, weights);
  if (result.passes.back().changed()) return "folded";
  EXPECT_EQ(ir::Print(result.program), ir::Print(before));
  return result.passes.back().missed.empty() ? "" : result.passes.back().missed.front().rule;
}

void ExpectHolds(const NormSpec& spec) {
  const ir::Program before = NormProgram(spec).Build();
  ASSERT_EQ(Judge(before, before).verdict, Verdict::kEqual);
  for (const Policy policy : {Policy::kGuarded, Policy::kRepair}) {
    for (const CodesMode mode : {CodesMode::kRequantize, CodesMode::kRescale}) {
      const FoldResult result = Folded(before, policy, mode);
      ASSERT_TRUE(result.passes.back().changed());
      EXPECT_FALSE(result.program.graph.FindNode("norm"));
      const prove::Verification judged = Judge(before, result.program);
      EXPECT_TRUE(judged.verdict == Verdict::kWithin || judged.verdict == Verdict::kEqual)
          << NameOf(policy) << " " << NameOf(mode) << ": "
          << testing::PrintToString(RulesOf(judged));
      EXPECT_EQ(judged.sites.size(), 1u);
    }
  }
}

// f = 3 / sqrt(4 + 0) = 1.5 and -1 / sqrt(0.25) = -2; b' = (1 - 0.5) · 1.5 + 0.25 = 1 and
// (2 + 0.5) · -2 - 0.5 = -5.5: every number is a float32.
NormSpec ByHand() {
  return With([](NormSpec& s) {
    s.gamma = {3.0f, -1.0f};
    s.variance = {4.0f, 0.25f};
    s.mean = {0.5f, -0.5f};
    s.eps = 0;
    s.bias = {{1.0f, 2.0f}};
  });
}

TEST(FoldNormFolds, FloatsAreMultipliedByTheirChannelsFactor) {
  const FoldResult result = Folded(NormProgram(ByHand()).Build());
  const auto [weight, bias] = WeightAndBias(result.program);
  EXPECT_THAT(*FloatsOf(result.program, weight), ElementsAre(2.25f, -0.75f, -0.5f, -4.0f));
  EXPECT_THAT(*FloatsOf(result.program, bias), ElementsAre(1.0f, -5.5f));
  EXPECT_EQ(result.program.constants.count("weight"), 1u);  // it keeps its name
}

TEST(FoldNormFolds, ALinearHasItsChannelsInTheRows) {
  NormSpec spec = ByHand();
  spec.product = "linear";
  const FoldResult result = Folded(NormProgram(spec).Build());
  EXPECT_THAT(*FloatsOf(result.program, WeightAndBias(result.program).first),
              ElementsAre(2.25f, -0.75f, -0.5f, -4.0f));
}

TEST(FoldNormFolds, ATransposedConvolutionHasItsChannelsInDimensionOne) {
  NormSpec spec = ByHand();
  spec.product = "conv_transpose2d";
  const FoldResult result = Folded(NormProgram(spec).Build());
  EXPECT_THAT(*FloatsOf(result.program, WeightAndBias(result.program).first),
              ElementsAre(2.25f, 1.0f, 0.375f, -4.0f));
}

// Weight [4, 1]: inputs 0 and 1 are of group 0, which makes channel 0; the others make channel 1.
TEST(FoldNormFolds, GroupsOfATransposedConvolutionHaveTheirOwnChannels) {
  NormSpec spec = ByHand();
  spec.product = "conv_transpose2d";
  spec.inputs = 4;
  spec.groups = 2;
  const FoldResult result = Folded(NormProgram(spec).Build());
  EXPECT_THAT(*FloatsOf(result.program, WeightAndBias(result.program).first),
              ElementsAre(2.25f, -0.75f, -0.5f, -4.0f));
}

TEST(FoldNormFolds, WithoutAffineAndBias) {
  NormSpec spec = ByHand();
  spec.affine = false;
  spec.bias = std::nullopt;
  const FoldResult result = Folded(NormProgram(spec).Build());
  const auto [weight, bias] = WeightAndBias(result.program);
  // f = 1/2 and 2; b' = -0.5 / 2 and 0.5 · 2.
  EXPECT_THAT(*FloatsOf(result.program, weight), ElementsAre(0.75f, -0.25f, 0.5f, 4.0f));
  EXPECT_THAT(*FloatsOf(result.program, bias), ElementsAre(-0.25f, 1.0f));
}

// One batch_norm after the other: the second is behind the convolution once the first is gone.
TEST(FoldNormFolds, CodesAreComputedAnewAtTheScaleThatHoldsThem) {
  NormSpec spec = ByHand();
  spec.bias = std::nullopt;
  spec.codes = {{100, -50, 25, 127}};
  spec.scales = {0.5f, 0.25f};
  const FoldResult result = Folded(NormProgram(spec).Build());
  const auto [weight, bias] = WeightAndBias(result.program);
  const auto* op =
      std::get_if<ir::DequantizePerChannel>(&result.program.graph.ProducerOf(weight)->op);
  ASSERT_NE(op, nullptr);
  // Channel 0: 75 and -37.5, s' = 75 / 127, codes 127 and -63.5, which f32(s') rounds to -63 or
  // -64. Channel 1: -12.5 and -63.5, s' = 63.5 / 128, codes -25.2 and -128.
  const auto codes = *CodesOf(result.program, op->input);
  EXPECT_EQ(codes[0], 127);
  EXPECT_TRUE(codes[1] == -63 || codes[1] == -64);
  EXPECT_EQ(codes[2], -25);
  EXPECT_EQ(codes[3], -128);
  EXPECT_THAT(*RealsOf(result.program, op->params.scales),
              ElementsAre(static_cast<float>(75.0 / 127), static_cast<float>(63.5 / 128)));
}

TEST(FoldNormFolds, AScaleTakesTheFactorAndCodesItsSign) {
  NormSpec spec = ByHand();
  spec.codes = {{100, -50, 25, 127}};
  spec.scales = {0.5f};
  spec.bias = std::nullopt;
  const FoldResult result =
      Folded(NormProgram(spec).Build(), Policy::kGuarded, CodesMode::kRescale);
  const auto [weight, bias] = WeightAndBias(result.program);
  const auto* op =
      std::get_if<ir::DequantizePerChannel>(&result.program.graph.ProducerOf(weight)->op);
  ASSERT_NE(op, nullptr);
  EXPECT_THAT(*CodesOf(result.program, op->input), ElementsAre(100, -50, -25, -127));
  EXPECT_THAT(*RealsOf(result.program, op->params.scales), ElementsAre(0.75, 1.0));
}

// s_b = 0.03125 · 0.75; b' = (2 · 0.015625 - 0.5) · 1.5 + 0.25 = -0.453125, -19.33 steps.
TEST(FoldNormFolds, ABiasOfCodesStaysOne) {
  NormSpec spec = ByHand();
  spec.bias = std::nullopt;
  spec.bias_codes = {{2, 0}};
  spec.codes = {{100, -50, 25, 127}};
  spec.scales = {0.5f};
  const FoldResult result =
      Folded(NormProgram(spec).Build(), Policy::kGuarded, CodesMode::kRescale);
  const auto bias = ReadQuantizedBias(result.program, WeightAndBias(result.program).second);
  ASSERT_TRUE(bias);
  EXPECT_EQ(bias->values[0], -19);
  // b' = 0.5 · -2 - 0.5 = -1.5 at 0.03125 · 1.
  EXPECT_EQ(bias->values[1], -48);
  EXPECT_THAT(bias->scales, ElementsAre(0.0234375, 0.03125));
}

TEST(FoldNormFolds, BothFormsAlike) {
  FoldOptions options;
  options.pass = FoldPass::kConvBn;
  options.pipeline = Pipeline::kPreExport;
  const ir::Program before = NormProgram(PerChannel()).Build();
  const ir::Program graph_module = Fold(before, options).program;
  const ir::Program exported = Folded(before, Policy::kRepair, CodesMode::kRescale).program;
  const auto codes = [](const ir::Program& program) {
    const auto weight = WeightAndBias(program).first;
    const auto& op = std::get<ir::DequantizePerChannel>(program.graph.ProducerOf(weight)->op);
    return *CodesOf(program, op.input);
  };
  EXPECT_EQ(codes(graph_module), codes(exported));
}

TEST(FoldNormDoesNotFold, BatchStatistics) {
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.training = true; })), "no-pair");
}

TEST(FoldNormDoesNotFold, AnUnbatchedConvolution) {
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.batched = false; })), "axis-mismatch");
}

// Dimension 1 of [1, 2, 2] is the position; batch_norm goes along it.
TEST(FoldNormDoesNotFold, ALinearWhoseDimensionOneIsNoChannel) {
  EXPECT_EQ(RuleOf(With([](NormSpec& s) {
              s.product = "linear";
              s.positions = true;
            })),
            "axis-mismatch");
}

TEST(FoldNormDoesNotFold, WhatSomeoneElseReads) {
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.second_reader = true; })), "other-user-changed");
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.native = s.statistics_read = true; })),
            "other-user-changed");
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.native = true; })), "folded");
}

TEST(FoldNormDoesNotFold, AWeightThatOthersReadButRepaired) {
  for (NormSpec spec : {NormSpec(), OfCodes(), PerChannel()}) {
    spec.weight_read_twice = true;
    EXPECT_EQ(RuleOf(spec), "weight-shared");
    const ir::Program before = NormProgram(spec).Build();
    const ir::Program after = Folded(before, Policy::kRepair).program;
    const prove::Verification judged = Judge(before, after);
    EXPECT_NE(judged.verdict, Verdict::kDiffers);
    EXPECT_EQ(after.BytesOf(after.constants.at("weight")),
              before.BytesOf(before.constants.at("weight")));
  }
}

TEST(FoldNormDoesNotFold, StatisticsThatAreWrittenInto) {
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.mean_doubled = true; })), "state-updated");
}

TEST(FoldNormDoesNotFold, WhatIsNoConstant) {
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.weight_computed = true; })), "not-constant");
}

TEST(FoldNormDoesNotFold, NumbersThatAreNotFinite) {
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.gamma[1] = kNan; })), "nonfinite");
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.variance[0] = -1; })), "nonfinite");
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.mean[0] = INFINITY; })), "nonfinite");
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.weights[3] = kNan; })), "nonfinite");
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.gamma[0] = 3.4e38f; })), "nonfinite");  // · 1.06
  EXPECT_EQ(RuleOf(With([](NormSpec& s) { s.bias = {{kNan, 0}}; })), "nonfinite");
}

// Channel 1 is up to 2.75 · 131 / 32 + 1 = 12.3, and of float inputs in [-1, 1] up to 3.75. Float32
// ends at 3.4e38.
TEST(FoldNormDoesNotFold, ValuesThatLeaveFloat32) {
  for (const bool quantized : {true, false}) {
    const auto rule_of = [&](float gamma) {
      return RuleOf(With([&](NormSpec& s) {
        s.quantized_input = quantized;
        s.weights = {1.0f, -1.0f, 0.25f, 2.5f};
        s.bias = {{0, 1}};
        s.gamma[1] = gamma;
        s.variance[1] = 1;
      }));
    };
    EXPECT_EQ(rule_of(1e38f), "nonfinite");
    EXPECT_EQ(rule_of(1e37f), "folded");
  }
  // batch_norm's other formula divides by the root before it multiplies by gamma.
  EXPECT_EQ(RuleOf(With([&](NormSpec& s) {
              s.mean[1] = 1e37f;
              s.variance[1] = 1e-8f;
              s.eps = 0;
              s.gamma[1] = 1e-6f;
            })),
            "nonfinite");
}

TEST(FoldNormDoesNotFold, AFactorOfZeroIntoScalesButRepaired) {
  NormSpec spec = PerChannel();
  spec.gamma[1] = 0;
  EXPECT_EQ(RuleOf(spec, Policy::kGuarded, CodesMode::kRescale), "gamma-zero");
  EXPECT_EQ(RuleOf(spec), "folded");
  const FoldResult result = Folded(NormProgram(spec).Build(), Policy::kRepair, CodesMode::kRescale);
  const auto weight = WeightAndBias(result.program).first;
  const auto& op = std::get<ir::DequantizePerChannel>(result.program.graph.ProducerOf(weight)->op);
  EXPECT_THAT(*CodesOf(result.program, op.input), ElementsAre(96, -32, 0, 0));
}

// 128 has no code of 8 bits.
TEST(FoldNormDoesNotFold, ASignThatCodesDoNotHoldButRepaired) {
  NormSpec spec = PerChannel();
  spec.codes = {{96, -32, -128, 100}};
  spec.gamma[1] = -1;
  EXPECT_EQ(RuleOf(spec, Policy::kGuarded, CodesMode::kRescale), "weight-clamp");
  const ir::Program before = NormProgram(spec).Build();
  const FoldResult repaired = Folded(before, Policy::kRepair, CodesMode::kRescale);
  EXPECT_EQ(Judge(before, repaired.program).verdict, Verdict::kWithin);
  const auto weight = WeightAndBias(repaired.program).first;
  const auto& op =
      std::get<ir::DequantizePerChannel>(repaired.program.graph.ProducerOf(weight)->op);
  // 128 · s |f| = 127 · s': -100 becomes -99.2.
  EXPECT_THAT(*CodesOf(repaired.program, op.input), ElementsAre(96, -32, 127, -99));
}

// A gamma of 1e-7 leaves a scale at which beta is 4.6e9 steps.
TEST(FoldNormDoesNotFold, ABiasThatItsScaleDoesNotHoldButRepaired) {
  NormSpec spec = PerChannel();
  spec.bias_codes = {{5, -7}};
  spec.gamma[1] = 1e-7f;
  EXPECT_EQ(RuleOf(spec), "bias-clamp");
  const ir::Program before = NormProgram(spec).Build();
  for (const CodesMode mode : {CodesMode::kRequantize, CodesMode::kRescale}) {
    const FoldResult repaired = Folded(before, Policy::kRepair, mode);
    ASSERT_TRUE(repaired.passes.back().changed());
    EXPECT_EQ(Judge(before, repaired.program).verdict, Verdict::kWithin);
  }
}

// Channels 0 and 1 are of two groups and share the scale of their weight's dimension 1.
TEST(FoldNormDoesNotFold, ScalesThatGroupsShareButRepaired) {
  NormSpec spec = OfCodes();
  spec.product = "conv_transpose2d";
  spec.inputs = 4;
  spec.groups = 2;
  EXPECT_EQ(RuleOf(spec, Policy::kGuarded, CodesMode::kRescale), "axis-mismatch");
  EXPECT_EQ(RuleOf(spec, Policy::kGuarded, CodesMode::kRequantize), "folded");
  const ir::Program before = NormProgram(spec).Build();
  const FoldResult repaired = Folded(before, Policy::kRepair, CodesMode::kRescale);
  EXPECT_EQ(Judge(before, repaired.program).verdict, Verdict::kWithin);
}

TEST(FoldNormPreserves, FloatWeights) {
  ExpectHolds(NormSpec());
  ExpectHolds(ByHand());
  for (const char* product : {"convolution", "conv_transpose2d", "linear"}) {
    NormSpec spec = ByHand();
    spec.product = product;
    ExpectHolds(spec);
  }
}

TEST(FoldNormPreserves, WeightsOfCodes) {
  ExpectHolds(OfCodes());
  ExpectHolds(PerChannel());
  for (const char* product : {"convolution", "conv_transpose2d", "linear"}) {
    for (NormSpec spec : {OfCodes(), PerChannel()}) {
      spec.product = product;
      spec.gamma = {-1.5f, 0.75f};
      spec.bias_codes = {{400, -90}};
      ExpectHolds(spec);
    }
  }
}

TEST(FoldNormPreserves, CodesOfFourBitsAndAnotherZeroPoint) {
  NormSpec spec = With([](NormSpec& s) { s.codes = {{7, -3, 2, 5}}; });
  spec.lowest = -8;
  spec.highest = 7;
  spec.scales = {0.25f, 0.125f};
  ExpectHolds(spec);
  spec = OfCodes();
  spec.zero_point = 3;
  ExpectHolds(spec);
}

TEST(FoldNormPreserves, AFloatBiasAndAnotherEps) {
  NormSpec spec = PerChannel();
  spec.bias = {{0.3f, -0.2f}};
  spec.eps = 1e-3;
  ExpectHolds(spec);
}

}  // namespace
}  // namespace foldproof::fold::fold_norm_test
