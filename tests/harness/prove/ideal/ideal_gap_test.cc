// SPDX-License-Identifier: BSD-3-Clause
//
// The gap of drawn tails, found at a few accumulators, is that of all of them, in doubles written
// here.
#include "harness/prove/ideal/ideal_gap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

enum class Step {
  kAdd,
  kMul,
  kRelu,
  kAbs,
  kHardtanh,
  kHardswish,
  kHardsigmoid,
  kSquare,
  kFloor,
  kTrunc
};

struct DrawnStep {
  Step step;
  float number;  // each has its own: after's is another
};

float NumberOf(Step step, std::mt19937& random) {
  const auto between = [&](float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random);
  };
  switch (step) {
    case Step::kAdd: return between(-40, 40);
    case Step::kMul: return between(-1.5f, 1.5f);
    case Step::kFloor:
    case Step::kTrunc: return std::floor(between(9, 60));  // it may step at an accumulator itself
    default: return between(1, 30);
  }
}

double Applied(const DrawnStep& drawn, double x) {
  const double n = static_cast<double>(drawn.number);
  switch (drawn.step) {
    case Step::kAdd: return x + n;
    case Step::kMul: return x * n;
    case Step::kRelu: return std::max(x, 0.0);
    case Step::kAbs: return std::abs(x);
    case Step::kHardtanh: return std::clamp(x, -n, n);
    case Step::kHardswish: return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case Step::kHardsigmoid: return std::clamp(x + 3, 0.0, 6.0) / 6;
    case Step::kSquare: return x * x;
    case Step::kFloor: return std::floor(x / n);
    case Step::kTrunc: return std::trunc(x / n);
  }
  return 0;
}

ir::ValueId Write(ConvProgram& program, const DrawnStep& drawn, ir::ValueId x) {
  const auto constant = [&] { return program.PerChannel({drawn.number}); };
  const double n = static_cast<double>(drawn.number);
  switch (drawn.step) {
    case Step::kAdd: return program.Call("aten.add.Tensor", x, {{"other", constant()}});
    case Step::kMul: return program.Call("aten.mul.Tensor", x, {{"other", constant()}});
    case Step::kRelu: return program.Call("aten.relu.default", x);
    case Step::kAbs: return program.Call("aten.abs.default", x);
    case Step::kHardtanh:
      return program.Call("aten.hardtanh.default", x, {{"min_val", -n}, {"max_val", n}});
    case Step::kHardswish: return program.Call("aten.hardswish.default", x);
    case Step::kHardsigmoid: return program.Call("aten.hardsigmoid.default", x);
    case Step::kSquare: return program.Call("aten.mul.Tensor", x, {{"other", x}});
    case Step::kFloor:
    case Step::kTrunc:
      return program.Call("aten.div.Tensor_mode", x,
                          {{"other", constant()},
                           {"rounding_mode", drawn.step == Step::kFloor ? "floor" : "trunc"}});
  }
  return x;
}

ir::Program ProgramOf(const std::vector<DrawnStep>& steps) {
  ConvSpec spec;
  spec.weights = {{7}};  // A = -896 .. 889 by sevens; its reach as an interval is looked at whole
  ConvProgram program(spec);
  ir::ValueId x = program.conv();
  for (const DrawnStep& drawn : steps) x = Write(program, drawn, x);
  return program.Return({x});
}

TEST(IdealGap, OfDrawnTailsIsThatOfAllAccumulators) {
  std::mt19937 random(7);
  int parabolas = 0, steps = 0;
  for (int round = 0; round < 600; ++round) {
    std::vector<DrawnStep> before, after;
    for (int i = std::uniform_int_distribution(1, 4)(random); i > 0; --i) {
      const auto step = static_cast<Step>(std::uniform_int_distribution(0, 9)(random));
      before.push_back({step, NumberOf(step, random)});
      after.push_back({step, NumberOf(step, random)});
      parabolas += step == Step::kSquare || step == Step::kHardswish;
      steps += step == Step::kFloor || step == Step::kTrunc;
    }
    const ir::Program b = ProgramOf(before), a = ProgramOf(after);
    const Side b_side(b), a_side(a);
    ProveOptions options;
    options.reach = Reach::kInterval;
    const Verification proof = Prove(b_side, a_side, options).verification;
    ASSERT_EQ(proof.sites.size(), 1u);
    ASSERT_EQ(proof.sites[0].tails.size(), 1u) << round;
    const ChannelVerdict& channel = proof.sites[0].tails[0].channels.at(0);
    double most = 0, size = 0;
    for (int accumulator = -896; accumulator <= 889; ++accumulator) {
      double left = accumulator, right = accumulator;
      for (const DrawnStep& drawn : before) left = Applied(drawn, left);
      for (const DrawnStep& drawn : after) right = Applied(drawn, right);
      most = std::max(most, std::abs(left - right));
      size = std::max({size, std::abs(left), std::abs(right)});
    }
    ASSERT_TRUE(channel.ideal) << round;
    EXPECT_NEAR(channel.ideal->gap, most, 1e-12 * size) << round;
    EXPECT_LE(std::abs(channel.ideal->gap - most), channel.ideal->error) << round;
  }
  EXPECT_GT(parabolas, 100);
  EXPECT_GT(steps, 100);
}

}  // namespace
}  // namespace foldproof::prove
