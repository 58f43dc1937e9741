// SPDX-License-Identifier: BSD-3-Clause
//
// Bounds over cells against every accumulator of them, in the float32 intervals of all kernels.
#include "harness/prove/tail/float_bound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove::float_bound_test {

using Function = std::function<ir::ValueId(ConvProgram&, ir::ValueId)>;
using Arguments = ConvProgram::Arguments;

struct Named {
  const char* name;
  Function function;
  float offset = 0;  // of its argument, to be in its domain
};

Named Called(const char* target, Arguments more = {}, float offset = 0) {
  return {target, [=](ConvProgram& p, ir::ValueId x) { return p.Call(target, x, more); }, offset};
}

const std::vector<Named> kFunctions = {
    Called("aten.relu.default"),
    Called("aten.neg.default"),
    Called("aten.abs.default"),
    Called("aten.leaky_relu.default", {{"negative_slope", 0.3}}),
    Called("aten.hardsigmoid.default"),
    Called("aten.hardswish.default"),
    Called("aten.sqrt.default", {}, 9),
    Called("aten.rsqrt.default", {}, 9),
    Called("aten.reciprocal.default", {}, 9),
    Called("aten.exp.default"),
    Called("aten.tanh.default"),
    Called("aten.erf.default"),
    Called("aten.sigmoid.default"),
    Called("aten.silu.default"),
    Called("aten.silu.default", {}, -80),
    Called("aten.mish.default"),
    Called("aten.gelu.default"),
    Called("aten.gelu.default", {}, -11),
    Called("aten.gelu.default", {{"approximate", "tanh"}}),
    Called("aten.softplus.default"),
    Called("aten.softplus.default", {}, 20),
    Called("aten.elu.default"),
    Called("aten.round.default"),
    Called("aten.floor.default"),
    Called("aten.frac.default"),
    Called("aten.sign.default"),
    Called("aten.square.default"),
    Called("aten.pow.Tensor_Scalar", {{"exponent", std::int64_t{3}}}),
    Called("aten.pow.Tensor_Scalar", {{"exponent", std::int64_t{-2}}}, 9),
    Called("aten.threshold.default", {{"threshold", 0.7}, {"value", 0.1}}),
    Called("aten.hardshrink.default", {{"lambd", 0.6}}),
    Called("aten.hardtanh.default", {{"min_val", -0.7}, {"max_val", 1.1}}),
    {"x * sigmoid(x)",
     [](ConvProgram& p, ir::ValueId x) {
       return p.Call("aten.mul.Tensor", x, {{"other", p.Call("aten.sigmoid.default", x)}});
     }},
    {"x / (1.5 + |x|)",
     [](ConvProgram& p, ir::ValueId x) {
       const ir::ValueId divisor =
           p.Call("aten.add.Tensor", p.Call("aten.abs.default", x), {{"other", 1.5}});
       return p.Call("aten.div.Tensor", x, {{"other", divisor}});
     }},
    {"x + 0.3 tanh(x)",
     [](ConvProgram& p, ir::ValueId x) {
       return p.Call("aten.add.Tensor", x,
                     {{"other", p.Call("aten.tanh.default", x)}, {"alpha", 0.3}});
     }},
    {"max(x, x^2)",
     [](ConvProgram& p, ir::ValueId x) {
       return p.Call("aten.maximum.default", x, {{"other", p.Call("aten.square.default", x)}});
     }},
    {"batch_norm(x)",
     [](ConvProgram& p, ir::ValueId x) {
       return p.BatchNorm(x, {-1.3f}, {0.7f}, {0.21f}, {0.77f}, 1e-5);
     }},
    {"prelu(x)",
     [](ConvProgram& p, ir::ValueId x) {
       return p.Call("aten.prelu.default", x, {{"weight", p.nodes().Floats("slope", {1}, {0.2f})}});
     }},
};

// function(A * step / divisor + offset)
ir::Program Written(const Named& named, float step, float divisor, float offset) {
  ConvProgram p{ConvSpec{}};
  ir::ValueId x = p.Call("aten.mul.Tensor", p.conv(), {{"other", p.PerChannel({step})}});
  x = p.Call("aten.div.Tensor", x, {{"other", p.PerChannel({divisor})}});
  x = p.Call("aten.add.Tensor", x, {{"other", p.PerChannel({offset})}});
  return p.Return({named.function(p, x)});
}

struct Truth {
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  double size = 0;
};

Truth Enumerate(const FloatEnd& before, const FloatEnd& after, std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> all;
  for (std::int64_t a = from; a <= to; ++a) all.push_back(a);
  RegisterBlock b_block, a_block;
  before.tail.Evaluate(all, before.frontier.path, b_block);
  after.tail.Evaluate(all, after.frontier.path, a_block);
  const RegisterBlock &b = b_block, &a = a_block;
  const std::uint32_t b_reg = before.frontier.reg, a_reg = after.frontier.reg;
  Truth out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double b_low = static_cast<double>(b.low(b_reg)[i]);
    const double b_high = static_cast<double>(b.high(b_reg)[i]);
    const double a_low = static_cast<double>(a.low(a_reg)[i]);
    const double a_high = static_cast<double>(a.high(a_reg)[i]);
    out.most = std::max({out.most, b_high - a_low, a_high - b_low});
    out.least = std::min(out.least, std::max({0.0, b_low - a_high, a_low - b_high}));
    out.size = std::max({out.size, std::abs(b_low), std::abs(b_high)});
  }
  return out;
}

TEST(FloatBound, OfEveryFunctionHoldsAtEveryAccumulator) {
  std::mt19937 random(3);
  const auto between = [&](double low, double high) {
    return std::uniform_real_distribution(low, high)(random);
  };
  for (const Named& named : kFunctions) {
    int bounded = 0, tight = 0, small = 0;
    for (int round = 0; round < 60; ++round) {
      const auto step = static_cast<float>(std::exp(between(std::log(1e-5), std::log(2e-3))));
      const auto divisor = static_cast<float>(between(0.7, 1.4));
      const auto offset = named.offset + static_cast<float>(between(-0.5, 0.5));
      // A right fold, which differs by roundings alone, or one that is off by a thousandth.
      const float other = round % 2 == 0 ? step / divisor : step / divisor * 1.001f;
      const ReadProgram before(Written(named, step, divisor, offset));
      const ReadProgram after(Written(named, other, 1, offset));
      ASSERT_TRUE(before.site && after.site) << named.name;
      const TailEvaluator b(before.site->tail, before.site->conv, 0);
      const TailEvaluator a(after.site->tail, after.site->conv, 0);
      const FloatEnd b_end{b, before.site->tail.frontiers.at(0)};
      const FloatEnd a_end{a, after.site->tail.frontiers.at(0)};
      FloatBound bound(b_end, a_end);
      const auto width = static_cast<std::int64_t>(std::exp(between(0, std::log(4000))));
      const auto from = static_cast<std::int64_t>(between(-4000, 4000));
      const auto apart = bound.Over(from, from + width);
      if (!apart) continue;
      ++bounded;
      const Truth truth = Enumerate(b_end, a_end, from, from + width);
      ASSERT_LE(truth.most, apart->most) << named.name << " from " << from << " on, " << width;
      ASSERT_GE(truth.least, apart->least) << named.name << " from " << from << " on, " << width;
      if (width > 64) continue;
      ++small;
      tight += apart->most <= 1.05 * truth.most + 0x1p-17 * truth.size + 1e-6;
    }
    EXPECT_GT(bounded, 15) << named.name;
    EXPECT_GE(tight, small * 3 / 4) << named.name;
  }
}

// What leaves float32, or has a pole, has no bound.
TEST(FloatBound, IsNoneWhereANumberIsNotFinite) {
  const auto has_bound = [](const Named& named, float step, std::int64_t from, std::int64_t to) {
    const ReadProgram read(Written(named, step, 1, 0));
    const TailEvaluator evaluator(read.site->tail, read.site->conv, 0);
    const FloatEnd end{evaluator, read.site->tail.frontiers.at(0)};
    return FloatBound(end, end).Over(from, to).has_value();
  };
  EXPECT_TRUE(has_bound(Called("aten.exp.default"), 1, 70, 80));
  EXPECT_FALSE(has_bound(Called("aten.exp.default"), 1, 86, 89));  // e^89 > 2^128
  EXPECT_TRUE(has_bound(Called("aten.square.default"), 1e18f, 0, 12));
  EXPECT_FALSE(has_bound(Called("aten.square.default"), 1e18f, 17, 19));  // 3.6e38
  EXPECT_FALSE(has_bound(Called("aten.reciprocal.default"), 1, -1, 1));
}

}  // namespace foldproof::prove::float_bound_test
