// SPDX-License-Identifier: BSD-3-Clause
//
// Folds, DoesNotFold…, Preserves: what FoldConvBn takes, what it leaves and why, and what the
// prover says of what it took.
#include "src/fold/fold_conv_bn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "src/fold/quantized_conv.h"
#include "src/ir/constant_vector.h"
#include "src/ir/printer.h"
#include "tests/src/fold/chain_program.h"
#include "tests/src/fold/judge.h"

namespace foldproof::fold {
namespace {

using prove::Verdict;
using testing::IsEmpty;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

FoldResult Folded(const ir::Program& before, Policy policy = Policy::kGuarded) {
  FoldOptions options;
  options.policy = policy;
  return Fold(before, options);
}

const ir::PassReport& FoldPass(const FoldResult& result) { return result.passes.back(); }

// The rule of the one chain that was left; "folded" where it was not.
std::string RuleOf(const ChainSpec& spec, ChainProgram::Also also = ChainProgram::Also::kNothing) {
  const FoldResult result = Folded(ChainProgram(spec).Build(also));
  if (FoldPass(result).changed()) return "folded";
  return FoldPass(result).missed.empty() ? "" : FoldPass(result).missed.front().rule;
}

// The codes of the bias of the convolution whose value the program goes on with.
std::vector<std::int64_t> BiasCodes(const ir::Program& program) {
  for (const ir::Node& node : program.graph.nodes()) {
    const auto* conv = std::get_if<ir::Convolution>(&node.op);
    if (conv == nullptr || program.graph.users(node.outputs.front()).empty()) continue;
    return ReadQuantizedBias(program, *conv->bias)->values;
  }
  return {};
}

// `holds` of both policies: guarded within its tolerance, or saturated in the quantizer that it
// keeps; repaired within it, not saturated, and at most half a bias step from the ideal.
void ExpectHolds(const ChainSpec& spec) {
  const ir::Program before = ChainProgram(spec).Build();
  ASSERT_EQ(Judge(before, before).verdict, Verdict::kEqual);
  const FoldResult guarded = Folded(before);
  ASSERT_TRUE(FoldPass(guarded).changed());
  const auto judged = Judge(before, guarded.program);
  for (const std::string& rule : RulesOf(judged)) EXPECT_EQ(rule, "saturation");
  if (RulesOf(judged).empty()) {
    EXPECT_LE(judged.verdict, Verdict::kWithin);
  }
  const FoldResult repaired = Folded(before, Policy::kRepair);
  const auto repair = Judge(before, repaired.program);
  EXPECT_LE(repair.verdict, Verdict::kWithin);
  EXPECT_FALSE(RulesOf(repair).contains("saturation"));
  for (const auto& tail : repair.sites.front().tails) {
    for (const auto& channel : tail.channels) {
      if (!channel.ideal) continue;
      EXPECT_LE(channel.ideal->gap, channel.tolerance.half_step + channel.ideal->error);
    }
  }
}

// C of channel 0 is (0 - 0.125)·1.5/sqrt(2.00001) + 0.25 = 0.11741782…, 120.24 steps of 2^-10; of
// channel 1 (0 + 0.25)·0.75/sqrt(0.50001) - 0.5 = -0.23483815…, -240.47 steps.
// The stored mean is half of what batch_norm subtracts.
TEST(FoldConvBn, DoesNotFoldAStatisticThatIsWrittenInto) {
  ChainSpec spec;
  EXPECT_EQ(RuleOf(spec), "folded");
  spec.mean_doubled = true;
  EXPECT_EQ(RuleOf(spec), "state-updated");
}

TEST(FoldConvBnFolds, TheConstantIntoTheBias) {
  const FoldResult result = Folded(ChainProgram(ChainSpec{}).Build());
  EXPECT_THAT(BiasCodes(result.program), testing::ElementsAre(120, -240));
}

// With 7 and -9 in the bias already, and orig = (1, -1): C gains 1·1.5/sqrt(2.00001) = 1.06065752…,
// 1086.11 steps, together 1206.35; and -0.75/sqrt(0.50001) = -1.06064956…, -1086.11, together
// -1326.58.
TEST(FoldConvBnFolds, TheOriginalBiasOnTopOfTheConvs) {
  ChainSpec spec;
  spec.original_bias = {{1.0f, -1.0f}};
  spec.bias_codes = {{7, -9}};
  const FoldResult result = Folded(ChainProgram(spec).Build());
  EXPECT_THAT(BiasCodes(result.program), testing::ElementsAre(7 + 1206, -9 - 1327));
}

// add(div, orig, alpha=2) counts orig twice: 120.24 + 2·1086.11 = 2292.46; -240.47 - 2172.21.
TEST(FoldConvBnFolds, AlphaOnTheOriginalBias) {
  ChainSpec spec;
  spec.original_bias = {{1.0f, -1.0f}};
  spec.add_alpha = 2;
  EXPECT_THAT(BiasCodes(Folded(ChainProgram(spec).Build()).program),
              testing::ElementsAre(2292, -2413));
}

// TorchAO leaves no quantizer between convolution and chain; the numbers are the same. Its zeros in
// the place of the bias are none.
TEST(FoldConvBnFolds, WithoutAQuantizerInFrontOfTheChain) {
  ChainSpec spec;
  spec.between = false;
  spec.relu_quantized = true;
  for (const auto computed : {std::optional<double>{}, std::optional(0.0)}) {
    spec.computed_bias = computed;
    for (const Policy policy : {Policy::kGuarded, Policy::kRepair}) {
      const FoldResult result = Folded(ChainProgram(spec).Build(), policy);
      EXPECT_THAT(BiasCodes(result.program), testing::ElementsAre(120, -240));
      EXPECT_THAT(FoldPass(result).missed, IsEmpty());
    }
  }
}

// Where C does not fit, the convolution keeps its float bias: no quantizer reads its value.
TEST(FoldConvBnDoesNotFold, AFloatBiasInFrontOfAChainThatStays) {
  ChainSpec spec;
  spec.between = false;
  spec.float_bias = {{0.5f, 0.25f}};
  EXPECT_EQ(RuleOf(spec), "folded");
  spec.beta = {2097153.0f, 0.0f};  // 2^21 + 1 at a scale of 2^-10
  const FoldResult result = Folded(ChainProgram(spec).Build());
  EXPECT_FALSE(result.changed());
  EXPECT_EQ(result.passes.front().missed.front().rule, "bias-clamp");
}

// A bias of ones that is computed is no zero, and no constant.
TEST(FoldConvBnDoesNotFold, ABiasThatIsComputed) {
  ChainSpec spec;
  spec.between = false;
  spec.computed_bias = 1;
  EXPECT_EQ(RuleOf(spec), "bias-missing");
}

TEST(FoldConvBnFolds, ChainAndBatchNormAway) {
  const FoldResult result = Folded(ChainProgram(ChainSpec{}).Build());
  for (const ir::Node& node : result.program.graph.nodes()) {
    EXPECT_FALSE(std::holds_alternative<ir::BatchNorm>(node.op)) << node.name;
    EXPECT_FALSE(std::holds_alternative<ir::Binary>(node.op)) << node.name;
    EXPECT_FALSE(std::holds_alternative<ir::Unary>(node.op)) << node.name;
  }
}

TEST(FoldConvBnFolds, KeepsTheSignatureTrue) {
  for (const Policy policy : {Policy::kUpstream, Policy::kGuarded, Policy::kRepair}) {
    ChainSpec spec;
    spec.bias_codes = {{0, 0}};
    const FoldResult result = Folded(ChainProgram(spec).Build(), policy);
    const auto& output = std::get<ir::ValueId>(result.program.graph.outputs().front());
    EXPECT_EQ(result.program.outputs.front().name, result.program.graph.value(output).name);
  }
}

TEST(FoldConvBnFolds, IsIdempotent) {
  for (const Policy policy : {Policy::kGuarded, Policy::kRepair}) {
    const FoldResult once = Folded(ChainProgram(ChainSpec{}).Build(), policy);
    const FoldResult twice = Folded(once.program, policy);
    EXPECT_FALSE(twice.changed());
    EXPECT_EQ(ir::Print(twice.program), ir::Print(once.program));
  }
}

TEST(FoldConvBnPreserves, WithoutAQuantizerInFrontOfTheChain) {
  ChainSpec spec;
  spec.between = false;
  for (const bool quantized : {true, false}) {
    spec.relu_quantized = quantized;
    spec.original_bias.reset();
    ExpectHolds(spec);
    spec.original_bias = {{1.0f, -1.0f}};
    ExpectHolds(spec);
  }
}

TEST(FoldConvBnPreserves, WithRsqrtSwappedOperandsAndView) {
  ChainSpec spec;
  spec.original_bias = {{1.0f, -1.0f}};
  spec.rsqrt = spec.swapped = true;
  spec.reshape = "aten.view.default";
  ExpectHolds(spec);
}

// Every form that a convolution and a batch_norm come in; ExecuTorch's pass knows three of the
// five.
TEST(FoldConvBnPreserves, UnderEveryNameOfTheConvolution) {
  for (const char* conv :
       {"aten.conv2d.padding", "aten.convolution.default", "aten.conv_transpose2d.input"}) {
    SCOPED_TRACE(conv);
    ChainSpec spec;
    spec.conv = conv;
    ExpectHolds(spec);
    EXPECT_THAT(BiasCodes(Folded(ChainProgram(spec).Build()).program),
                testing::ElementsAre(120, -240));
  }
}

TEST(FoldConvBnPreserves, WithTheNativeBatchNorm) {
  ChainSpec spec;
  spec.native_norm = true;
  ExpectHolds(spec);
}

TEST(FoldConvBnPreserves, WithReluAndAnotherQuantizerBehind) {
  ChainSpec spec;
  spec.relu_quantized = true;
  ExpectHolds(spec);
}

TEST(FoldConvBnPreserves, NegativeGamma) {
  ChainSpec spec;
  spec.gamma = {-1.5f, -0.75f};
  ExpectHolds(spec);
}

TEST(FoldConvBnPreserves, VarianceZero) {
  ChainSpec spec;
  spec.variance = {0.0f, 0.5f};
  ExpectHolds(spec);
}

TEST(FoldConvBnPreserves, EpsOfOneInAThousand) {
  ChainSpec spec;
  spec.chain_eps = spec.norm_eps = 1e-3;
  ExpectHolds(spec);
}

TEST(FoldConvBnPreserves, EpsOfOneTenth) {
  ChainSpec spec;
  spec.chain_eps = spec.norm_eps = 1e-1;
  ExpectHolds(spec);
}

TEST(FoldConvBnPreserves, EpsOfOneInABillionAndMore) {
  ChainSpec spec;
  spec.chain_eps = spec.norm_eps = 1e-12;
  ExpectHolds(spec);
}

// f32(2 + 1e-12) is f32(2 + 1e-13): no number of the program differs.
TEST(FoldConvBnPreserves, AnotherEpsThatNoVarianceFeels) {
  ChainSpec spec;
  spec.norm_eps = 1e-12;
  spec.chain_eps = 1e-13;
  ExpectHolds(spec);
}

// affine=False in batch_norm, and a numerator of ones.
TEST(FoldConvBnPreserves, NoAffineParameters) {
  ChainSpec spec;
  spec.affine = false;
  spec.numerator = {{1.0f, 1.0f}};
  ExpectHolds(spec);
}

TEST(FoldConvBnPreserves, GammaFarBelowOne) {
  ChainSpec spec;
  spec.gamma = {1e-30f, 0.75f};
  ExpectHolds(spec);
}

TEST(FoldConvBnDoesNotFold, AnotherEpsThanBatchNorms) {
  ChainSpec spec;
  spec.norm_eps = 1e-3;
  EXPECT_EQ(RuleOf(spec), "eps-mismatch");
}

TEST(FoldConvBnDoesNotFold, AnotherNumerator) {
  ChainSpec spec;
  spec.numerator = {{1.5f, 0.7500001f}};
  EXPECT_EQ(RuleOf(spec), "numerator-mismatch");
}

TEST(FoldConvBnDoesNotFold, AnotherNumeratorThanOnesWithoutAffineParameters) {
  ChainSpec spec;
  spec.affine = false;
  EXPECT_EQ(RuleOf(spec), "numerator-mismatch");
}

TEST(FoldConvBnDoesNotFold, AnotherVariance) {
  ChainSpec spec;
  spec.chain_variance = {{2.0f, 0.50001f}};
  EXPECT_EQ(RuleOf(spec), "variance-mismatch");
}

TEST(FoldConvBnDoesNotFold, GammaZero) {
  ChainSpec spec;
  spec.gamma = {0.0f, 0.75f};
  EXPECT_EQ(RuleOf(spec), "undefined-before");
}

TEST(FoldConvBnDoesNotFold, GammaSubnormal) {
  ChainSpec spec;
  spec.gamma = {1e-40f, 0.75f};
  EXPECT_EQ(RuleOf(spec), "undefined-before");
}

TEST(FoldConvBnDoesNotFold, GammaNan) {
  ChainSpec spec;
  spec.gamma = {kNan, 0.75f};
  EXPECT_EQ(RuleOf(spec), "nonfinite");
}

TEST(FoldConvBnDoesNotFold, VarianceNegative) {
  ChainSpec spec;
  spec.variance = {-2.0f, 0.5f};
  EXPECT_EQ(RuleOf(spec), "nonfinite");
}

TEST(FoldConvBnDoesNotFold, VarianceNan) {
  ChainSpec spec;
  spec.variance = {kNan, 0.5f};
  EXPECT_EQ(RuleOf(spec), "nonfinite");
}

TEST(FoldConvBnDoesNotFold, VarianceInfinite) {
  ChainSpec spec;
  spec.variance = {kInfinity, 0.5f};
  EXPECT_EQ(RuleOf(spec), "nonfinite");
}

// 2^21 + 1 at a scale of 2^-10 is above 2^31.
TEST(FoldConvBnDoesNotFold, BiasBeyondInt32) {
  ChainSpec spec;
  spec.beta = {2097153.0f, 0.0f};
  EXPECT_EQ(RuleOf(spec), "bias-clamp");
  spec.beta = {-2097153.0f, 0.0f};
  EXPECT_EQ(RuleOf(spec), "bias-clamp");
}

TEST(FoldConvBnDoesNotFold, WhatSomeoneElseReads) {
  for (const auto also :
       {ChainProgram::Also::kConv, ChainProgram::Also::kDequantized, ChainProgram::Also::kDiv}) {
    const std::string rule = RuleOf(ChainSpec{}, also);
    // Where the convolution's value leaves the program it gets no bias to fold into either.
    EXPECT_EQ(rule, also == ChainProgram::Also::kConv ? "bias-missing" : "other-user-changed");
  }
  ChainSpec spec;
  spec.bias_codes = {{0, 0}};
  EXPECT_EQ(RuleOf(spec, ChainProgram::Also::kConv), "other-user-changed");
}

TEST(FoldConvBnDoesNotFold, AlphaOnTheConvolutionsValue) {
  ChainSpec spec;
  spec.original_bias = {{1.0f, -1.0f}};
  spec.swapped = true;
  spec.add_alpha = 2;
  EXPECT_EQ(RuleOf(spec), "alpha-ignored");
}

TEST(FoldConvBnDoesNotFold, BeforeTheBiasesArePrepared) {
  ir::Editor editor(ChainProgram(ChainSpec{}).Build());
  const auto report = FoldConvBn(FoldConvBn::Quantizer::kKeep).Run(editor);
  EXPECT_THAT(report.rewritten, IsEmpty());
  EXPECT_EQ(report.missed.front().rule, "bias-missing");
}

// What upstream does with the same programs is wrong, and the prover says so: the guards are
// needed.
TEST(UpstreamFold, IsRefutedWhereAGuardRefuses) {
  ChainSpec eps, numerator;
  eps.norm_eps = 1e-1;
  numerator.numerator = {{1.5f, 0.5f}};
  eps.bias_codes = numerator.bias_codes = {{0, 0}};
  for (const ChainSpec& spec : {eps, numerator}) {
    const ir::Program before = ChainProgram(spec).Build();
    const FoldResult result = Folded(before, Policy::kUpstream);
    ASSERT_TRUE(FoldPass(result).changed());
    EXPECT_EQ(Judge(before, result.program).verdict, Verdict::kDiffers);
  }
}

}  // namespace
}  // namespace foldproof::fold
