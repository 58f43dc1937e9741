// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/weight_places.h"

#include <gtest/gtest.h>

#include <set>

namespace foldproof::prove {
namespace {

// Six outputs, eight inputs and three kernel positions, in one group and in two.
ConvSide Weight(bool transposed, std::int64_t groups) {
  ConvSide side;
  side.op.transposed = transposed;
  side.op.groups = groups;
  side.channels = 6;
  side.kernel = 3;
  side.taps = 8 / static_cast<std::size_t>(groups) * side.kernel;
  return side;
}

TEST(WeightPlaces, TellTheChannelAndTheTapOfEach) {
  for (const bool transposed : {false, true}) {
    for (const std::int64_t groups : {1, 2}) {
      const ConvSide side = Weight(transposed, groups);
      std::set<std::size_t> seen;
      for (std::size_t c = 0; c < side.channels; ++c) {
        ForEachTap(side, c, [&](std::size_t tap, std::size_t place) {
          EXPECT_EQ(ChannelOfWeight(side, place), c);
          EXPECT_EQ(TapOfWeight(side, place), tap);
          EXPECT_TRUE(seen.insert(place).second);
        });
      }
      EXPECT_EQ(seen.size(), side.channels * side.taps);
      EXPECT_EQ(*seen.rbegin(), seen.size() - 1);
    }
  }
}

// Codes 0 to 11 of two channels of six taps, zero point 1; a root changes those at 2 and at 7.
TEST(WeightPlaces, CodesOfAnotherRootStandInTheirPlaces) {
  for (const bool transposed : {false, true}) {
    ConvSide side;
    side.op.transposed = transposed;
    side.channels = 2;
    side.taps = 6;
    side.kernel = 2;
    std::vector<std::byte> codes;
    for (int i = 0; i < 12; ++i) codes.push_back(static_cast<std::byte>(i));
    side.weights.Own(codes);
    side.weights.stepped[0] = {{2, 100}, {7, -100}};
    side.weight_zero_points = {1, 1};
    side.weight_roots = {5, 5};
    // Transposed, [3 inputs][2 outputs][2]: channel 0 has 0 1, 4 5, 8 9, channel 1 the others.
    const std::vector<std::int32_t> first = {-1, 0, 99, 2, 3, 4}, second = {5, -101, 7, 8, 9, 10};
    const std::vector<std::int32_t> none = {-1, 0, 3, 4, 7, 8}, both = {99, 2, 5, -101, 9, 10};
    EXPECT_EQ(side.WeightsOf(0, RootStep::kDown), transposed ? none : first);
    EXPECT_EQ(side.WeightsOf(1, RootStep::kDown), transposed ? both : second);
    EXPECT_EQ(side.WeightsOf(0, RootStep::kUp), side.WeightsOf(0));
    side.weight_roots = {kNoRoot, kNoRoot};
    EXPECT_EQ(side.WeightsOf(1, RootStep::kDown), side.WeightsOf(1));
  }
}

TEST(WeightPlaces, EqualCodesAreShared) {
  WeightCodes one, other, another;
  one.Own({std::byte{1}, std::byte{2}});
  other.Own({std::byte{1}, std::byte{2}});
  another.Own({std::byte{1}, std::byte{3}});
  other.Share(one);
  another.Share(one);
  EXPECT_EQ(other.bytes.data(), one.bytes.data());
  EXPECT_NE(another.bytes.data(), one.bytes.data());
  EXPECT_EQ(another.bytes[1], std::byte{3});
}

}  // namespace
}  // namespace foldproof::prove
