// SPDX-License-Identifier: BSD-3-Clause
//
// A pair of tails small enough to be worked out by a loop of plain floats written here.
#include "harness/prove/picture/tail_picture.h"
#include "harness/prove/judge/prover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Programs, their proof, and the picture of their one tail.
struct Drawn {
  Drawn(const ir::Program& b, const ir::Program& a, std::size_t most_channels = 16)
      : before(b), after(a), proof(Prove(before, after, options)) {
    auto tails = DrawTails(before, after, proof, options, most_channels);
    EXPECT_EQ(tails.size(), 1u);
    EXPECT_EQ(tails.at(0).size(), 1u);
    picture = std::move(tails.at(0).at(0));
  }
  const TailVerdict& tail() const { return proof.verification.sites.at(0).tails.at(0); }

  ProveOptions options;
  Side before;
  Side after;
  Proof proof;
  TailPicture picture;
};

// v = A (one tap, all scales 1), A = -128 .. 127, and an inner quantizer that holds -64 .. 63.
ir::Program Inner(float shift) {
  ConvProgram p(ConvSpec{});
  const auto inner = p.Step(p.conv(), Int8(0.5, 0));
  return p.Return(
      {p.Step(p.Call("aten.add.Tensor", inner, {{"other", p.PerChannel({shift})}}), Int8(1.0, 0))});
}

// The same with the shift in the bias: the inner quantizer sees the sum.
ir::Program Folded(float shift) {
  ConvSpec spec;
  spec.bias = std::vector<float>{shift};
  ConvProgram p(spec);
  return p.Return({p.Step(p.Step(p.conv(), Int8(0.5, 0)), Int8(1.0, 0))});
}

double Held(double v) { return std::clamp(v, -64.0, 63.5); }
// At A before and after, in LSB of scale 1; half a code rounds to even.
double Before(int A) { return std::nearbyint(Held(A) + 20); }
double After(int A) { return std::nearbyint(Held(A + 20)); }

double At(const Curve& curve, std::int64_t A) {
  const auto next = std::ranges::upper_bound(curve.starts, A);
  return curve.least[static_cast<std::size_t>(next - curve.starts.begin()) - 1];
}

TEST(TailPicture, CurvesAreBothStepFunctions) {
  const Drawn drawn(Inner(20), Folded(20));
  ASSERT_EQ(drawn.picture.channels.size(), 1u);
  const ChannelPicture& channel = drawn.picture.channels[0];
  EXPECT_THAT(channel.before.most, IsEmpty());
  for (int A = -128; A <= 127; ++A) {
    EXPECT_EQ(At(channel.before, A), Before(A)) << A;
    EXPECT_EQ(At(channel.after, A), After(A)) << A;
    EXPECT_EQ(At(channel.difference, A), After(A) - Before(A)) << A;
  }
}

TEST(TailPicture, RangesSayWhatClipsWhere) {
  const Drawn drawn(Inner(20), Folded(20));
  const ChannelPicture& channel = drawn.picture.channels[0];
  EXPECT_THAT(channel.calibrated.ranges, ElementsAre(Pair(-64, 63)));
  EXPECT_THAT(channel.clipped_before.ranges, ElementsAre(Pair(-128, -65), Pair(64, 127)));
  EXPECT_THAT(channel.clipped_after.ranges, ElementsAre(Pair(-128, -85), Pair(44, 127)));
  EXPECT_THAT(channel.undefined.ranges, IsEmpty());
}

TEST(TailPicture, TheHistogramCountsEveryAccumulator) {
  const Drawn drawn(Inner(20), Folded(20));
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> wanted;
  for (int A = -128; A <= 127; ++A) {
    auto& counts = wanted[std::llrint(std::abs(After(A) - Before(A)))];
    counts.first += 1;
    counts.second += A >= -64 && A <= 63;
  }
  EXPECT_EQ(drawn.picture.bin_lsb, 1);
  ASSERT_TRUE(drawn.picture.histograms.at(0).has_value());
  const DifferenceHistogram& histogram = *drawn.picture.histograms[0];
  ASSERT_EQ(histogram.bins.size(), wanted.size());
  for (const DifferenceBin& bin : histogram.bins) {
    EXPECT_EQ(bin.reachable, wanted[bin.bin].first) << bin.bin;
    EXPECT_EQ(bin.calibrated, wanted[bin.bin].second) << bin.bin;
  }
}

TEST(TailPicture, BinsWidenUntilTheyAreFew) {
  const Drawn drawn(Inner(0), Folded(100));  // up to 100 LSB: 47 bins of 4 hold them, 47 of 2 not
  EXPECT_GT(drawn.tail().channels[0].reachable.lsb, 94);
  EXPECT_EQ(drawn.picture.bin_lsb, 4);
}

TEST(TailPicture, TheTraceIsOfTheWitness) {
  const Drawn drawn(Inner(20), Folded(20));
  ASSERT_TRUE(drawn.tail().witness && drawn.picture.trace);
  const Trace& trace = *drawn.picture.trace;
  EXPECT_EQ(trace.accumulator, drawn.tail().witness->accumulator);
  const auto A = static_cast<int>(trace.accumulator);
  ASSERT_EQ(trace.before.size(), 6u);  // conv, q, dq, add, q, dq
  EXPECT_EQ(trace.before[0].value, A);
  EXPECT_EQ(trace.before.back().value, Before(A));
  ASSERT_EQ(trace.after.size(), 5u);
  EXPECT_EQ(trace.after[0].value, A + 20);
  EXPECT_EQ(trace.after.back().value, After(A));
  EXPECT_TRUE(trace.after[1].clipped);
  EXPECT_FALSE(trace.before[1].clipped);
  EXPECT_EQ(trace.after[1].range, std::pair(-64.0, 63.5));
  EXPECT_FALSE(trace.after[2].range.has_value());  // a dequantize holds nothing back
}

TEST(TailPicture, HasTheWorstChannelsAlone) {
  ConvSpec spec;
  spec.weights = {{1}, {1}, {1}};
  spec.weight_scales = {1, 1, 1};
  const auto make = [&](std::vector<float> bias) {
    ConvSpec with = spec;
    with.bias = std::move(bias);
    ConvProgram p(with);
    return p.Return({p.Step(p.conv(), Int8(1.0, 0))});
  };
  const Drawn drawn(make({0, 0, 0}), make({3, 9, 5}), 2);
  ASSERT_EQ(drawn.picture.channels.size(), 2u);
  EXPECT_EQ(drawn.picture.channels[0].channel, 1u);
  EXPECT_EQ(drawn.picture.channels[1].channel, 2u);
  EXPECT_EQ(drawn.picture.histograms.size(), 3u);
  EXPECT_TRUE(drawn.picture.histograms[0].has_value());
}

}  // namespace
}  // namespace foldproof::prove
