// SPDX-License-Identifier: BSD-3-Clause
//
// The ideal gap of two sums in front of a curved activation, held to running every input, and to a
// fine grid of the numbers between them.
#include "harness/prove/judge/joint_curves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove::joint_curves_test {
namespace {

constexpr double kInputScale = 0.5;  // x in [-8, 7] steps of it

struct Curve {
  const char* target;
  double (*of)(double);
};
double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
const Curve kCurves[] = {
    {"aten.silu.default", [](double x) { return x * Sigmoid(x); }},
    {"aten.hardswish.default", [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; }},
    {"aten.gelu.default", [](double x) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; }},
    {"aten.mish.default", [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
    {"aten.tanh.default", [](double x) { return std::tanh(x); }},
    {"aten.sigmoid.default", Sigmoid},
    {"aten.elu.default", [](double x) { return x > 0 ? x : std::expm1(x); }},
    {"aten.softplus.default", [](double x) { return x > 20 ? x : std::log1p(std::exp(x)); }},
};

// conv -> curve -> output.
struct Net {
  std::vector<std::int16_t> weights;
  float scale = 1;
  float bias = 0;

  ir::Program Program(const Curve& curve) const {
    ConvSpec spec;
    spec.weights = {weights};
    spec.weight_scales = {scale};
    spec.bias = std::vector<float>{bias};
    spec.input = {kInputScale, 0, -8, 7, ir::ScalarType::kInt8};
    ConvProgram p(spec);
    return p.Return({p.Call(curve.target, p.conv())});
  }
  double SumOf(const std::vector<double>& x) const {
    double sum = 0;
    for (std::size_t t = 0; t < x.size(); ++t) sum += weights[t] * x[t];
    return sum * kInputScale * static_cast<double>(scale) + static_cast<double>(bias);
  }
};

// The largest difference over a grid of `points` numbers a tap.
double LargestOnGrid(const Curve& curve, const Net& before, const Net& after, int points) {
  std::vector<int> at(before.weights.size(), 0);
  std::vector<double> x(at.size());
  double worst = 0;
  for (;;) {
    for (std::size_t t = 0; t < at.size(); ++t) x[t] = -8 + 15.0 * at[t] / (points - 1);
    worst = std::max(worst, std::abs(curve.of(after.SumOf(x)) - curve.of(before.SumOf(x))));
    std::size_t t = 0;
    while (t < at.size() && at[t] == points - 1) at[t++] = 0;
    if (t == at.size()) return worst;
    ++at[t];
  }
}

TailVerdict Judged(const ir::Program& before, const ir::Program& after) {
  const Side b(before), a(after);
  return Prove(b, a, ProveOptions{}).verification.sites.at(0).tails.at(0);
}

// Each grid has the 16 codes of x among its points.
TEST(JointCurves, TheGapIsThatOfAllInputs) {
  std::mt19937 random(3);
  int told = 0;
  for (int round = 0; round < 240; ++round) {
    const Curve& curve = kCurves[static_cast<std::size_t>(round) % std::size(kCurves)];
    const std::size_t taps = 1 + random() % 2;
    Net before;
    before.scale = 0.001f * static_cast<float>(1 + random() % 60);
    before.bias = 0.1f * static_cast<float>(static_cast<int>(random() % 81) - 40);
    for (std::size_t t = 0; t < taps; ++t)
      before.weights.push_back(static_cast<std::int16_t>(static_cast<int>(random() % 401) - 200));
    Net after = before;
    const int off = round % 3 == 0 ? 100 : 3;  // anything, or what a fold's rounding leaves
    for (std::int16_t& w : after.weights)
      w = static_cast<std::int16_t>(w + static_cast<int>(random() % (2 * off + 1)) - off);
    after.bias += 0.01f * static_cast<float>(static_cast<int>(random() % 5) - 2);
    if (after.weights == before.weights) continue;
    const TailVerdict tail = Judged(before.Program(curve), after.Program(curve));
    const ChannelVerdict& channel = tail.channels.at(0);
    ASSERT_TRUE(channel.joint) << round << " " << curve.target;
    if (!channel.ideal) continue;  // the cells that are looked at were too few
    const double most = LargestOnGrid(curve, before, after, taps == 1 ? 15 * 64 + 1 : 15 * 16 + 1);
    EXPECT_GE(channel.ideal->gap + channel.ideal->error, most) << round << " " << curve.target;
    EXPECT_LE(channel.ideal->gap, most * 1.03 + 1e-6) << round << " " << curve.target;
    EXPECT_LE(channel.ideal->error, channel.ideal->gap * 0.05 + 1e-6) << round << curve.target;
    ++told;
  }
  EXPECT_GT(told, 180);
}

// x -> conv -> batch_norm -> curve -> q -> dq, folded into codes of 0.0012: 1.3 and -0.91 become
// 1083 and -758 of them, a third of a step off each.
ir::Program Unfolded(const Curve& curve) {
  ConvSpec spec;
  spec.weights = {{1000, -700}};
  spec.weight_scales = {0.001f};
  spec.input = {kInputScale, 0, -8, 7, ir::ScalarType::kInt8};
  ConvProgram p(spec);
  const ir::ValueId normed = p.BatchNorm(p.conv(), {1.3f}, {0.4f}, {0.25f}, {1}, 0);
  return p.Return({p.Step(p.Call(curve.target, normed), Int8(0.05, -100))});
}
ir::Program Folded(const Curve& curve, double off) {
  ConvSpec spec;
  spec.weights = {{1083, -758}};
  spec.weight_scales = {0.0012f};
  spec.bias = std::vector<float>{static_cast<float>(0.4 - 0.25 * 1.3 + off)};
  spec.input = {kInputScale, 0, -8, 7, ir::ScalarType::kInt8};
  ConvProgram p(spec);
  return p.Return({p.Step(p.Call(curve.target, p.conv()), Int8(0.05, -100))});
}

// What rounding the weights may cost: 2 taps of 8 steps of 0.5, half a step of 0.0012 each, 0.0048,
// times the slope; the constant is 0.6 LSB = 0.03 off. Both move a code by one at most.
TEST(JointCurves, AConstantThatIsWrongByLessThanACodeIsTold) {
  for (const Curve& curve : {kCurves[0], kCurves[1], kCurves[2], kCurves[3]}) {
    const ir::Program before = Unfolded(curve);
    const TailVerdict right = Judged(before, Folded(curve, 0));
    EXPECT_EQ(right.verdict, Verdict::kWithin) << curve.target << ": " << right.reason;
    ASSERT_TRUE(right.channels.at(0).ideal);
    EXPECT_LE(right.channels[0].ideal->gap, 0.0048 * 1.5);
    const TailVerdict wrong = Judged(before, Folded(curve, 0.03));
    ASSERT_TRUE(wrong.channels.at(0).ideal);
    EXPECT_GE(wrong.channels[0].ideal->gap, 0.03);
    EXPECT_LE(wrong.channels[0].reachable.lsb, wrong.tolerance_lsb);
    EXPECT_EQ(wrong.verdict, Verdict::kDiffers) << curve.target << ": " << wrong.reason;
    ASSERT_TRUE(wrong.witness);
    EXPECT_TRUE(wrong.witness->by_ideal_gap);
    EXPECT_EQ(wrong.causes.at(0).rule, "ideal-gap");
  }
}

// The slope of a root has no bound.
TEST(JointCurves, AnyFiniteGapIsAllowedWhereNoSlopeBoundsIt) {
  const Curve root{"aten.sqrt.default", [](double x) { return std::sqrt(x); }};
  Net before{{20, 10}, 0.01f, 5}, after{{21, 10}, 0.01f, 5.25f};
  const TailVerdict tail = Judged(before.Program(root), after.Program(root));
  ASSERT_TRUE(tail.channels.at(0).ideal);
  EXPECT_FALSE(tail.channels[0].ideal->finding);
  EXPECT_EQ(tail.verdict, Verdict::kUnproved);
}

}  // namespace
}  // namespace foldproof::prove::joint_curves_test
