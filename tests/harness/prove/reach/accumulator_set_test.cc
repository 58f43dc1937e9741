// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/reach/accumulator_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include "tests/harness/prove/all_sums.h"

namespace foldproof::prove {
namespace {

using Weights = std::vector<std::int32_t>;
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> NearestOf(const std::set<std::int64_t>& members, std::int64_t from,
                                      std::int64_t to, std::int64_t wish) {
  std::optional<std::int64_t> best;
  for (const std::int64_t m : members) {
    if (m < from || m > to) continue;
    if (!best || std::abs(m - wish) < std::abs(*best - wish)) best = m;
  }
  return best;
}

void ExpectSameMembers(const AccumulatorSet& set, const std::set<std::int64_t>& members) {
  ASSERT_EQ(set.lo(), *members.begin());
  ASSERT_EQ(set.hi(), *members.rbegin());
  ASSERT_EQ(set.Count(), static_cast<std::int64_t>(members.size()));
  ASSERT_EQ(set.CountIn(kLowest, kHighest), set.Count());
  for (std::int64_t a = set.lo() - 3; a <= set.hi() + 3; ++a) {
    ASSERT_EQ(set.Contains(a), members.contains(a)) << a;
  }
}

void ExpectSameAnswers(const AccumulatorSet& set, const std::set<std::int64_t>& members,
                       std::mt19937& random) {
  std::uniform_int_distribution<std::int64_t> any(set.lo() - 20, set.hi() + 20);
  for (int i = 0; i < 20; ++i) {
    const std::int64_t from = any(random);
    const std::int64_t to = from + static_cast<std::int64_t>(random() % 12);
    const std::int64_t wish = any(random);
    const auto inside = std::distance(members.lower_bound(from), members.upper_bound(to));
    ASSERT_EQ(set.CountIn(from, to), inside) << from << ".." << to;
    ASSERT_EQ(set.Nearest(from, to, wish), NearestOf(members, from, to, wish))
        << from << " " << wish;
    ASSERT_EQ(set.Nearest(kLowest, kHighest, wish), NearestOf(members, kLowest, kHighest, wish));
  }
}

struct Case {
  Weights weights;
  TapRange x;
};

Case RandomCase(std::mt19937& random) {
  const auto upto = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % (n + 1)); };
  Case out;
  const std::int64_t largest = std::int64_t{1} << upto(6);
  const std::int64_t factor = upto(3) == 0 ? 1 + upto(4) : 1;
  for (std::int64_t taps = upto(6); taps >= 0; --taps) {
    out.weights.push_back(static_cast<std::int32_t>(factor * (upto(2 * largest) - largest)));
  }
  out.x.low = upto(60) - 30;
  out.x.high = out.x.low + upto(upto(3) == 0 ? 40 : 5);
  return out;
}

TEST(AccumulatorSet, ExactEqualsBruteForceOnRandomSmallCases) {
  std::mt19937 random(1);
  int incomplete = 0;
  for (int i = 0; i < 800; ++i) {
    const Case c = RandomCase(random);
    const auto members = AllSums(c.weights, c.x);
    const auto set = AccumulatorSet::Exact(c.weights, c.x);
    ASSERT_TRUE(set && set->exact());
    ASSERT_NO_FATAL_FAILURE(ExpectSameMembers(*set, members)) << "case " << i;
    ASSERT_NO_FATAL_FAILURE(ExpectSameAnswers(*set, members, random)) << "case " << i;
    for (const std::int64_t a : members) ASSERT_TRUE(set->Contains(set->lo() + set->hi() - a));
    incomplete += set->Count() < set->hi() - set->lo() + 1;
  }
  EXPECT_GT(incomplete, 100);  // the interesting half is not left out
}

TEST(AccumulatorSet, IntervalHoldsEveryIntegerBetweenTheEnds) {
  const AccumulatorSet set = AccumulatorSet::Interval(Weights{2, -3}, {-1, 4});
  EXPECT_FALSE(set.exact());
  EXPECT_EQ(set.lo(), -14);  // 2 * -1 - 3 * 4
  EXPECT_EQ(set.hi(), 11);   // 2 * 4 - 3 * -1
  EXPECT_EQ(set.Count(), 26);
  EXPECT_EQ(set.CountIn(-14, -14), 1);
  EXPECT_EQ(set.CountIn(5, 4), 0);
}

TEST(AccumulatorSet, NoTapsAndZeroWeightsGiveZeroAlone) {
  for (const Weights& weights : {Weights{}, Weights{0, 0, 0}}) {
    const auto set = AccumulatorSet::Exact(weights, {-126, 129}).value();
    EXPECT_EQ(set.lo(), 0);
    EXPECT_EQ(set.hi(), 0);
    EXPECT_EQ(set.Count(), 1);
  }
}

TEST(AccumulatorSet, OneValueOfXGivesOneSum) {
  const auto set = AccumulatorSet::Exact(Weights{5, -7, 11}, {3, 3}).value();
  EXPECT_EQ(set.lo(), 27);  // 3 * 9
  EXPECT_EQ(set.Count(), 1);
}

TEST(AccumulatorSet, ASingleTapGivesItsMultiples) {
  const auto set = AccumulatorSet::Exact(Weights{-9}, {-126, 129}).value();
  EXPECT_EQ(set.lo(), -1161);  // -9 * 129
  EXPECT_EQ(set.hi(), 1134);   // -9 * -126
  EXPECT_EQ(set.Count(), 256);
  EXPECT_TRUE(set.Contains(-9));
  EXPECT_FALSE(set.Contains(-8));
}

TEST(AccumulatorSet, RangesOnOneSideOfZero) {
  for (const TapRange x : {TapRange{5, 9}, TapRange{-9, -5}}) {
    const Weights weights{4, -6, 9};
    ExpectSameMembers(AccumulatorSet::Exact(weights, x).value(), AllSums(weights, x));
  }
}

TEST(AccumulatorSet, GapsLieAtBothEndsAlone) {
  // 2 and 3 make everything but 1; 4,000 taps make the range far too long for a bit each.
  Weights weights(4000, 2);
  weights.push_back(3);
  const auto set = AccumulatorSet::Exact(weights, {0, 255}, 1 << 12).value();
  EXPECT_EQ(set.hi(), 2040765);  // 255 * (8000 + 3)
  EXPECT_EQ(set.Count(), set.hi() + 1 - 2);
  EXPECT_FALSE(set.Contains(1));
  EXPECT_FALSE(set.Contains(set.hi() - 1));
  EXPECT_EQ(set.Nearest(1, 3, 1), 2);
}

TEST(AccumulatorSet, CoprimeLargeMagnitudesReachTheirFrobeniusNumber) {
  // The largest number that 254 a + 255 b does not make is 254 * 255 - 254 - 255 = 64261, and half
  // of the numbers up to it, (254 - 1)(255 - 1) / 2 = 32131, are not made (Sylvester).
  Weights weights(4000, 254);
  weights.insert(weights.end(), 500, -255);
  const auto set = AccumulatorSet::Exact(weights, {-128, 127}, 1 << 20).value();
  EXPECT_FALSE(set.Contains(set.lo() + 64261));
  EXPECT_EQ(set.CountIn(set.lo(), set.lo() + 64261), 64262 - 32131);
  EXPECT_EQ(set.Count(), set.hi() - set.lo() + 1 - 2 * 32131);
}

TEST(AccumulatorSet, CompleteSumsNearTwoToTheForty) {
  Weights weights(4608, 127);
  weights[7] = 1;
  const TapRange x{-65535, 65535};
  const auto set = AccumulatorSet::Exact(weights, x, 0).value();  // the budget is for gaps alone
  EXPECT_EQ(set.hi(), std::int64_t{65535} * (127 * 4607 + 1));
  EXPECT_EQ(set.Count(), 2 * set.hi() + 1);
  const Weights wide(4608, 2000);
  const auto steps = AccumulatorSet::Exact(wide, x, 0).value();
  EXPECT_EQ(steps.hi(), std::int64_t{65535} * 2000 * 4608);  // 6.0e11, above 2^39
  EXPECT_EQ(steps.Count(), std::int64_t{131070} * 4608 + 1);
  EXPECT_EQ(steps.Nearest(kLowest, kHighest, 1001), 2000);
  EXPECT_EQ(steps.Nearest(kLowest, kHighest, 1000), 0);  // the smaller one of two
}

TEST(AccumulatorSet, GivesUpWhereTheBudgetEnds) {
  const Weights weights{30000, 30001};
  EXPECT_FALSE(AccumulatorSet::Exact(weights, {0, 65535}, 1 << 10).has_value());
  EXPECT_TRUE(AccumulatorSet::Exact(weights, {0, 15}, 1 << 18).has_value());
}

TEST(AccumulatorSet, MediumCasesEqualAPlainBitset) {
  std::mt19937 random(7);
  for (int i = 0; i < 25; ++i) {
    Weights weights;
    for (std::size_t taps = 2 + random() % 60; taps > 0; --taps) {
      const auto magnitude = static_cast<std::int32_t>(60 + random() % 196);
      weights.push_back(random() % 2 == 0 ? magnitude : -magnitude);
    }
    const TapRange x{-8, -8 + static_cast<std::int64_t>(random() % 16)};
    const auto set = AccumulatorSet::Exact(weights, x).value();
    std::vector<bool> sums(static_cast<std::size_t>(set.hi() - set.lo() + 1));
    sums[0] = true;
    for (const std::int32_t w : weights) {
      const auto step = static_cast<std::size_t>(std::abs(w));
      for (std::int64_t t = x.low; t < x.high; ++t) {
        for (std::size_t a = sums.size(); a-- > step;) sums[a] = sums[a] || sums[a - step];
      }
    }
    for (std::size_t a = 0; a < sums.size(); ++a) {
      ASSERT_EQ(set.Contains(set.lo() + static_cast<std::int64_t>(a)), sums[a]) << i << " " << a;
    }
    ASSERT_EQ(set.Count(), std::count(sums.begin(), sums.end(), true));
  }
}

TEST(AccumulatorSet, UnionOfExactSetsEqualsBruteForce) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const Case a = RandomCase(random);
    const Case b = RandomCase(random);
    auto members = AllSums(a.weights, a.x);
    const auto set_a = AccumulatorSet::Exact(a.weights, a.x).value();
    const auto set_b = AccumulatorSet::Exact(b.weights, b.x).value();
    members.merge(AllSums(b.weights, b.x));
    AccumulatorSet both = AccumulatorSet::Union(set_a, set_b);
    ASSERT_TRUE(both.exact());
    ASSERT_NO_FATAL_FAILURE(ExpectSameMembers(both, members)) << "case " << i;
    ASSERT_NO_FATAL_FAILURE(ExpectSameAnswers(both, members, random)) << "case " << i;
    const Case c = RandomCase(random);
    members.merge(AllSums(c.weights, c.x));
    both = AccumulatorSet::Union(both, AccumulatorSet::Exact(c.weights, c.x).value());
    ASSERT_NO_FATAL_FAILURE(ExpectSameMembers(both, members)) << "case " << i;
  }
}

TEST(AccumulatorSet, UnionOfLongProgressionsCountsWithoutListing) {
  // Multiples of 6 and of 10 in [0, 6e9] and [0, 1e10]: every 30 two coincide up to 6e9.
  const auto six = AccumulatorSet::Exact(Weights(10000, 6), {0, 100000}).value();
  const auto ten = AccumulatorSet::Exact(Weights(10000, 10), {0, 100000}).value();
  const AccumulatorSet both = AccumulatorSet::Union(six, ten);
  EXPECT_TRUE(both.exact());
  EXPECT_EQ(both.Count(), 1000000001 + 1000000001 - 200000001);
  EXPECT_EQ(both.CountIn(0, 30), 8);  // 0 6 10 12 18 20 24 30
  EXPECT_EQ(both.CountIn(6000000000, 6000000020), 3);
}

TEST(AccumulatorSet, UnionWithAnIntervalIsTheHull) {
  const auto exact = AccumulatorSet::Exact(Weights{4}, {0, 3}).value();
  const AccumulatorSet hull =
      AccumulatorSet::Union(exact, AccumulatorSet::Interval(Weights{1}, {100, 101}));
  EXPECT_FALSE(hull.exact());
  EXPECT_EQ(hull.lo(), 0);
  EXPECT_EQ(hull.Count(), 102);
}

}  // namespace
}  // namespace foldproof::prove
