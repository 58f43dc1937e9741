// SPDX-License-Identifier: BSD-3-Clause
//
// The gap of drawn tails, found at a few accumulators, is that of all of them, in doubles written
// here.
#include "harness/prove/ideal/ideal_gap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <random>
#include <span>
#include <vector>

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
  kTrunc,
  kSilu,
  kGelu,
  kMish,
  kTanh,
  kElu
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
    case Step::kSilu: return x / (1 + std::exp(-x));
    case Step::kGelu: return x * std::erfc(-x / std::sqrt(2.0)) / 2;
    case Step::kMish: return x * std::tanh(std::log1p(std::exp(x)));
    case Step::kTanh: return std::tanh(x);
    case Step::kElu: return x > 0 ? x : std::expm1(x);
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
    case Step::kSilu: return program.Call("aten.silu.default", x);
    case Step::kGelu: return program.Call("aten.gelu.default", x);
    case Step::kMish: return program.Call("aten.mish.default", x);
    case Step::kTanh: return program.Call("aten.tanh.default", x);
    case Step::kElu: return program.Call("aten.elu.default", x);
  }
  return x;
}

ir::Program ProgramOf(const std::vector<DrawnStep>& steps, int weight) {
  ConvSpec spec;
  spec.weights = {{weight}};
  ConvProgram program(spec);
  ir::ValueId x = program.conv();
  for (const DrawnStep& drawn : steps) x = Write(program, drawn, x);
  return program.Return({x});
}

struct DrawnPair {
  std::vector<DrawnStep> before, after;
  int parabolas = 0, steps = 0, smooth = 0;
};

// Both sides with the same one to four steps of `kinds` and other numbers.
DrawnPair DrawPair(std::span<const Step> kinds, std::mt19937& random) {
  DrawnPair out;
  for (int i = std::uniform_int_distribution(1, 4)(random); i > 0; --i) {
    const Step step =
        kinds[std::uniform_int_distribution<std::size_t>(0, kinds.size() - 1)(random)];
    out.before.push_back({step, NumberOf(step, random)});
    out.after.push_back({step, NumberOf(step, random)});
    out.parabolas += step == Step::kSquare || step == Step::kHardswish;
    out.steps += step == Step::kFloor || step == Step::kTrunc;
    out.smooth += step >= Step::kSilu;
  }
  return out;
}

struct Enumerated {
  double gap = 0, size = 0;
};

Enumerated Enumerate(const DrawnPair& pair, int low, int high) {
  Enumerated out;
  for (int accumulator = low; accumulator <= high; ++accumulator) {
    double left = accumulator, right = accumulator;
    for (const DrawnStep& drawn : pair.before) left = Applied(drawn, left);
    for (const DrawnStep& drawn : pair.after) right = Applied(drawn, right);
    out.gap = std::max(out.gap, std::abs(left - right));
    out.size = std::max({out.size, std::abs(left), std::abs(right)});
  }
  return out;
}

// The reach as an interval, which is looked at whole: [-128 weight, 127 weight].
std::optional<IdealGap> ProvedGap(const DrawnPair& pair, int weight) {
  const ir::Program before = ProgramOf(pair.before, weight), after = ProgramOf(pair.after, weight);
  const Side b_side(before), a_side(after);
  ProveOptions options;
  options.reach = Reach::kInterval;
  const Verification proof = Prove(b_side, a_side, options).verification;
  if (proof.sites.size() != 1 || proof.sites[0].tails.size() != 1) return std::nullopt;
  return proof.sites[0].tails[0].channels.at(0).ideal;
}

TEST(IdealGap, OfDrawnTailsIsThatOfAllAccumulators) {
  constexpr std::array kKinds{Step::kAdd,      Step::kMul,       Step::kRelu,        Step::kAbs,
                              Step::kHardtanh, Step::kHardswish, Step::kHardsigmoid, Step::kSquare,
                              Step::kFloor,    Step::kTrunc};
  std::mt19937 random(7);
  int parabolas = 0, steps = 0, exact = 0;
  for (int round = 0; round < 600; ++round) {
    const DrawnPair pair = DrawPair(kKinds, random);
    parabolas += pair.parabolas;
    steps += pair.steps;
    const auto gap = ProvedGap(pair, 7);
    const Enumerated all = Enumerate(pair, -896, 889);
    ASSERT_TRUE(gap) << round;
    EXPECT_LE(std::abs(gap->gap - all.gap), gap->error) << round;
    exact += std::abs(gap->gap - all.gap) <= 1e-12 * all.size;
  }
  EXPECT_GE(exact, 590);  // the others are bounded over cells, to a thousandth
  EXPECT_GT(parabolas, 100);
  EXPECT_GT(steps, 100);
}

// Over 25,000 accumulators cells are divided, bounded and left.
TEST(IdealGap, OfSmoothTailsIsWithinItsErrorOfThatOfAllAccumulators) {
  constexpr std::array kKinds{Step::kAdd,  Step::kMul,  Step::kRelu,      Step::kHardtanh,
                              Step::kSilu, Step::kGelu, Step::kMish,      Step::kTanh,
                              Step::kElu,  Step::kSilu, Step::kHardswish, Step::kGelu};
  std::mt19937 random(11);
  int smooth = 0, found = 0;
  for (int round = 0; round < 200; ++round) {
    DrawnPair pair = DrawPair(kKinds, random);
    // So that what a smooth function reads is not saturated nearly everywhere.
    const float scale = std::uniform_real_distribution<float>(1e-3f, 1e-2f)(random);
    pair.before.insert(pair.before.begin(), {Step::kMul, scale});
    pair.after.insert(pair.after.begin(), {Step::kMul, scale * 1.01f});
    smooth += pair.smooth;
    const auto gap = ProvedGap(pair, 99);
    const Enumerated all = Enumerate(pair, -12672, 12573);
    ASSERT_TRUE(gap) << round;
    EXPECT_LE(all.gap, gap->gap + gap->error) << round;
    EXPECT_LE(gap->gap, all.gap + 1e-12 * all.size) << round;
    EXPECT_LE(gap->error, 0x1p-10 * gap->gap + 1e-5 * all.size + 1e-6) << round;
    found += gap->gap > 0;
  }
  EXPECT_GT(smooth, 100);
  EXPECT_GT(found, 150);
}

}  // namespace
}  // namespace foldproof::prove
