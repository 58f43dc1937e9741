// SPDX-License-Identifier: BSD-3-Clause
//
// Tails that end in an integer kernel's requantization, against loops over every accumulator.
#include "harness/prove/sites/put_kernel.h"
#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/judge/channel_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

constexpr Semantics kKernels[] = {Semantics::kKernelQ31, Semantics::kKernelTosa};

// conv with the bias codes' step s_x * s_w[0] -> `behind` -> quantizer.
struct Spec {
  ConvSpec conv;
  std::vector<std::int32_t> bias;  // empty: none
  ir::QuantParams quantizer = Int8(1.0, 0);
  std::function<ir::ValueId(ConvProgram&, ir::ValueId)> behind;
  double bias_step = 0;  // 0: the accumulator's
};

ir::Program Make(const Spec& spec) {
  ConvProgram p(spec.conv);
  ir::ValueId value = p.conv();
  if (!spec.bias.empty()) {
    const double step = spec.bias_step != 0 ? spec.bias_step
                                            : spec.conv.input.scale *
                                                  static_cast<double>(spec.conv.weight_scales[0]);
    value = p.AddConvOf(p.AddWeight(spec.conv), p.AddQuantizedBias(spec.bias, step));
  }
  if (spec.behind) value = spec.behind(p, value);
  return p.Return({p.Step(value, spec.quantizer)});
}

Verification Judge(const ir::Program& before, const ir::Program& after, Semantics semantics,
                   std::optional<double> tolerance = std::nullopt) {
  const Side b(before);
  const Side a(after);
  ProveOptions options;
  options.semantics = semantics;
  options.judge.tolerance_lsb = tolerance;
  return Prove(b, a, options).verification;
}

ir::ValueId Relu(ConvProgram& p, ir::ValueId value) { return p.Call("aten.relu.default", value); }
ir::ValueId Hardtanh(ConvProgram& p, ir::ValueId value) {
  return p.Call("aten.hardtanh.default", value, {{"min_val", -3.0}, {"max_val", 2.5}});
}

std::string ReasonOf(const Spec& spec) {
  const ir::Program program = Make(spec);
  const Verification v = Judge(program, program, Semantics::kKernelQ31);
  EXPECT_EQ(v.verdict, Verdict::kUnproved);
  EXPECT_TRUE(v.sites.at(0).tails.empty());
  return v.sites.at(0).reason;
}

// PyTorch's code, in float32 (docs/numerics.md, eq. 1 and 7), between `low` and `high`.
std::int64_t FloatCode(std::int64_t a, const Spec& spec, std::size_t channel, float low,
                       float high) {
  const double step = static_cast<double>(static_cast<float>(spec.conv.input.scale));
  double v = static_cast<double>(a) * step * static_cast<double>(spec.conv.weight_scales[channel]);
  if (!spec.bias.empty()) {
    const float bias_step =
        static_cast<float>(spec.conv.input.scale * static_cast<double>(spec.conv.weight_scales[0]));
    v += static_cast<double>(spec.bias[channel]) * static_cast<double>(bias_step);
  }
  const float x = std::min(std::max(static_cast<float>(v), low), high);
  const float inverse = 1.0f / static_cast<float>(spec.quantizer.scale);
  const float code = std::nearbyint(x * inverse) + static_cast<float>(spec.quantizer.zero_point);
  return static_cast<std::int64_t>(std::clamp(code, static_cast<float>(spec.quantizer.quant_min),
                                              static_cast<float>(spec.quantizer.quant_max)));
}

// The kernel's, with its bounds as it has them.
std::int64_t KernelCode(std::int64_t a, const Spec& spec, std::size_t channel, Semantics semantics,
                        std::int64_t low, std::int64_t high) {
  const auto kernel = semantics == Semantics::kKernelQ31 ? exec::Kernel::kQ31 : exec::Kernel::kTosa;
  const auto requantizer = exec::Requantizer::Make(
      kernel, exec::RealMultiplier(spec.conv.input.scale,
                                   static_cast<double>(spec.conv.weight_scales[channel]),
                                   spec.quantizer.scale));
  const std::int64_t sum = a + (spec.bias.empty() ? 0 : spec.bias[channel]);
  const auto wrapped = static_cast<std::int32_t>(static_cast<std::uint64_t>(sum));
  const std::int64_t code = (*requantizer)(wrapped) + spec.quantizer.zero_point;
  return std::clamp(code, std::max(low, spec.quantizer.quant_min),
                    std::min(high, spec.quantizer.quant_max));
}

constexpr float kUnbounded = std::numeric_limits<float>::infinity();
constexpr std::int64_t kNone = std::int64_t{1} << 50;

struct Bounds {
  float low = -kUnbounded, high = kUnbounded;
  std::int64_t low_code = -kNone, high_code = kNone;
};

// How many LSB two codes are apart: of 16 bits their floats, behind the dequantize.
double Apart(std::int64_t a, std::int64_t b, const ir::QuantParams& params) {
  if (params.dtype != ir::ScalarType::kInt16) return static_cast<double>(std::abs(a - b));
  const auto number = [&](std::int64_t code) {
    return static_cast<float>(code - params.zero_point) * static_cast<float>(params.scale);
  };
  return std::abs(static_cast<double>(number(a)) - static_cast<double>(number(b))) / params.scale;
}

// Every accumulator by itself, against the walk over steps.
void ExpectTheLoopsFigures(const Spec& spec, Semantics semantics, const Bounds& bounds = {}) {
  const ir::Program program = Make(spec);
  const Verification v = Judge(program, program, semantics);
  ASSERT_EQ(v.sites.at(0).tails.size(), 1u);
  const TailVerdict& tail = v.sites[0].tails[0];
  for (std::size_t c = 0; c < tail.channels.size(); ++c) {
    const SiteVerdict::Reach reach = v.sites[0].reach[c];
    const ChannelVerdict& channel = tail.channels[c];
    ASSERT_TRUE(channel.unproved.empty()) << channel.unproved;
    double worst = 0;
    std::int64_t over = 0;
    for (std::int64_t a = reach.low; a <= reach.high; ++a) {
      const double lsb = Apart(FloatCode(a, spec, c, bounds.low, bounds.high),
                               KernelCode(a, spec, c, semantics, bounds.low_code, bounds.high_code),
                               spec.quantizer);
      worst = std::max(worst, lsb);
      over += lsb > channel.allowed_lsb;
    }
    ASSERT_EQ(reach.members, reach.high - reach.low + 1) << "the loop takes every integer";
    EXPECT_DOUBLE_EQ(channel.reachable.lsb, worst);
    EXPECT_EQ(channel.reachable.over, over);
    EXPECT_EQ(channel.bit_equal, worst == 0);
    // What the kernel costs is bounded beforehand.
    EXPECT_LE(worst, channel.tolerance.lsb);
    EXPECT_EQ(over, 0);
  }
}

TEST(KernelTail, SearchAgreesWithALoopOverEveryAccumulator) {
  std::mt19937 random(7);
  const auto uniform = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  for (int i = 0; i < 60; ++i) {
    Spec spec;
    spec.conv.weights = {{1, static_cast<std::int16_t>(random() % 100), -7},
                         {1, -3, static_cast<std::int16_t>(random() % 40)}};
    spec.conv.input = i % 2 == 0 ? Int8(uniform(0.01, 0.1), 0) : UInt8(uniform(0.01, 0.1), 128);
    const auto scale = static_cast<float>(uniform(0.001, 0.02));
    spec.conv.weight_scales = {scale, scale};
    if (i % 3 != 0) {
      spec.bias = {static_cast<std::int32_t>(random() % 20000) - 10000,
                   static_cast<std::int32_t>(random() % 200)};
    }
    // Steps finer and coarser than the accumulator's own.
    const double step = spec.conv.input.scale * static_cast<double>(scale);
    spec.quantizer = i % 5 == 0
                         ? Int16(step * uniform(0.3, 3), 100)
                         : Int8(step * uniform(1, 200), static_cast<int>(random() % 60) - 30);
    for (const Semantics kernel : kKernels) ExpectTheLoopsFigures(spec, kernel);
  }
}

TEST(KernelTail, TiesAreWhereTheyDiffer) {
  // M = 1/2: odd accumulators tie. PyTorch to even, kernels upwards.
  Spec spec;
  spec.quantizer = Int8(2.0, 0);
  for (const Semantics kernel : kKernels) {
    ExpectTheLoopsFigures(spec, kernel);
    const ir::Program program = Make(spec);
    const Verification v = Judge(program, program, kernel);
    const TailVerdict& tail = v.sites[0].tails[0];
    EXPECT_EQ(tail.channels[0].reachable.lsb, 1.0);
    EXPECT_EQ(v.verdict, Verdict::kWithin);
    // 1, 5, 9, ... go to 0, 2, 4 and to 1, 3, 5: half of the 128 odd ones, both signs.
    const TailVerdict strict = Judge(program, program, kernel, 0.5).sites[0].tails[0];
    EXPECT_EQ(strict.channels[0].reachable.over, 64);
    EXPECT_EQ(strict.verdict, Verdict::kDiffers);
  }
}

TEST(KernelTail, AnActivationIsClampedAsCodes) {
  Spec spec;
  spec.conv.input = Int8(0.05, 0);
  spec.quantizer = Int8(0.033, -5);
  spec.behind = Relu;
  for (const Semantics kernel : kKernels) {
    ExpectTheLoopsFigures(spec, kernel, {0, kUnbounded, -5, kNone});
  }
  spec.behind = Hardtanh;
  // -3 / 0.033 = -90.9, 2.5 / 0.033 = 75.8.
  for (const Semantics kernel : kKernels) {
    ExpectTheLoopsFigures(spec, kernel, {-3.0f, 2.5f, -5 - 91, -5 + 76});
  }
  spec.behind = [](ConvProgram& p, ir::ValueId value) { return Relu(p, Hardtanh(p, value)); };
  for (const Semantics kernel : kKernels) {
    ExpectTheLoopsFigures(spec, kernel, {0, 2.5f, -5, -5 + 76});
  }
}

TEST(KernelTail, WhatStandsBetweenIsNamed) {
  Spec spec;
  spec.behind = [](ConvProgram& p, ir::ValueId value) {
    const ir::ValueId divided = p.Call("aten.div.Tensor", value, {{"other", p.PerChannel({2.0f})}});
    return p.Call("aten.add.Tensor", divided, {{"other", p.PerChannel({1.0f})}});
  };
  EXPECT_EQ(ReasonOf(spec),
            "no integer kernel computes this: aten.div.Tensor stands between the convolution and "
            "its quantizer");
  spec.behind = [](ConvProgram& p, ir::ValueId value) {
    return p.BatchNorm(value, {1.0f}, {0.0f}, {0.0f}, {1.0f}, 1e-5);
  };
  EXPECT_NE(ReasonOf(spec).find("aten.batch_norm.default stands between"), std::string::npos);
  spec.behind = [](ConvProgram& p, ir::ValueId value) {
    return p.Call("aten.sigmoid.default", value);
  };
  EXPECT_NE(ReasonOf(spec).find("aten.sigmoid.default stands between"), std::string::npos);
}

TEST(KernelTail, WhatNoKernelCanHoldIsNamed) {
  Spec floats;
  floats.conv.bias = std::vector<float>{0.5f};
  EXPECT_EQ(ReasonOf(floats), "no integer kernel computes this: its bias is a float");
  Spec steps;
  steps.bias = {5};
  steps.bias_step = 0.5;
  EXPECT_EQ(ReasonOf(steps),
            "no integer kernel computes this: its bias has other steps than its accumulator");
  Spec wide;
  wide.quantizer = {1.0, 0, -2147483648, 2147483647, ir::ScalarType::kInt32};
  EXPECT_EQ(ReasonOf(wide), "no integer kernel computes this: its quantizer gives int32");
  Spec large;
  large.quantizer = Int8(0x1p-40, 0);
  EXPECT_NE(ReasonOf(large).find("it holds no multiplier of"), std::string::npos);
}

TEST(KernelTail, AFloatThatLeavesHasNoKernel) {
  ConvProgram p(ConvSpec{});
  const ir::Program both = p.Return({p.Step(p.conv(), Int8(1.0, 0)), p.conv()});
  const Verification v = Judge(both, both, Semantics::kKernelQ31);
  EXPECT_EQ(v.sites.at(0).reason,
            "no integer kernel computes this: output 1 reads the convolution's value before a "
            "quantizer");
  EXPECT_EQ(v.verdict, Verdict::kUnproved);
  ASSERT_FALSE(v.unproved.empty());
}

TEST(KernelTail, ASumThatWrapsIsFound) {
  // A = -128 .. 127 and a bias of 2^31 - 1: everything above 0 wraps to the other end.
  Spec spec;
  spec.bias = {2147483647};
  spec.quantizer = Int8(33554432.0, 0);  // 2^25: 2^31 is 64
  const ir::Program program = Make(spec);
  for (const Semantics kernel : kKernels) {
    const Verification v = Judge(program, program, kernel);
    ASSERT_EQ(v.sites.at(0).tails.size(), 1u);
    const ChannelVerdict& channel = v.sites[0].tails[0].channels[0];
    EXPECT_EQ(channel.reachable.lsb, 128.0);  // 64 became -64
    EXPECT_EQ(channel.reachable.over, 127);
    EXPECT_EQ(v.verdict, Verdict::kDiffers);
    ASSERT_EQ(v.sites[0].tails[0].causes.size(), 1u);
    EXPECT_EQ(v.sites[0].tails[0].causes[0].rule, "accumulator-wrap");
    // Both programs overflow int32: that finding alone decides nothing.
    ASSERT_EQ(v.structure.size(), 1u);
    EXPECT_EQ(v.structure[0].rule, "accumulator-overflow");
    EXPECT_FALSE(v.structure[0].only_after);
  }
}

TEST(KernelTail, AWrapInTooManyAccumulatorsIsUnproved) {
  Spec spec;
  spec.conv.input = Int16(1.0, 0);
  spec.conv.weights = {{1, 300}};  // 2 * 10^7 accumulators
  spec.bias = {2147483647};
  spec.quantizer = Int8(33554432.0, 0);
  const ir::Program program = Make(spec);
  const Verification v = Judge(program, program, Semantics::kKernelQ31);
  EXPECT_EQ(v.verdict, Verdict::kUnproved);
  EXPECT_NE(v.sites.at(0).reason.find("the kernel's int32 sum wraps; "), std::string::npos)
      << v.sites[0].reason;
}

TEST(KernelTail, WhatKernelsDoNotAgreeOnIsUnproved) {
  // M = 4: TOSA defines its result for |a| < 2^27 alone.
  Spec spec;
  spec.bias = {1 << 28};
  spec.quantizer = Int8(0.25, 0);
  const ir::Program program = Make(spec);
  const Verification v = Judge(program, program, Semantics::kKernelTosa);
  EXPECT_EQ(v.verdict, Verdict::kUnproved);
  EXPECT_NE(v.sites.at(0).reason.find("the kernel's result is not defined"), std::string::npos)
      << v.sites[0].reason;
}

TEST(KernelTail, AWrongBiasIsStillAFinding) {
  Spec before;
  before.bias = {100};
  before.quantizer = Int8(40.0, 0);
  Spec after = before;
  after.bias = {140};
  for (const Semantics kernel : kKernels) {
    const Verification v = Judge(Make(before), Make(after), kernel);
    EXPECT_EQ(v.verdict, Verdict::kDiffers);
    EXPECT_EQ(v.sites.at(0).tails.at(0).causes.at(0).rule, "ideal-gap");
  }
}

// M = 1/4. Before: A = 2 is 0.5, which goes to 0, and 3 (3/4 LSB) is added. After: 5/4 is 2.5
// halves, which the first rounding takes to 3 halves, and the second to 2: 8 against 3, 1.25 LSB.
// Without the first rounding 1 LSB and half a step of the bias, 1/8, would be allowed.
TEST(KernelTail, TheToleranceKnowsTheFirstRounding) {
  Spec after;
  after.bias = {3};
  after.quantizer = Int8(4.0, 0);
  for (const Semantics kernel : kKernels) {
    ConvProgram p(ConvSpec{});
    const ir::ValueId conv = p.AddConvOf(p.AddWeight(ConvSpec{}), p.AddQuantizedBias({0}, 1.0));
    const ir::Program before = p.Return(
        {p.Call("aten.add.Tensor", p.Step(conv, Int8(4.0, 0)), {{"other", p.PerChannel({3.0f})}})});
    const Verification v = Judge(before, Make(after), kernel);
    EXPECT_EQ(v.verdict, Verdict::kWithin);
    const ChannelVerdict& channel = v.sites.at(0).tails.at(0).channels.at(0);
    EXPECT_EQ(channel.reachable.lsb, 1.25);
    EXPECT_NEAR(channel.tolerance.lsb, 1.375, 1e-4);  // and float32 roundings
  }
}

// A kernel that multiplies by a number that is 2 % off.
TEST(KernelTail, ABrokenKernelGoesRed) {
  Spec spec;
  spec.conv.weights = {{9}};
  spec.quantizer = Int8(9.0, 0);
  const ir::Program program = Make(spec);
  for (const exec::Kernel kernel : {exec::Kernel::kQ31, exec::Kernel::kTosa}) {
    const ReadProgram before(Make(spec));
    ReadProgram after(Make(spec));
    ASSERT_EQ(PutKernel(after.side.view, kernel, *after.site), "");
    const AccumulatorSet reach = ReachOf(after.site->conv, 0, Reach::kExact);
    const std::vector<PairPlan> pairs{PlanPair(*before.site, *after.site, 0, 0, false)};
    const auto worst = [&] {
      JudgeScratch scratch;
      const auto judged =
          JudgeChannel(*before.site, *after.site, pairs, 0, reach, nullptr, JudgeOptions{},
                       RootSteps(*before.site, *after.site), scratch);
      return judged.pairs.at(0).over.empty() ? 0 : judged.pairs[0].over[0].lsb;
    };
    EXPECT_EQ(worst(), 0);
    auto& quantizer =
        after.site->tail.instructions.at(after.site->search.first_quantizers.at(0).instruction).op;
    std::get<tail_op::Requantize>(quantizer).kernel.channels.at(0).requantizer =
        exec::Requantizer::Make(kernel, 1.02 / 9).value();
    EXPECT_GE(worst(), 2);  // 100 becomes 102
  }
}

}  // namespace
}  // namespace foldproof::prove
