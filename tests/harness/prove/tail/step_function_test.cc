// SPDX-License-Identifier: BSD-3-Clause
//
// Step functions of tails written by hand: by search and by evaluating every accumulator.
#include "harness/prove/tail/step_function.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/prove/conv/conv_reach.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

// Search against enumeration on every channel and frontier; whether all of them were searched.
bool SearchAgrees(const ReadProgram& read) {
  bool searched = true;
  const SiteSide& site = *read.site;
  SearchScratch scratch;
  for (std::size_t c = 0; c < site.conv.channels; ++c) {
    const AccumulatorSet reach = ReachOf(site.conv, c, Reach::kInterval);
    const TailEvaluator evaluator(site.tail, site.conv, c);
    searched &= SearchCells(evaluator, site.search, reach.lo(), reach.hi(), scratch).searched();
    for (std::size_t f = 0; f < site.tail.frontiers.size(); ++f) {
      const StepFunction by_search =
          SearchSteps(evaluator, site.search, f, reach.lo(), reach.hi(), scratch);
      const StepFunction by_hand =
          EnumerateSteps(evaluator, site.search, f, reach.lo(), reach.hi());
      EXPECT_EQ(by_search, by_hand) << "channel " << c << " frontier " << f;
      EXPECT_EQ(Crc32(by_search), Crc32(by_hand));
    }
  }
  return searched;
}

StepFunction StepsOf(const ReadProgram& read, std::int64_t low, std::int64_t high) {
  SearchScratch scratch;
  const TailEvaluator evaluator(read.site->tail, read.site->conv, 0);
  return SearchSteps(evaluator, read.site->search, 0, low, high, scratch);
}

// One tap of weight 1, all scales 1: A is the code itself, [-128, 127].
ReadProgram Plain(const ir::QuantParams& params) {
  ConvProgram p{ConvSpec{}};
  return ReadProgram(p.Return({p.Step(p.conv(), params)}));
}

TEST(StepFunction, HalvesAreRoundedToEven) {
  // v = A, scale 2: code = rint(A / 2). A = -3..3 gives -1.5 -1 -0.5 0 0.5 1 1.5, to even
  // -2 -1 -0 0 0 1 2; the value is 2 * code, -0 being the code 0.
  const ReadProgram read = Plain(Int8(2.0, 0));
  const StepFunction steps = StepsOf(read, -3, 3);
  EXPECT_EQ(steps.starts, (std::vector<std::int64_t>{-3, -2, -1, 2, 3}));
  EXPECT_EQ(steps.values, (std::vector<float>{-4, -2, 0, 2, 4}));
}

TEST(StepFunction, EveryCodeOfAUnitScaleIsAStep) {
  const StepFunction steps = StepsOf(Plain(Int8(1.0, 0)), -128, 127);
  ASSERT_EQ(steps.starts.size(), 256u);  // one a code
  for (std::size_t i = 0; i < 256; ++i) {
    EXPECT_EQ(steps.starts[i], static_cast<std::int64_t>(i) - 128);
    EXPECT_EQ(steps.values[i], static_cast<float>(steps.starts[i]));
  }
}

TEST(StepFunction, ClippedEndsAreOneStepEach) {
  // Zero point 100: code = A + 100 is clipped to 127 from A = 27 on, and never below -28.
  const StepFunction steps = StepsOf(Plain(Int8(1.0, 100)), -128, 127);
  EXPECT_EQ(steps.starts.size(), 128u + 27u + 1u);  // A = -128 .. 27
  EXPECT_EQ(steps.starts.back(), 27);
  EXPECT_EQ(steps.values.back(), 27.0f);
  EXPECT_EQ(steps.high, 127);
}

TEST(StepFunction, ATinyScaleClipsAllButZero) {
  // Scale 2^-20: A * 2^20 is outside [-128, 127] for every A but 0.
  const StepFunction steps = StepsOf(Plain(Int8(0x1p-20, 0)), -128, 127);
  EXPECT_EQ(steps.starts, (std::vector<std::int64_t>{-128, 0, 1}));
  EXPECT_EQ(steps.values, (std::vector<float>{-128 * 0x1p-20f, 0.0f, 127 * 0x1p-20f}));
}

TEST(StepFunction, AReachOfOnePointIsOneStep) {
  const StepFunction steps = StepsOf(Plain(Int8(1.0, 0)), 5, 5);
  EXPECT_EQ(steps.starts, (std::vector<std::int64_t>{5}));
  EXPECT_EQ(steps.values, (std::vector<float>{5}));
}

TEST(StepFunction, CrcIsThatOfTheFloatsWrittenOut) {
  // zlib.crc32 of struct.pack("<3f", 1, 1, 2), by Python.
  StepFunction steps{{0, 2}, {1.0f, 2.0f}, 2};
  EXPECT_EQ(Crc32(steps), 0x2745ba72u);
}

TEST(StepFunction, SkippedCodesLeaveOneStepAnAccumulator) {
  // Scale 1/4: each A is four codes on; inside, one step an accumulator: A = -32 .. 31, and beyond
  // (A = 32 would be code 128) the clipped ones.
  const StepFunction steps = StepsOf(Plain(Int8(0.25, 0)), -128, 127);
  EXPECT_EQ(steps.starts.front(), -128);
  EXPECT_EQ(steps.starts[1], -31);  // -32 is code -128, the value of all below
  EXPECT_EQ(steps.starts.back(), 32);
  EXPECT_EQ(steps.starts.size(), 1u + 63u + 1u);  // below, -31 .. 31, above
}

// Three channels with two taps, a reach of about +-16000.
ConvSpec ThreeChannels() {
  ConvSpec spec;
  spec.weights = {{100, -27}, {3, 5}, {-1, 0}};
  spec.input = Int8(0.0213, -7);
  spec.weight_scales = {0.013f, 0.4f, 2.5f};
  spec.bias = std::vector<float>{0.3f, -1.7f, 0.0f};
  return spec;
}

TEST(SearchSteps, AgreesWithAPositiveSlope) {
  ConvProgram p(ThreeChannels());
  EXPECT_TRUE(SearchAgrees(ReadProgram(p.Return({p.Step(p.conv(), Int8(0.11, 3))}))));
}

TEST(SearchSteps, AgreesWithANegativeGamma) {
  ConvProgram p(ThreeChannels());
  const auto bn = p.BatchNorm(p.conv(), {-1.3f, -0.01f, -7.0f}, {0.1f, 0.2f, 0.3f},
                              {0.5f, 0.0f, -2.0f}, {0.9f, 1.1f, 0.02f}, 1e-5);
  EXPECT_TRUE(SearchAgrees(ReadProgram(p.Return({p.Step(bn, Int8(0.11, 3))}))));
}

TEST(SearchSteps, AgreesWithNegAndNegativeFactorsAndDivisors) {
  ConvProgram p(ThreeChannels());
  const auto neg = p.Call("aten.neg.default", p.conv());
  const auto mul = p.Call("aten.mul.Tensor", neg, {{"other", p.PerChannel({-0.7f, 0.3f, -2.0f})}});
  const auto div = p.Call("aten.div.Tensor", mul, {{"other", p.PerChannel({-3.0f, -0.9f, 1.1f})}});
  EXPECT_TRUE(SearchAgrees(ReadProgram(p.Return({p.Step(div, UInt8(0.05, 128))}))));
}

TEST(SearchSteps, AgreesBehindReluAndHardtanh) {
  ConvProgram p(ThreeChannels());
  const auto relu = p.Call("aten.relu.default", p.conv());
  const auto clamp =
      p.Call("aten.hardtanh.default", p.conv(), {{"min_val", -0.5}, {"max_val", 1.25}});
  EXPECT_TRUE(SearchAgrees(
      ReadProgram(p.Return({p.Step(relu, Int8(0.02, -128)), p.Step(clamp, Int8(0.01, 0))}))));
}

TEST(SearchSteps, AgreesOnPlateausAboveTwoToThe24) {
  // x up to 32767 and w = 1022 reach 33.5 million: above 2^24 several A share one float32.
  ConvSpec spec;
  spec.weights = {{1022}};
  spec.input = Int16(1e-4, 0);
  spec.bias = std::vector<float>{12345.678f};
  ConvProgram p(spec);
  const ReadProgram read(p.Return({p.Step(p.conv(), Int16(0.11, 100))}));
  const TailEvaluator evaluator(read.site->tail, read.site->conv, 0);
  SearchScratch scratch;
  // The top of the reach, 32767 * 1022 = 33487874, where v = A * 1e-4 + b is near 15694 and a
  // float32 step is 2^-10: ten accumulators share one.
  for (const std::int64_t low : {std::int64_t{32000000}, std::int64_t{-33400000}}) {
    EXPECT_EQ(evaluator.ConvValue(low), evaluator.ConvValue(low + 1))
        << "no plateau: the test has lost its point";
    EXPECT_EQ(SearchSteps(evaluator, read.site->search, 0, low, low + 400000, scratch),
              EnumerateSteps(evaluator, read.site->search, 0, low, low + 400000));
  }
}

TEST(SearchSteps, AgreesOnInt16Quantizers) {
  ConvProgram p(ThreeChannels());
  EXPECT_TRUE(SearchAgrees(ReadProgram(p.Return({p.Step(p.conv(), Int16(3e-4, -500))}))));
}

TEST(SearchSteps, AgreesWhereTheQuantizerIsNeverReached) {
  // All values are clipped at one end: 1e6 is added before a scale of 0.1.
  ConvProgram p(ThreeChannels());
  const auto add = p.Call("aten.add.Tensor", p.conv(), {{"other", 1e6}});
  const ReadProgram read(p.Return({p.Step(add, Int8(0.1, 0))}));
  EXPECT_TRUE(SearchAgrees(read));
  EXPECT_EQ(StepsOf(read, -16000, 16000).values, (std::vector<float>{127 * 0.1f}));
}

TEST(SearchSteps, AgreesWhereNoQuantizerFollows) {
  ConvProgram p(ThreeChannels());
  SearchAgrees(ReadProgram(p.Return({p.Call("aten.relu.default", p.conv())})));
}

TEST(SearchSteps, AgreesBehindTheFirstQuantizerWhateverFollows) {
  // Behind a quantizer any operator is a table: sigmoid's neighbour abs is neither rising nor
  // falling.
  ConvProgram p(ThreeChannels());
  const auto first = p.Step(p.conv(), Int8(0.11, 3));
  const auto abs = p.Call("aten.abs.default", first);
  const auto again = p.Step(p.Call("aten.sub.Tensor", abs, {{"other", 4.3}}), Int8(0.07, 1));
  EXPECT_TRUE(SearchAgrees(ReadProgram(p.Return({again}))));
}

TEST(SearchSteps, AgreesWhereTwoQuantizersSplitTheReach) {
  ConvProgram p(ThreeChannels());
  const auto a = p.Step(p.conv(), Int8(0.11, 3));
  const auto b = p.Step(p.conv(), Int8(0.17, -9));
  const auto sum = p.Call("aten.add.Tensor", a, {{"other", b}});
  EXPECT_TRUE(SearchAgrees(ReadProgram(p.Return({p.Step(sum, Int8(0.3, 0))}))));
}

TEST(SearchSteps, FallsBackWhereAPathGoesRoundTheQuantizer) {
  // q(v) + v is no function of the code alone.
  ConvProgram p(ThreeChannels());
  const auto a = p.Step(p.conv(), Int8(0.11, 3));
  const auto sum = p.Call("aten.add.Tensor", a, {{"other", p.conv()}});
  SearchAgrees(ReadProgram(p.Return({sum, p.Step(sum, Int8(0.3, 0))})));
}

TEST(SearchSteps, FallsBackOnWhatIsNotMonotone) {
  ConvProgram p(ThreeChannels());
  const auto abs = p.Call("aten.abs.default", p.conv());
  EXPECT_FALSE(SearchAgrees(ReadProgram(p.Return({p.Step(abs, Int8(0.11, 3))}))));
}

TEST(SearchSteps, FallsBackOnAZeroDivisor) {
  ConvProgram p(ThreeChannels());
  const auto div =
      p.Call("aten.div.Tensor", p.conv(), {{"other", p.PerChannel({0.0f, -0.0f, 1.0f})}});
  EXPECT_FALSE(SearchAgrees(ReadProgram(p.Return({p.Step(div, Int8(0.11, 3))}))));
}

}  // namespace
}  // namespace foldproof::prove
