// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/proportion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>

namespace foldproof::compare::proportion_test {
namespace {

// P(X = k) of a binomial.
long double Mass(std::int64_t k, std::int64_t n, long double p) {
  const auto of = [](std::int64_t x) { return std::lgamma(static_cast<long double>(x) + 1); };
  return std::exp(of(n) - of(k) - of(n - k) + static_cast<long double>(k) * std::log(p) +
                  static_cast<long double>(n - k) * std::log1p(-p));
}

long double AtMost(std::int64_t k, std::int64_t n, long double p) {
  long double sum = 0;
  for (std::int64_t i = 0; i <= k; ++i) sum += Mass(i, n, p);
  return sum;
}

// By hand: (1 - high)^n = 0.025 where nothing was hit, low^n = 0.025 where all was.
TEST(ClopperPearson, HasClosedEndsWhereNothingOrAllWasHit) {
  EXPECT_EQ(ClopperPearson(0, 10).low, 0);
  EXPECT_NEAR(ClopperPearson(0, 10).high, 1 - std::pow(0.025, 0.1), 1e-12);
  EXPECT_NEAR(ClopperPearson(0, 10'000).high, 1 - std::pow(0.025, 1e-4), 1e-12);
  EXPECT_NEAR(ClopperPearson(10, 10).low, std::pow(0.025, 0.1), 1e-12);
  EXPECT_EQ(ClopperPearson(10, 10).high, 1);
  EXPECT_EQ(ClopperPearson(0, 0).low, 0);
  EXPECT_EQ(ClopperPearson(0, 0).high, 1);
}

// The definition, by sums of the binomial's masses: at `low` what was seen or more has probability
// 0.025, at `high` what was seen or less has.
TEST(ClopperPearson, EndsWhereEitherTailHasItsProbability) {
  const std::pair<std::int64_t, std::int64_t> seen[] = {
      {1, 10}, {5, 10}, {9, 10}, {37, 10'000}, {500, 1'000}, {1, 100'000}, {99'990, 100'000}};
  for (const auto& [k, n] : seen) {
    const ShareInterval interval = ClopperPearson(k, n);
    EXPECT_NEAR(static_cast<double>(1 - AtMost(k - 1, n, interval.low)), 0.025, 1e-7) << k;
    EXPECT_NEAR(static_cast<double>(AtMost(k, n, interval.high)), 0.025, 1e-7) << k;
  }
}

// Samples of known shares: the truth lies in at least 95 % of the intervals, and at most 2.5 % lie
// all above it or all below it (three standard deviations of 4,000 samples are allowed, 0.0103 and
// 0.0074). A normal approximation covers 0.001 in 63 % of samples of 1,000.
TEST(ClopperPearson, CoversKnownShares) {
  std::mt19937_64 random(7);
  constexpr int kSamples = 4'000;
  for (const double share : {0.001, 0.0037, 0.05, 0.5, 0.999}) {
    std::binomial_distribution<std::int64_t> draw(1'000, share);
    int above = 0, below = 0;
    for (int i = 0; i < kSamples; ++i) {
      const ShareInterval interval = ClopperPearson(draw(random), 1'000);
      above += interval.low > share;
      below += interval.high < share;
    }
    EXPECT_LE(above + below, (0.05 + 0.0103) * kSamples) << share;
    EXPECT_LE(above, (0.025 + 0.0074) * kSamples) << share;
    EXPECT_LE(below, (0.025 + 0.0074) * kSamples) << share;
  }
}

}  // namespace
}  // namespace foldproof::compare::proportion_test
