// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/picture/curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace foldproof::prove {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Curve, EqualNeighboursAreOneStep) {
  CurveMaker maker(-3, 4);
  maker.Add(-3, -2, 1.5);
  maker.Add(-1, 0, 1.5);
  maker.Add(1, 4, -2);
  const Curve curve = std::move(maker).Finish();
  EXPECT_EQ(curve.steps, 2);
  EXPECT_THAT(curve.starts, ElementsAre(-3, 1));
  EXPECT_THAT(curve.least, ElementsAre(1.5, -2));
  EXPECT_THAT(curve.most, IsEmpty());
}

// f(A) = A mod 7 - 3 over 0 .. 5119: 5120 steps, so 256 buckets of 20, each longer than a period.
TEST(Curve, ManyStepsAreTheEndsOfWhatABucketHolds) {
  CurveMaker maker(0, 5119);
  for (std::int64_t a = 0; a <= 5119; ++a) maker.Add(a, a, static_cast<double>(a % 7 - 3));
  const Curve curve = std::move(maker).Finish();
  EXPECT_EQ(curve.steps, 5120);
  ASSERT_EQ(curve.starts.size(), 256u);
  for (std::size_t i = 0; i < curve.starts.size(); ++i) {
    EXPECT_EQ(curve.starts[i], static_cast<std::int64_t>(20 * i));
    EXPECT_EQ(curve.least[i], -3);
    EXPECT_EQ(curve.most[i], 3);
  }
}

// The bound is met from both sides, and a value that only one accumulator takes is not lost.
TEST(Curve, UpToFiveHundredAndTwelveStepsAreExact) {
  for (const std::int64_t steps : {512, 513}) {
    CurveMaker maker(1, 10 * steps);
    for (std::int64_t i = 0; i < steps; ++i) {
      maker.Add(10 * i + 1, 10 * i + 10, i == 300 ? 1e6 : static_cast<double>(i));
    }
    const Curve curve = std::move(maker).Finish();
    EXPECT_EQ(curve.steps, steps);
    EXPECT_EQ(curve.most.empty(), steps == 512);
    const std::vector<double>& most = curve.most.empty() ? curve.least : curve.most;
    EXPECT_THAT(most, testing::Contains(1e6));
  }
}

TEST(Curve, APieceMayCoverManyBuckets) {
  CurveMaker maker(0, 99'999);
  for (std::int64_t a = 0; a < 600; ++a) maker.Add(a, a, static_cast<double>(a));
  maker.Add(600, 99'999, -7);
  const Curve curve = std::move(maker).Finish();
  ASSERT_EQ(curve.starts.size(), 256u);
  EXPECT_EQ(curve.most[0], 390);  // the width is 391
  EXPECT_EQ(curve.least[1], -7);  // both stand in bucket 1
  EXPECT_EQ(curve.most[1], 599);
  EXPECT_EQ(curve.most.back(), -7);
}

TEST(Curve, WhatIsNotFiniteStays) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  CurveMaker maker(0, 2);
  maker.Add(0, 0, kNan);
  maker.Add(1, 1, kNan);
  maker.Add(2, 2, -std::numeric_limits<double>::infinity());
  const Curve curve = std::move(maker).Finish();
  EXPECT_THAT(curve.starts, ElementsAre(0, 2));
  EXPECT_TRUE(std::isnan(curve.least[0]));
  EXPECT_TRUE(std::isinf(curve.least[1]));
}

TEST(Ranges, NeighboursAreOneAndTheWidestStay) {
  Ranges ranges;
  ranges.Add(0, 4);
  ranges.Add(5, 9);
  EXPECT_THAT(ranges.ranges, ElementsAre(Pair(0, 9)));
  for (std::int64_t i = 1; i <= 70; ++i) ranges.Add(1000 * i, 1000 * i + i);
  ranges.KeepWidest();
  EXPECT_EQ(ranges.ranges.size(), 64u);
  EXPECT_EQ(ranges.left_out, 7);  // of 71, those of width 1 to 7
  EXPECT_EQ(ranges.ranges.front().first, 0);
  EXPECT_EQ(ranges.ranges[1].first, 8000);
  EXPECT_EQ(ranges.ranges.back().first, 70'000);
}

}  // namespace
}  // namespace foldproof::prove
