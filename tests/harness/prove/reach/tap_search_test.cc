// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/reach/tap_search.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "tests/harness/prove/all_sums.h"

namespace foldproof::prove::tap_search_test {
namespace {

using Answer = TapSearch::Answer;
using Weights = std::vector<std::int32_t>;
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

// The taps are in their range and sum up to the accumulator, which is in [from, to].
void ExpectSumsUp(const TapSearch& found, const Weights& weights, TapRange x, std::int64_t from,
                  std::int64_t to) {
  ASSERT_EQ(found.answer, Answer::kFound);
  ASSERT_EQ(found.x.size(), weights.size());
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    ASSERT_LE(x.low, found.x[i]);
    ASSERT_LE(found.x[i], x.high);
    sum += weights[i] * found.x[i];
  }
  ASSERT_EQ(sum, found.accumulator);
  ASSERT_LE(from, sum);
  ASSERT_LE(sum, to);
}

TEST(TapSearch, AgreesWithBruteForceOnRandomSmallCases) {
  std::mt19937 random(5);
  const auto upto = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % (n + 1)); };
  int none = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::int64_t largest = std::int64_t{1} << upto(6);
    const std::int64_t factor = upto(3) == 0 ? 1 + upto(4) : 1;
    Weights weights;
    for (std::int64_t taps = upto(6); taps >= 0; --taps) {
      weights.push_back(static_cast<std::int32_t>(factor * (upto(2 * largest) - largest)));
    }
    TapRange x{upto(60) - 30, 0};
    x.high = x.low + upto(upto(3) == 0 ? 40 : 5);
    const auto sums = AllSums(weights, x);
    for (int k = 0; k < 8; ++k) {
      const std::int64_t from = *sums.begin() - 5 + upto(*sums.rbegin() - *sums.begin() + 10);
      const std::int64_t to = from + upto(6);
      const std::int64_t wish = from - 3 + upto(12);
      std::optional<std::int64_t> nearest;
      for (auto sum = sums.lower_bound(from); sum != sums.upper_bound(to); ++sum) {
        if (!nearest || std::abs(*sum - wish) < std::abs(*nearest - wish)) nearest = *sum;
      }
      const TapSearch search = FindTaps(weights, x, from, to, wish, 1 << 22);
      none += !nearest;
      ASSERT_EQ(search.answer, nearest ? Answer::kFound : Answer::kNone) << "case " << i;
      if (!nearest) continue;
      ASSERT_NO_FATAL_FAILURE(ExpectSumsUp(search, weights, x, from, to)) << "case " << i;
      ASSERT_EQ(search.accumulator, *nearest) << "case " << i;
    }
  }
  EXPECT_GT(none, 1000);
}

TEST(TapSearch, FindsEachEndOfALargeConv) {
  Weights weights;
  for (int i = 0; i < 4608; ++i) weights.push_back(i % 255 - 127);
  const TapRange x{-126, 129};
  for (const std::int64_t wish : {kLowest, std::int64_t{-1000001}, std::int64_t{0}, kHighest}) {
    const TapSearch search = FindTaps(weights, x, kLowest, kHighest, wish, 0);
    ASSERT_NO_FATAL_FAILURE(ExpectSumsUp(search, weights, x, kLowest, kHighest));
    if (wish == -1000001 || wish == 0) {
      EXPECT_EQ(search.accumulator, wish);
    } else {
      EXPECT_GT(std::abs(search.accumulator), 30000000);  // about 129 * 4608 * 64
    }
  }
}

TEST(TapSearch, FindsTheGapsOfCoprimeMagnitudes) {
  Weights weights(4000, 254);
  weights.insert(weights.end(), 500, -255);
  const TapRange x{0, 255};
  const std::int64_t lo = -255 * 255 * 500;
  const auto find = [&](std::int64_t offset) {
    return FindTaps(weights, x, lo + offset, lo + offset, 0, 1 << 20);
  };
  EXPECT_EQ(find(64261).answer, Answer::kNone);  // the Frobenius number of 254 and 255
  for (const std::int64_t offset : {254, 255, 508, 64260, 64262, 1000003}) {
    ASSERT_NO_FATAL_FAILURE(ExpectSumsUp(find(offset), weights, x, lo + offset, lo + offset));
  }
  const std::int64_t width = std::int64_t{255} * (254 * 4000 + 255 * 500);
  ASSERT_NO_FATAL_FAILURE(
      ExpectSumsUp(find(width - 509), weights, x, lo + width - 509, lo + width - 509));
  EXPECT_EQ(find(width - 64261).answer, Answer::kNone);
}

TEST(TapSearch, ReachesSumsNearTwoToTheForty) {
  Weights weights(4608, 2001);
  weights[0] = 1;
  weights[1] = -1000;
  const TapRange x{-65535, 65535};
  const std::int64_t goal = (std::int64_t{1} << 39) + 12345;
  ASSERT_NO_FATAL_FAILURE(
      ExpectSumsUp(FindTaps(weights, x, goal, goal, goal, 0), weights, x, goal, goal));
}

TEST(TapSearch, WithoutBudgetItSaysSoUnlessGreedyHits) {
  const Weights weights{30000, 30001};
  const TapRange x{0, 65535};
  // 30000 * 40000 + 30001 * 30000, but greedy starts with as many 30001 as fit.
  const std::int64_t goal = 2100030000;
  EXPECT_EQ(FindTaps(weights, x, goal, goal, goal, 100).answer, Answer::kGaveUp);
  const std::int64_t from = goal - 30001;
  ASSERT_NO_FATAL_FAILURE(
      ExpectSumsUp(FindTaps(weights, x, from, goal, goal, 100), weights, x, from, goal));
}

TEST(TapSearch, AnEmptyOrUnreachableRangeIsNone) {
  const Weights weights{3, -4};
  EXPECT_EQ(FindTaps(weights, {0, 5}, 2, 1, 0, 100).answer, Answer::kNone);
  EXPECT_EQ(FindTaps(weights, {0, 5}, 16, kHighest, 0, 100).answer, Answer::kNone);  // hi is 15
  EXPECT_EQ(FindTaps(weights, {0, 5}, kLowest, -21, 0, 100).answer, Answer::kNone);  // lo is -20
  EXPECT_EQ(FindTaps(Weights{6, 9}, {0, 5}, 1, 2, 0, 100).answer, Answer::kNone);    // gcd 3
}

TEST(TapSearch, ZeroWeightsTakeTheValueNearestZero) {
  EXPECT_EQ(FindTaps(Weights{0, 0}, {-3, 5}, 0, 0, 0, 0).x, (std::vector<std::int64_t>{0, 0}));
  EXPECT_EQ(FindTaps(Weights{0}, {2, 5}, 0, 0, 0, 0).x, std::vector<std::int64_t>{2});
  EXPECT_EQ(FindTaps(Weights{0}, {-5, -2}, 0, 0, 0, 0).x, std::vector<std::int64_t>{-2});
}

}  // namespace
}  // namespace foldproof::prove::tap_search_test
