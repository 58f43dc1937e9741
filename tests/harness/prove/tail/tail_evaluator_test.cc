// SPDX-License-Identifier: BSD-3-Clause
//
// Each operator in a tail that was built from a program, at accumulators whose float32 results are
// worked out beside them. Unless a test says otherwise v = A: all scales are 1, there is no bias.
#include "harness/prove/tail/tail_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/prove/sites/put_kernel.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

using ir::ValueId;
using testing::ElementsAre;

struct Last {
  bool exact = true;
  std::vector<float> low, high;
  std::vector<std::uint8_t> flags;  // of the first quantizer, register 1
};

// The last register at `accumulators`.
Last EvaluateSite(const SiteSide& site, const std::vector<std::int64_t>& accumulators,
                  std::size_t channel = 0) {
  RegisterBlock block;
  TailEvaluator(site.tail, site.conv, channel)
      .Evaluate(accumulators, site.search.everything, block);
  const std::size_t last = site.tail.values.size() - 1;
  const RegisterBlock& read = block;
  const auto low = read.low(last), high = read.high(last);
  Last out{read.exact(last), {low.begin(), low.end()}, {high.begin(), high.end()}, {}};
  if (last > 0) out.flags.assign(read.flags(1).begin(), read.flags(1).end());
  return out;
}

// v = A -> what `behind` makes of the conv.
template <typename Behind>
Last EvaluateBehind(Behind behind, const std::vector<std::int64_t>& accumulators) {
  const ConvSpec spec;
  ConvProgram p(spec);
  const ValueId value = behind(p);
  const ReadProgram read(p.Return({value}));
  EXPECT_GE(read.site->tail.values.size(), 2u) << "the operator is no part of the tail";
  return EvaluateSite(*read.site, accumulators);
}
std::vector<float> Points(const std::string& op, const ConvProgram::Arguments& more,
                          const std::vector<std::int64_t>& accumulators) {
  const Last last =
      EvaluateBehind([&](ConvProgram& p) { return p.Call(op, p.conv(), more); }, accumulators);
  EXPECT_TRUE(last.exact);
  return last.low;
}
// The same with a constant of one number as `other`.
std::vector<float> With(const std::string& op, float other,
                        const std::vector<std::int64_t>& accumulators,
                        const ConvProgram::Arguments& more = {}) {
  const Last last = EvaluateBehind(
      [&](ConvProgram& p) {
        ConvProgram::Arguments all{{"other", p.PerChannel({other})}};
        all.insert(all.end(), more.begin(), more.end());
        return p.Call(op, p.conv(), all);
      },
      accumulators);
  EXPECT_TRUE(last.exact);
  return last.low;
}

std::vector<float> ConvPoints(const ConvSpec& spec, const std::vector<std::int64_t>& accumulators,
                              std::size_t channel = 0) {
  ConvProgram p(spec);
  const ReadProgram read(p.Return({p.conv()}));
  return EvaluateSite(*read.site, accumulators, channel).low;
}

// docs/proof.md, eq. 3: v = f32(f64(f64(A * f32(s_x)) * f32(s_w)) + b).
TEST(TailEvaluator, TheConvsValueIsRoundedOnce) {
  // s_x = 2^-24, A = 2^24 + 1, b = 2^-24: 1 + 2^-24 + 2^-24 = 1 + 2^-23, a float32 number. Rounded
  // before the bias came in it would be 1 twice, both times a tie.
  ConvSpec spec;
  spec.input = Int8(0x1p-24, 0);
  spec.bias = std::vector<float>{0x1p-24f};
  EXPECT_THAT(ConvPoints(spec, {(1 << 24) + 1}), ElementsAre(1 + 0x1p-23f));
}

TEST(TailEvaluator, TheInputsScaleIsAFloat32) {
  // f32(1/3) = 11184811 / 2^25, times 3 is 1 + 2^-25. With b = 3 * 2^-26 the sum is
  // 1 + 2^-24 + 2^-26, above the tie 1 + 2^-24. (1/3 in float64 times 3 is 1, and the sum
  // 1 + 3 * 2^-26 below it.)
  ConvSpec spec;
  spec.input = Int8(1.0 / 3, 0);
  spec.bias = std::vector<float>{0x3p-26f};
  EXPECT_THAT(ConvPoints(spec, {3}), ElementsAre(1 + 0x1p-23f));
}

TEST(TailEvaluator, AQuantizedBiasIsNotRoundedToFloat32) {
  // b = (2^24 + 1) * 1 is no float32 number; 1 + b = 2^24 + 2 is. f32(b) + 1 would tie down to
  // 2^24.
  ConvProgram p(ConvSpec{});
  const ValueId conv =
      p.AddConvOf(p.AddWeight(ConvSpec{}), p.AddQuantizedBias({(1 << 24) + 1}, 1.0));
  const ReadProgram read(p.Return({conv}));
  EXPECT_THAT(EvaluateSite(*read.site, {1}).low, ElementsAre(16777218.0f));
}

TEST(TailEvaluator, EachChannelHasItsOwnScaleBiasAndConstants) {
  ConvSpec spec;
  spec.weights = {{1}, {1}};
  spec.weight_scales = {1, 2};
  spec.bias = std::vector<float>{0.5f, -1};
  EXPECT_THAT(ConvPoints(spec, {3}, 0), ElementsAre(3.5f));
  EXPECT_THAT(ConvPoints(spec, {3}, 1), ElementsAre(5));  // 3 * 2 - 1
  ConvProgram p(spec);
  const ReadProgram read(
      p.Return({p.Call("aten.mul.Tensor", p.conv(), {{"other", p.PerChannel({10, 100})}})}));
  EXPECT_THAT(EvaluateSite(*read.site, {3}, 0).low, ElementsAre(35));
  EXPECT_THAT(EvaluateSite(*read.site, {3}, 1).low, ElementsAre(500));
}

// numerics.md, eq. 1 and 2, with s = 2 and z = 3: rint(A / 2) + 3, in [-128, 127], and back.
TEST(TailEvaluator, Quantize) {
  const Last codes = EvaluateBehind(
      [](ConvProgram& p) { return p.Quantize(p.conv(), Int8(2.0, 3)); }, {1, 3, -1, 248, 252});
  // 0.5, 1.5 and -0.5 tie to 0, 2 and 0; 124 + 3 is the last code, 126 + 3 is clipped.
  EXPECT_THAT(codes.low, ElementsAre(3, 5, 3, 127, 127));
  EXPECT_THAT(codes.flags, ElementsAre(0, 0, 0, 0, RegisterBlock::kClipped));
}

TEST(TailEvaluator, Dequantize) {
  const Last floats =
      EvaluateBehind([](ConvProgram& p) { return p.Step(p.conv(), Int8(2.0, 3)); }, {1, 3, 252});
  EXPECT_THAT(floats.low, ElementsAre(0, 4, 248));  // (3 - 3) * 2, (5 - 3) * 2, (127 - 3) * 2
  // f32(0.1) is 0x1.99999ap-4; times 3 it is 0x1.3333338p-2, nearest 0x1.333334p-2.
  const Last tenths = EvaluateBehind(
      [](ConvProgram& p) { return p.Dequantize(p.Quantize(p.conv(), Int8(1.0, 0)), Int8(0.1, 0)); },
      {3});
  EXPECT_THAT(tenths.low, ElementsAre(0x1.333334p-2f));
}

TEST(TailEvaluator, Add) {
  EXPECT_THAT(With("aten.add.Tensor", 10, {3}), ElementsAre(13));
  EXPECT_THAT(With("aten.add.Tensor", 10, {3}, {{"alpha", 2.0}}), ElementsAre(23));
  // 2^24 + 1 ties to 2^24, 2^24 + 3 to 2^24 + 4.
  EXPECT_THAT(With("aten.add.Tensor", 16777216, {1, 3}), ElementsAre(16777216, 16777220));
}

TEST(TailEvaluator, Sub) {
  EXPECT_THAT(With("aten.sub.Tensor", 10, {3}), ElementsAre(-7));
  const Last turned = EvaluateBehind(
      [](ConvProgram& p) {
        return p.nodes().Node("turned", "aten.sub.Tensor",
                              {{"self", p.PerChannel({10})}, {"other", p.conv()}, {"alpha", 4.0}},
                              ir::ScalarType::kFloat32, p.Image(1));
      },
      {3});
  EXPECT_THAT(turned.low, ElementsAre(-2));  // 10 - 4 * 3
}

TEST(TailEvaluator, Mul) {
  EXPECT_THAT(With("aten.mul.Tensor", 0.1f, {3}), ElementsAre(0x1.333334p-2f));
  // A * relu(A): the two ways from the conv meet again.
  const Last square = EvaluateBehind(
      [](ConvProgram& p) {
        return p.Call("aten.mul.Tensor", p.conv(),
                      {{"other", p.Call("aten.relu.default", p.conv())}});
      },
      {-3, 5});
  EXPECT_THAT(square.low, ElementsAre(0, 25));
}

TEST(TailEvaluator, Div) {
  // 1/3 = 1.0101... * 2^-2; behind 24 bits follows 10..., so it is rounded up.
  EXPECT_THAT(With("aten.div.Tensor", 3, {1}), ElementsAre(0x1.555556p-2f));
  const ConvProgram::Arguments floor{{"rounding_mode", std::string("floor")}};
  const ConvProgram::Arguments trunc{{"rounding_mode", std::string("trunc")}};
  EXPECT_THAT(With("aten.div.Tensor_mode", 2, {7, -7}, floor), ElementsAre(3, -4));
  EXPECT_THAT(With("aten.div.Tensor_mode", 2, {7, -7}, trunc), ElementsAre(3, -3));
}

TEST(TailEvaluator, Extremum) {
  EXPECT_THAT(With("aten.minimum.default", 5, {3, 7}), ElementsAre(3, 5));
  EXPECT_THAT(With("aten.maximum.default", 5, {3, 7}), ElementsAre(5, 7));
}

// numerics.md, eq. 5: var 3 + eps 1, whose root is 2; alpha = 3 / 2, beta = 0.5 - 2 * 1.5 = -2.5.
TEST(TailEvaluator, BatchNorm) {
  const Last normed = EvaluateBehind(
      [](ConvProgram& p) { return p.BatchNorm(p.conv(), {3}, {0.5f}, {2}, {3}, 1); }, {4, -1});
  EXPECT_THAT(normed.low, ElementsAre(3.5f, -4));
}

TEST(TailEvaluator, FunctionsWithTheSameBitsInEveryKernel) {
  EXPECT_THAT(Points("aten.relu.default", {}, {-3, 2}), ElementsAre(0, 2));
  EXPECT_THAT(Points("aten.neg.default", {}, {-3, 2}), ElementsAre(3, -2));
  EXPECT_THAT(Points("aten.abs.default", {}, {-3, 2}), ElementsAre(3, 2));
  EXPECT_THAT(Points("aten.leaky_relu.default", {{"negative_slope", 0.5}}, {-3, 2}),
              ElementsAre(-1.5f, 2));
  EXPECT_THAT(Points("aten.reciprocal.default", {}, {3}), ElementsAre(0x1.555556p-2f));
  // numerics.md, eq. 7b: f32(f32(1 * 4) / 6) = 2/3, which has the digits of 1/3; 0 up to -3, and x
  // itself from 3 on.
  EXPECT_THAT(Points("aten.hardswish.default", {}, {-3, 1, 3}), ElementsAre(0, 0x1.555556p-1f, 3));
}

TEST(TailEvaluator, AFunctionWhoseBitsDependOnTheKernelIsAnInterval) {
  const Last half =
      EvaluateBehind([](ConvProgram& p) { return p.Call("aten.sigmoid.default", p.conv()); }, {0});
  EXPECT_FALSE(half.exact);
  EXPECT_LE(half.low[0], 0.5f);
  EXPECT_GE(half.high[0], 0.5f);
}

TEST(TailEvaluator, Clamp) {
  EXPECT_THAT(Points("aten.hardtanh.default", {{"min_val", -2.0}, {"max_val", 3.0}}, {-3, 1, 4}),
              ElementsAre(-2, 1, 3));
  EXPECT_THAT(Points("aten.clamp.default", {{"min", -2.0}, {"max", ir::None{}}}, {-3, 4}),
              ElementsAre(-2, 4));
}

TEST(TailEvaluator, Move) {
  EXPECT_THAT(Points("aten.clone.default", {}, {-3, 4}), ElementsAre(-3, 4));
  EXPECT_THAT(
      Points("aten.permute.default", {{"dims", std::vector<std::int64_t>{0, 1, 3, 2}}}, {7}),
      ElementsAre(7));
}

// docs/proof.md, eq. 21 and 22. M = 0.5 / 4 = 1/2 * 2^-2, so q = 2^30 and n = 2: S / 2 is rounded
// to nearest with ties upwards, a quarter of that with ties away from zero, then z = 3 is added.
//   S     10   11         12       -11           -12
//   S/2   5    5.5 -> 6   6        -5.5 -> -5    -6
//   /4    1    1.5 -> 2   1.5 -> 2 -1.25 -> -1   -1.5 -> -2
// (11/8 = 1.375 rounded once is 1.)
TEST(TailEvaluator, Requantize) {
  ConvSpec spec;
  spec.input = Int8(0.5, 0);
  ConvProgram p(spec);
  ReadProgram read(p.Return({p.Quantize(p.conv(), Int8(4.0, 3))}));
  ASSERT_EQ(PutKernel(read.side.view, exec::Kernel::kQ31, *read.site), "");
  EXPECT_THAT(EvaluateSite(*read.site, {10, 11, 12, -11, -12}).low, ElementsAre(4, 5, 5, 2, 1));
}

}  // namespace
}  // namespace foldproof::prove
