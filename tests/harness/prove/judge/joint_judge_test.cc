// SPDX-License-Identifier: BSD-3-Clause
//
// Pairs of sums held to running every input: a bound below what some input shows, or a built input
// that shows more than any, is a false proof.
#include "harness/prove/judge/joint_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

// conv -> [relu or hardswish] -> q (scale, z) -> dq, with x in [-8, 7].
struct Net {
  std::vector<std::int16_t> weights;
  float weight_scale = 1;
  float bias = 0;
  std::string function;
  ir::QuantParams end;

  ConvSpec Spec() const {
    ConvSpec spec;
    spec.weights = {weights};
    spec.weight_scales = {weight_scale};
    spec.bias = std::vector<float>{bias};
    spec.input = {0.5, 0, -8, 7, ir::ScalarType::kInt8};
    return spec;
  }
  ir::Program Program() const {
    ConvProgram p(Spec());
    ir::ValueId value = p.conv();
    if (!function.empty()) value = p.Call(function, value);
    return p.Return({p.Step(value, end)});
  }
  // The frontier's float32 for one input, by the formulas of quantize and of the conv, in a loop
  // written here.
  float At(const std::vector<int>& x) const {
    std::int64_t a = 0;
    for (std::size_t t = 0; t < x.size(); ++t) a += std::int64_t{weights[t]} * x[t];
    auto v = static_cast<float>(static_cast<double>(a) * 0.5 * static_cast<double>(weight_scale) +
                                static_cast<double>(bias));
    if (function == "aten.relu.default") v = std::max(v, 0.0f);
    const auto inverse = static_cast<float>(1.0 / end.scale);
    const float code = std::clamp(std::nearbyint(v * inverse) + static_cast<float>(end.zero_point),
                                  -128.0f, 127.0f);
    return (code - static_cast<float>(end.zero_point)) * static_cast<float>(end.scale);
  }
};

// The largest difference over all 16^taps inputs, in LSB.
double Truth(const Net& before, const Net& after) {
  std::vector<int> x(before.weights.size(), -8);
  double worst = 0;
  for (;;) {
    worst = std::max(
        worst, std::abs(static_cast<double>(before.At(x)) - static_cast<double>(after.At(x))));
    std::size_t t = 0;
    while (t < x.size() && x[t] == 7) x[t++] = -8;
    if (t == x.size()) return worst / before.end.scale;
    ++x[t];
  }
}

TailVerdict Judge(const Net& before, const Net& after, ProveOptions options = {}) {
  const ir::Program b = before.Program();
  const ir::Program a = after.Program();
  const Side b_side(b);
  const Side a_side(a);
  const Proof proof = Prove(b_side, a_side, options);
  EXPECT_EQ(proof.verification.sites.size(), 1u);
  return proof.verification.sites.at(0).tails.at(0);
}

Net Drawn(std::mt19937& random, std::size_t taps) {
  Net net;
  for (std::size_t t = 0; t < taps; ++t)
    net.weights.push_back(static_cast<std::int16_t>(static_cast<int>(random() % 41) - 20));
  net.weight_scale = 0.01f * static_cast<float>(1 + random() % 100);
  net.bias = 0.1f * static_cast<float>(static_cast<int>(random() % 41) - 20);
  if (random() % 2) net.function = "aten.relu.default";
  net.end = Int8(0.05 * static_cast<double>(1 + random() % 10),
                 static_cast<std::int64_t>(random() % 101) - 50);
  return net;
}

TEST(JointJudge, BoundsHoldAndInputsAreRealForDrawnPairs) {
  std::mt19937 random(4);
  int exact = 0;
  int near = 0;
  constexpr int kPairs = 400;
  for (int round = 0; round < kPairs; ++round) {
    const Net before = Drawn(random, 1 + random() % 3);
    Net after = before;
    if (round % 4 != 0) {  // each weight a little off, as a fold's rounding leaves it
      for (std::int16_t& w : after.weights)
        w = static_cast<std::int16_t>(w + static_cast<int>(random() % 3) - 1);
    } else {
      const Net other = Drawn(random, before.weights.size());
      after.weights = other.weights;  // any weights at all
      after.weight_scale = other.weight_scale;
    }
    after.bias += 0.05f * static_cast<float>(static_cast<int>(random() % 5) - 2);
    if (after.weights == before.weights) continue;
    const double truth = Truth(before, after);
    const TailVerdict tail = Judge(before, after);
    ASSERT_TRUE(tail.channels[0].joint);
    const DomainFigures& figures = tail.channels[0].reachable;
    EXPECT_GE(figures.lsb, truth - 1e-3) << round;
    EXPECT_LE(*figures.at_least, truth + 1e-3) << round;
    exact += figures.lsb < truth + 1e-3;
    near += *figures.at_least > truth - 1 - 1e-3;
    if (tail.verdict == Verdict::kEqual) {
      EXPECT_EQ(truth, 0) << round;
    }
    if (tail.verdict == Verdict::kWithin) {
      EXPECT_LE(truth, tail.tolerance_lsb + 1e-3) << round;
    }
  }
  // The bound is the truth, or one LSB above where no integer input sits at the corner.
  EXPECT_GE(exact, kPairs * 8 / 10);
  EXPECT_GE(near, kPairs * 8 / 10);
}

// u = 2x, u' = 2x of weights turned: -20 and 20 are as far apart as can be.
TEST(JointJudge, TurnedWeightsAreSeen) {
  Net before{{2, 1}, 1.0f, 0, "", Int8(0.5, 0)};
  Net after = before;
  after.weights = {-2, -1};
  // x = (-8, -8): u = -24, v = -12; after gives 12. 24 units are 48 codes of 0.5.
  const TailVerdict tail = Judge(before, after);
  EXPECT_EQ(tail.channels[0].reachable.lsb, 48);
  EXPECT_EQ(tail.channels[0].reachable.at_least, 48);
  EXPECT_EQ(tail.verdict, Verdict::kDiffers);
  ASSERT_TRUE(tail.witness);
  EXPECT_EQ(tail.witness->taps, (std::vector<std::int64_t>{-8, -8}));
  ASSERT_FALSE(tail.causes.empty());
  EXPECT_EQ(tail.causes[0].rule, "gamma-sign");
}

// Drawn pairs of which the scales of one side or of both are below 0, as where a negative gamma
// went into a scale: PyTorch's dequantize takes them as they are, and so does the enumeration.
TEST(JointJudge, BoundsHoldOfNegativeScales) {
  std::mt19937 random(6);
  int within = 0;
  for (int round = 0; round < 200; ++round) {
    Net before = Drawn(random, 1 + random() % 2);
    before.function.clear();
    Net after = before;
    const float factor = round % 2 == 0 ? -0.75f : -1.0f;
    after.weight_scale *= factor;  // the codes are rounded to it, and now and then one is off
    for (std::int16_t& w : after.weights) {
      w = static_cast<std::int16_t>(std::nearbyint(static_cast<float>(w) / factor));
      if (round % 8 == 7) w = static_cast<std::int16_t>(w + 1);
    }
    if (round % 3 == 0) std::swap(before, after);
    const double truth = Truth(before, after);
    const TailVerdict tail = Judge(before, after);
    EXPECT_GE(tail.channels[0].reachable.lsb, truth - 1e-3) << round;
    EXPECT_GE(tail.tolerance_lsb, 0) << round;
    const bool holds = tail.verdict == Verdict::kEqual || tail.verdict == Verdict::kWithin;
    within += holds;
    if (holds) EXPECT_LE(truth, tail.tolerance_lsb + 1e-3) << round;
    if (round % 8 != 7) EXPECT_NE(tail.verdict, Verdict::kDiffers) << round;
  }
  EXPECT_GE(within, 100);
}

// One weight of 20 that should be 20.4 is rounded well; one of 21 is not the nearest code. 20.4 is
// what before's 102 at a fifth of the scale is worth.
TEST(JointJudge, AWeightThatIsNotTheNearestCodeIsTold) {
  Net before{{102, 100}, 0.01f, 0, "", Int8(1.0, 0)};
  Net after{{20, 20}, 0.05f, 0, "", Int8(1.0, 0)};
  const TailVerdict right = Judge(before, after);
  ASSERT_TRUE(right.channels[0].joint->coefficients);
  EXPECT_NEAR(right.channels[0].joint->coefficients->gap_steps, 0.4, 1e-6);
  EXPECT_NE(right.verdict, Verdict::kDiffers);
  after.weights = {21, 20};
  const TailVerdict wrong = Judge(before, after);
  EXPECT_NEAR(wrong.channels[0].joint->coefficients->gap_steps, 0.6, 1e-6);
  EXPECT_EQ(wrong.verdict, Verdict::kDiffers);
  EXPECT_EQ(wrong.causes.at(0).rule, "weight-rounding");
}

// What one integer proof is still for: equal weights with another scale.
TEST(JointJudge, EqualWeightsWithAnotherScaleHaveOneSum) {
  Net before{{3, -1}, 1.0f, 0, "", Int8(0.5, 0)};
  Net after = before;
  after.weight_scale = 1.25f;
  const TailVerdict tail = Judge(before, after);
  EXPECT_FALSE(tail.channels[0].joint);
  EXPECT_EQ(tail.channels[0].reachable.lsb, Truth(before, after));
}

// gamma_n of n = 4 roundings (2 taps and 2) is 4u / (1 - 4u), u = 2^-24. Weights (1.5, -0.25) and
// |x| <= 8 of scale 1/2 sum to 7 at most, the bias is 1: the bound is above 8 gamma, and below 9.
TEST(JointJudge, FloatSumsHaveTheirBound) {
  ConvSpec spec;
  spec.weights = {{1, 1}};
  spec.input = {0.5, 0, -8, 7, ir::ScalarType::kInt8};
  ConvProgram p(spec);
  const auto conv = p.AddConvOf(p.nodes().Floats("float_weight", {1, 2, 1, 1}, {1.5f, -0.25f}),
                                p.nodes().Floats("float_bias", {1}, {1.0f}));
  const ir::Program program = p.Return({p.Step(conv, Int8(0.5, 0))});
  const Side side(program);
  const ir::Node& node = *side.view.program().graph.ProducerOf(conv);
  EXPECT_FALSE(ReadConvSide(side.view, side.constants, node).side);
  const FloatBox box;
  const auto read = ReadConvSide(side.view, side.constants, node, &box);
  ASSERT_TRUE(read.side) << read.reason;
  EXPECT_TRUE(read.side->real);
  const double u = 0x1p-24;
  const double gamma = 4 * u / (1 - 4 * u);
  EXPECT_GE(read.side->sum_error[0], 8 * gamma);
  EXPECT_LE(read.side->sum_error[0], 9 * gamma);
  const double unit = read.side->weight_scales[0] * 0.5;
  EXPECT_GE(static_cast<double>(SumMargin(*read.side, 0).value()) * unit, 8 * gamma);
  // 1.5 and -0.25 are multiples of a power of two: the codes stand for them exactly.
  const auto codes = read.side->WeightsOf(0);
  EXPECT_EQ(codes[0] * read.side->weight_scales[0], 1.5);
  EXPECT_EQ(codes[1] * read.side->weight_scales[0], -0.25);
}

// Codes of a negative scale in front of a float input: the bound is that of the scale's size.
TEST(SumMargin, IsNoLessOfANegativeScale) {
  std::vector<double> errors;
  for (const float scale : {0.5f, -0.5f}) {
    ConvSpec spec;
    spec.weights = {{3, -2}};
    spec.weight_scales = {scale};
    ConvProgram p(spec);
    const ir::ValueId conv =
        p.nodes().Node("float_conv", "aten.conv2d.default",
                       {{"input", p.x()}, {"weight", p.AddWeight(spec)}, {"bias", ir::None{}}},
                       ir::ScalarType::kFloat32, p.Image(1));
    const ir::Program program = p.Return({conv});
    const Side side(program);
    const FloatBox box;
    const auto read =
        ReadConvSide(side.view, side.constants, *side.view.program().graph.ProducerOf(conv), &box);
    ASSERT_TRUE(read.side) << read.reason;
    errors.push_back(read.side->sum_error.at(0));
    // The error in whole units of the sum, four for float64, and two as inputs are real numbers.
    const double unit = std::abs(read.side->weight_scales.at(0)) * read.side->input_params.scale;
    EXPECT_EQ(SumMargin(*read.side, 0), std::ceil(errors.back() / unit) + 4 + 2);
  }
  EXPECT_GT(errors[0], 0);
  EXPECT_EQ(errors[0], errors[1]);
}

// A pruned channel: beside a bias of 1, weights of 2^-60 and of the least float32 number vanish in
// the rounding of every sum, and no integer stands for what a kernel makes of them.
TEST(SumMargin, IsNoneWhereTheBiasHidesTheWeights) {
  for (const float least : {0x1p-60f, 0x1p-149f}) {
    ConvProgram p(ConvSpec{});
    const auto conv = p.AddConvOf(p.nodes().Floats("float_weight", {1, 1, 1, 1}, {least}),
                                  p.nodes().Floats("float_bias", {1}, {1.0f}));
    const ir::Program program = p.Return({p.Step(conv, Int8(0.5, 0))});
    const Side side(program);
    const FloatBox box;
    const auto read =
        ReadConvSide(side.view, side.constants, *side.view.program().graph.ProducerOf(conv), &box);
    ASSERT_TRUE(read.side) << read.reason;
    EXPECT_FALSE(SumMargin(*read.side, 0).has_value()) << least;
  }
}

// Float weights on the before-side: every input, its three products summed in every order, with and
// without fused multiply-adds, against the bound.
TEST(JointJudge, NoOrderOfFloatSumsGoesBeyondTheBound) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    std::array<float, 3> w{};
    for (float& a : w)
      a = 0.013f * static_cast<float>(static_cast<int>(random() % 2001) - 1000) / 7.0f;
    const float bias = 0.37f * static_cast<float>(static_cast<int>(random() % 11) - 5);
    Net after{{}, 0.05f, bias, "", Int8(0.3, 5)};
    for (const float a : w) after.weights.push_back(static_cast<std::int16_t>(a / 0.05f));
    ConvSpec spec;
    spec.weights = {{1, 1, 1}};
    spec.input = {0.3, 0, -8, 7, ir::ScalarType::kInt8};
    ConvProgram b(spec);
    const auto conv =
        b.AddConvOf(b.nodes().Floats("float_weight", {1, 3, 1, 1}, {w[0], w[1], w[2]}),
                    b.nodes().Floats("float_bias", {1}, {bias}));
    const ir::Program before = b.Return({b.Step(conv, after.end)});
    ConvSpec after_spec = after.Spec();
    after_spec.input = spec.input;
    ConvProgram a(after_spec);
    const ir::Program program = a.Return({a.Step(a.conv(), after.end)});
    const Side b_side(before), a_side(program);
    const TailVerdict tail =
        Prove(b_side, a_side, ProveOptions{}).verification.sites.at(0).tails.at(0);
    double worst = 0;
    const auto code = [&](float v) {
      return std::clamp(std::nearbyint(v * static_cast<float>(1.0 / 0.3)) + 5.0f, -128.0f, 127.0f);
    };
    for (int i = 0; i < 16 * 16 * 16; ++i) {
      const std::array<int, 3> x{i % 16 - 8, i / 16 % 16 - 8, i / 256 - 8};
      std::int64_t sum = 0;
      std::array<float, 3> real{};
      for (std::size_t t = 0; t < 3; ++t) {
        sum += std::int64_t{after.weights[t]} * x[t];
        real[t] = static_cast<float>(x[t]) * 0.3f;
      }
      const auto exact = static_cast<float>(static_cast<double>(sum) * static_cast<double>(0.3f) *
                                                static_cast<double>(0.05f) +
                                            static_cast<double>(bias));
      std::array<std::size_t, 3> order{0, 1, 2};
      do {
        float plain = bias;
        float fused = bias;
        float last = 0;
        for (const std::size_t t : order) {
          plain += w[t] * real[t];
          last += w[t] * real[t];
          fused = std::fma(w[t], real[t], fused);
        }
        for (const float v : {plain, fused, last + bias})
          worst = std::max(worst, std::abs(static_cast<double>(code(v) - code(exact))));
      } while (std::next_permutation(order.begin(), order.end()));
    }
    EXPECT_GE(tail.channels[0].reachable.lsb, worst) << round;
    EXPECT_LE(*tail.channels[0].reachable.at_least, worst) << round;
    EXPECT_LE(tail.channels[0].reachable.lsb, worst + 1) << round;
  }
}

// Factors 1.999 and 1.01, in codes of 2: 100 and 50 stay, as 99.95 and 49.975 round to them, and 40
// and 60 become 20.2 and 30.3.
Verification Requantized(float second_scale) {
  const auto make = [](std::vector<std::int16_t> second, std::vector<float> scales) {
    ConvSpec spec;
    spec.weights = {{100, 50}, std::move(second)};
    spec.weight_scales = std::move(scales);
    ConvProgram p(spec);
    return p.Return({p.Step(p.conv(), {400, 0, -128, 127, ir::ScalarType::kInt8})});
  };
  const ir::Program before = make({40, 60}, {1.999f, 1.01f});
  const ir::Program after = make({20, 30}, {2, second_scale});
  return Prove(Side(before), Side(after), {}).verification;
}

TEST(JointJudge, OneScaleForAllChannelsRoundsAlsoTheCodesThatStay) {
  const Verification v = Requantized(2);
  EXPECT_EQ(v.verdict, Verdict::kWithin) << v.sites.at(0).tails.at(0).reason;
  EXPECT_TRUE(v.sites.at(0).tails.at(0).channels.at(0).joint.has_value());
}

// A scale of its own can hold the factor of a channel, so it has to.
TEST(JointJudge, AScaleForEachChannelHoldsTheFactorOfCodesThatStay) {
  const Verification v = Requantized(2.0000002f);
  EXPECT_EQ(v.verdict, Verdict::kDiffers);
  const ChannelVerdict& channel = v.sites.at(0).tails.at(0).channels.at(0);
  EXPECT_FALSE(channel.joint.has_value());
  EXPECT_TRUE(channel.ideal && channel.ideal->finding);
}

}  // namespace
}  // namespace foldproof::prove
