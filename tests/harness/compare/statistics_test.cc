// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace foldproof::compare {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Nearest rank: of 1..1000 the value of rank ceil(p * 1000) is that rank itself.
TEST(LsbDistribution, QuantilesOfIntegersAreExactOrderStatistics) {
  LsbDistribution d;
  for (int i = 1000; i >= 1; --i) d.Add(i);
  EXPECT_EQ(d.Quantile(0.5), 500);
  EXPECT_EQ(d.Quantile(0.99), 990);
  EXPECT_EQ(d.Quantile(0.999), 999);
  EXPECT_EQ(d.Quantile(1), 1000);
  EXPECT_EQ(d.Quantile(0), 1);
  EXPECT_EQ(d.max(), 1000);
  EXPECT_EQ(d.mean(), 500.5);  // (1 + 1000) / 2
  EXPECT_EQ(d.count(), 1000);
}

// 16-bit codes are up to 65535 apart: integers stay exact beyond the 9 bits of other numbers.
TEST(LsbDistribution, LargeIntegersAreExact) {
  LsbDistribution d;
  for (const double x : {65535.0, 65533.0, 65531.0}) d.Add(x);
  EXPECT_EQ(d.Quantile(0.5), 65533);
}

// 0.3 = 1.2 * 2^-2; 8 bits behind the point: ceil(1.2 * 256) / 256 * 2^-2 = 308 / 1024.
TEST(LsbDistribution, OtherNumbersAreRoundedUpToNineBits) {
  LsbDistribution d;
  d.Add(0.3);
  d.Add(5);
  EXPECT_EQ(d.Quantile(0.5), 308.0 / 1024);
  EXPECT_EQ(d.mean(), (0.3 + 5) / 2);
}

TEST(LsbDistribution, AQuantileIsNeverAboveTheLargest) {
  LsbDistribution d;
  d.Add(0.3);
  EXPECT_EQ(d.Quantile(0.999), 0.3);
}

// 99 zeros and an infinite one: rank 99 is 0, rank 100 infinite.
TEST(LsbDistribution, InfiniteDifferencesRankLast) {
  LsbDistribution d;
  d.Add(0, 99);
  d.Add(kInfinity);
  EXPECT_EQ(d.Quantile(0.99), 0);
  EXPECT_EQ(d.Quantile(0.999), kInfinity);
  EXPECT_EQ(d.max(), kInfinity);
  EXPECT_EQ(d.mean(), kInfinity);
}

TEST(LsbDistribution, WithoutAnyAllFiguresAreZero) {
  const LsbDistribution d;
  EXPECT_EQ(d.Quantile(0.5), 0);
  EXPECT_EQ(d.mean(), 0);
  EXPECT_TRUE(d.Histogram().empty());
}

TEST(LsbDistribution, TheHistogramsBinsEndAtHalfOneToFourAndPowersOfTwo) {
  LsbDistribution d;
  for (const double x : {0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 9.0, kInfinity})
    d.Add(x);
  const std::vector<std::pair<double, std::int64_t>> expected{
      {0, 2}, {0.5, 2}, {1, 2}, {2, 1}, {3, 1}, {4, 1}, {8, 2}, {16, 1}, {kInfinity, 1}};
  std::vector<std::pair<double, std::int64_t>> actual;
  for (const auto& bin : d.Histogram()) actual.emplace_back(bin.up_to, bin.count);
  EXPECT_EQ(actual, expected);
}

TEST(LsbDistribution, MergingIsAddingAll) {
  LsbDistribution a, b, both;
  for (const double x : {0.0, 1.0, 2000.0, 0.7}) {
    a.Add(x);
    both.Add(x);
  }
  for (const double x : {3.0, 0.7, kInfinity}) {
    b.Add(x);
    both.Add(x);
  }
  a.Merge(b);
  EXPECT_EQ(a.count(), 7);
  for (const double p : {0.1, 0.3, 0.5, 0.7, 0.9, 1.0})
    EXPECT_EQ(a.Quantile(p), both.Quantile(p)) << p;
}

// b = (3, 4), a = (4, 3): cos = 24 / 25; the error is (1, -1), so SQNR = 10 log10(25 / 2).
TEST(Agreement, CosineAndSqnrOfTwoVectors) {
  Agreement agreement;
  agreement.Add(3, 4);
  agreement.Add(4, 3);
  EXPECT_EQ(agreement.cosine(), 24.0 / 25);
  EXPECT_EQ(agreement.sqnr_db(), 10 * std::log10(12.5));
}

TEST(Agreement, EqualVectorsHaveNoError) {
  Agreement agreement;
  agreement.Add(3, 3);
  agreement.Add(-4, -4);
  EXPECT_EQ(agreement.cosine(), 1);
  EXPECT_EQ(agreement.sqnr_db(), kInfinity);
}

TEST(Agreement, ANumberThatIsNotFiniteLeavesNoFigure) {
  Agreement agreement;
  agreement.Add(3, kInfinity);
  EXPECT_TRUE(std::isnan(agreement.cosine()));
  EXPECT_TRUE(std::isnan(agreement.sqnr_db()));
}

TEST(Saturation, IsAShareOrNothing) {
  Saturation a;
  EXPECT_FALSE(a.share());
  a = {1, 4};
  a.Merge({2, 4});
  EXPECT_EQ(a.share(), 3.0 / 8);
}

}  // namespace
}  // namespace foldproof::compare
