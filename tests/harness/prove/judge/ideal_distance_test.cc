// SPDX-License-Identifier: BSD-3-Clause
//
// How far both sides are from before's ideal, against loops of plain numbers written here.
#include "harness/prove/judge/ideal_distance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove::ideal_distance_test {
namespace {

ProveOptions Asked() {
  ProveOptions options;
  options.judge.ideal_distance = true;
  return options;
}

ChannelVerdict Judge(const ir::Program& before, const ir::Program& after,
                     const ProveOptions& options = Asked()) {
  const Side b(before);
  const Side a(after);
  return Prove(b, a, options).verification.sites.at(0).tails.at(0).channels.at(0);
}

IdealDistances Distances(const ir::Program& before, const ir::Program& after) {
  const ChannelVerdict channel = Judge(before, after);
  EXPECT_TRUE(channel.ideal && channel.ideal->distances);
  return channel.ideal->distances.value();
}

// v = A (one tap, all scales 1), A = -128 .. 127.
ConvSpec OneTap(std::optional<float> bias = std::nullopt) {
  ConvSpec spec;
  if (bias) spec.bias = std::vector<float>{*bias};
  return spec;
}

// quantize_per_tensor and dequantize_per_tensor of scale s and zero point z. The scales here are
// powers of two and the numbers short: float32 and float64 give the same.
double Step(double v, double s, double z = 0) {
  return (std::clamp(std::nearbyint(v / s) + z, -128.0, 127.0) - z) * s;
}

TEST(IdealDistance, AgreesWithALoopWrittenByHand) {
  // before: q(scale 0.5, z 3) of A + 1.25; after: the same of A + 9.75. The ideal is A + 1.25.
  ConvProgram b(OneTap(1.25f));
  ConvProgram a(OneTap(9.75f));
  const IdealDistances got = Distances(b.Return({b.Step(b.conv(), Int8(0.5, 3))}),
                                       a.Return({a.Step(a.conv(), Int8(0.5, 3))}));
  IdealDistance want;
  for (int A = -128; A <= 127; ++A) {
    want.Cover({std::abs(Step(A + 1.25, 0.5, 3) - (A + 1.25)),
                std::abs(Step(A + 9.75, 0.5, 3) - (A + 1.25))});
  }
  EXPECT_EQ(got.reachable.before, want.before);
  EXPECT_EQ(got.reachable.after, want.after);
  // 127 clips to (127 - 3) / 2 = 62, which is 66.25 from 128.25.
  EXPECT_EQ(want.before, 66.25);
}

TEST(IdealDistance, CalibratedLeavesOutWhatAnInnerQuantizerClips) {
  // q1 (scale 1/2) holds A = -64 .. 63, then + 1 or + 4, then q2 (scale 1), the last one.
  const auto make = [](float shift) {
    ConvProgram p(OneTap());
    const auto inner = p.Step(p.conv(), Int8(0.5, 0));
    return p.Return({p.Step(p.Call("aten.add.Tensor", inner, {{"other", p.PerChannel({shift})}}),
                            Int8(1.0, 0))});
  };
  const IdealDistances got = Distances(make(1.0f), make(4.0f));
  // Codes are exact there: before is A + 1 itself, after A + 4.
  EXPECT_EQ(got.calibrated.before, 0.0);
  EXPECT_EQ(got.calibrated.after, 3.0);
  // A = -128 is seen as -64, A = 127 as 63.5: before is 64 and 63.5 off, and rint(67.5) = 68 is
  // 60 off 128 where -60 is 67 off -127.
  EXPECT_EQ(got.reachable.before, 64.0);
  EXPECT_EQ(got.reachable.after, 67.0);
}

TEST(IdealDistance, PeaksAtABendInsideAPiece) {
  // before: |q(A) - 60| with q's scale 64; after: 1000 everywhere. The ideal |A - 60| is 0 at 60,
  // in the middle of code 1 (A = 33 .. 96).
  ConvProgram b(OneTap());
  const auto shifted = b.Call("aten.sub.Tensor", b.Step(b.conv(), Int8(64.0, 0)),
                              {{"other", b.PerChannel({60.0f})}});
  ConvProgram a(OneTap());
  const auto zero =
      a.Call("aten.mul.Tensor", a.Step(a.conv(), Int8(64.0, 0)), {{"other", a.PerChannel({0.0f})}});
  const IdealDistances got =
      Distances(b.Return({b.Call("aten.abs.default", shifted)}),
                a.Return({a.Call("aten.add.Tensor", zero, {{"other", a.PerChannel({1000.0f})}})}));
  IdealDistance want;
  for (int A = -128; A <= 127; ++A) {
    const double ideal = std::abs(A - 60.0);
    want.Cover({std::abs(std::abs(Step(A, 64) - 60) - ideal), std::abs(1000 - ideal)});
  }
  EXPECT_EQ(got.reachable.before, want.before);
  EXPECT_EQ(got.reachable.after, want.after);
  EXPECT_EQ(want.after, 1000.0);
}

TEST(IdealDistance, IsOverTheSumsThatAnInputMakes) {
  // One tap of weight 24: A = 24 x. A step of 72 is at most 24 off at these; at the A between them,
  // which no input makes, it would be 36 off.
  ConvSpec spec;
  spec.weights = {{24}};
  const auto make = [&](float shift) {
    ConvProgram p(spec);
    return p.Return({p.Call("aten.add.Tensor", p.Step(p.conv(), Int8(72.0, 0)),
                            {{"other", p.PerChannel({shift})}})});
  };
  const IdealDistances got = Distances(make(0.0f), make(5.0f));
  EXPECT_EQ(got.reachable.before, 24.0);
  EXPECT_EQ(got.reachable.after, 29.0);
}

TEST(IdealDistance, LooksAtEveryAccumulatorWhereTheIdealIsNoBrokenLine) {
  // sigmoid of q(A + 0.5) with scale 8, or of q(A + 2.5).
  const auto make = [](float bias) {
    ConvProgram p(OneTap(bias));
    return p.Return({p.Call("aten.sigmoid.default", p.Step(p.conv(), Int8(8.0, 0)))});
  };
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  IdealDistance want;
  for (int A = -128; A <= 127; ++A) {
    const double ideal = sigmoid(A + 0.5);
    want.Cover(
        {std::abs(sigmoid(Step(A + 0.5, 8)) - ideal), std::abs(sigmoid(Step(A + 2.5, 8)) - ideal)});
  }
  const IdealDistances got = Distances(make(0.5f), make(2.5f));
  // A kernel's float32 sigmoid may be a few steps of 2^-24 off: the worst counts.
  const double few = 8 * 0x1p-24;
  EXPECT_GE(got.reachable.before, want.before);
  EXPECT_LE(got.reachable.before, want.before + few);
  EXPECT_GE(got.reachable.after, want.after);
  EXPECT_LE(got.reachable.after, want.after + few);
}

TEST(IdealDistance, IsInfiniteWhereTheIdealIs) {
  // A / 0 is infinite but at 0; q clamps it, so A != 0 is defined.
  const auto make = [] {
    ConvProgram p(OneTap());
    return p.Return({p.Step(p.Call("aten.div.Tensor", p.conv(), {{"other", p.PerChannel({0.0f})}}),
                            Int8(1.0, 0))});
  };
  const IdealDistances got = Distances(make(), make());
  EXPECT_TRUE(std::isinf(got.reachable.before));
  EXPECT_TRUE(std::isinf(got.reachable.after));
}

TEST(IdealDistance, IsInfiniteWhereAfterIsNoNumber) {
  ConvProgram b(OneTap());
  ConvProgram a(OneTap());
  const float inf = std::numeric_limits<float>::infinity();
  const IdealDistances got =
      Distances(b.Return({b.Call("aten.relu.default", b.conv())}),
                a.Return({a.Call("aten.mul.Tensor", a.conv(), {{"other", a.PerChannel({inf})}})}));
  EXPECT_EQ(got.reachable.before, 0.0);  // no quantizer, and small integers are exact
  EXPECT_TRUE(std::isinf(got.reachable.after));
}

TEST(IdealDistance, HasNoBoundWhereThereIsTooMuchToLookAt) {
  const auto make = [] {
    ConvProgram p(OneTap());
    return p.Return({p.Call("aten.sigmoid.default", p.Step(p.conv(), Int8(8.0, 0)))});
  };
  ProveOptions options = Asked();
  options.judge.most_enumerated = 16;
  const ChannelVerdict channel = Judge(make(), make(), options);
  ASSERT_TRUE(channel.ideal && channel.ideal->distances);
  EXPECT_TRUE(std::isinf(channel.ideal->distances->reachable.before));
  EXPECT_TRUE(std::isinf(channel.ideal->distances->calibrated.after));
}

TEST(IdealDistance, IsNotMeasuredWhereItIsNotAskedFor) {
  ConvProgram p(OneTap());
  const ir::Program program = p.Return({p.Step(p.conv(), Int8(0.5, 0))});
  const ChannelVerdict channel = Judge(program, program, ProveOptions{});
  ASSERT_TRUE(channel.ideal);
  EXPECT_FALSE(channel.ideal->distances);
}

}  // namespace
}  // namespace foldproof::prove::ideal_distance_test
