// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/zonotope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

namespace foldproof::prove {
namespace {

using Weights = std::vector<std::int32_t>;

// What every input gives, by running all of them: the range of u' over each u.
std::map<std::int64_t, IntegerRange> Enumerate(const Weights& a, const Weights& b, TapRange x) {
  std::map<std::int64_t, IntegerRange> out;
  std::vector<std::int64_t> taps(a.size(), x.low);
  for (;;) {
    SumPair sums;
    for (std::size_t t = 0; t < a.size(); ++t) {
      sums.before += a[t] * taps[t];
      sums.after += b[t] * taps[t];
    }
    const auto [at, added] = out.try_emplace(sums.before, IntegerRange{sums.after, sums.after});
    at->second.low = std::min(at->second.low, sums.after);
    at->second.high = std::max(at->second.high, sums.after);
    std::size_t t = 0;
    while (t < taps.size() && taps[t] == x.high) taps[t++] = x.low;
    if (t == taps.size()) return out;
    ++taps[t];
  }
}

SumPair SumsOf(const Weights& a, const Weights& b, const std::vector<std::int64_t>& x) {
  SumPair out;
  for (std::size_t t = 0; t < a.size(); ++t) {
    out.before += a[t] * x[t];
    out.after += b[t] * x[t];
  }
  return out;
}

// Taps 1 and 2 of weights (2, 1) and (1, 3), x in [0, 1]: the corners are (0,0), (2,1), (3,4) and
// (1,3).
TEST(Zonotope, HasTheCornersOfAParallelogram) {
  const Zonotope z(Weights{2, 1}, Weights{1, 3}, {0, 1});
  EXPECT_EQ(z.before(), (IntegerRange{0, 3}));
  EXPECT_EQ(z.after(), (IntegerRange{0, 4}));
  const std::vector<SumPair> corners = z.Corners();
  for (const SumPair p : {SumPair{0, 0}, SumPair{2, 1}, SumPair{3, 4}, SumPair{1, 3}}) {
    EXPECT_NE(std::ranges::find(corners, p), corners.end()) << p.before << " " << p.after;
  }
  // At u = 1 the lower edge from (0,0) to (2,1) is at 1/2: the least integer is 1; the upper
  // corner is 3.
  EXPECT_EQ(z.AfterAbove(1, 1), (IntegerRange{1, 3}));
}

TEST(Zonotope, WeightsOfZeroStandUpright) {
  const Zonotope z(Weights{0, 1}, Weights{-2, 1}, {-1, 1});
  EXPECT_EQ(z.AfterAbove(0, 0), (IntegerRange{-2, 2}));
  EXPECT_EQ(z.AfterAbove(-1, 1), (IntegerRange{-3, 3}));
  const Zonotope flat(Weights{0, 0}, Weights{1, -3}, {0, 2});
  EXPECT_EQ(flat.before(), (IntegerRange{0, 0}));
  EXPECT_EQ(flat.AfterAbove(0, 0), (IntegerRange{-6, 2}));
}

// The left side at a height is the lower boundary of the zonotope whose sides are exchanged.
TEST(Zonotope, ItsSidesAreTheBoundariesOfTheExchangedOne) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    Weights a, b;
    const int most = round % 2 ? 5 : 3000;  // small ones take another way to be sorted
    for (std::size_t t = 0; t < 1 + random() % 12; ++t) {
      a.push_back(static_cast<int>(random() % (2 * most + 1)) - most);
      b.push_back(static_cast<int>(random() % (2 * most + 1)) - most);
    }
    const TapRange x{-static_cast<std::int64_t>(random() % 4),
                     1 + static_cast<std::int64_t>(random() % 4)};
    const Zonotope z(a, b, x);
    const Zonotope exchanged(b, a, x);
    const auto [low, high] = z.after();
    for (int i = -1; i <= 9; ++i) {
      const double y = static_cast<double>(low) + static_cast<double>(high - low) * i / 8;
      for (const bool far : {false, true})
        EXPECT_NEAR(z.SideAt(y, far), exchanged.BoundaryAt(y, far), 1e-6) << round << " " << i;
    }
  }
}

// The least and the largest distance from a line is at a corner or at an end, which a fine grid
// comes near to.
TEST(Zonotope, ItsBoundariesBesideALine) {
  std::mt19937 random(12);
  for (int round = 0; round < 200; ++round) {
    Weights a, b;
    for (std::size_t t = 0; t < 1 + random() % 6; ++t) {
      a.push_back(static_cast<int>(random() % 11) - 5);
      b.push_back(static_cast<int>(random() % 11) - 5);
    }
    const Zonotope z(a, b, {-2, 3});
    const auto [low, high] = z.before();
    const double width = static_cast<double>(high - low);
    const double from = static_cast<double>(low) + width * static_cast<double>(random() % 5) / 8;
    const double to = from + width * static_cast<double>(random() % 4) / 8;
    const double slope = (static_cast<double>(random() % 81) - 40) / 16;
    double lowest = 1e9, highest = -1e9;
    for (int i = 0; i <= 400; ++i) {
      const double u = from + (to - from) * i / 400;
      lowest = std::min(lowest, z.BoundaryAt(u, false) - slope * (u - from));
      highest = std::max(highest, z.BoundaryAt(u, true) - slope * (u - from));
    }
    EXPECT_LE(z.LowestBeside(from, to, slope), lowest + 1e-9) << round;
    EXPECT_GE(z.HighestBeside(from, to, slope), highest - 1e-9) << round;
    // Between two points of the grid a segment is at most 8 times as steep as u is wide.
    const double between = (to - from) / 400 * 10;
    EXPECT_GE(z.LowestBeside(from, to, slope), lowest - between) << round;
    EXPECT_LE(z.HighestBeside(from, to, slope), highest + between) << round;
  }
}

// The smallest and the largest products that the limits allow: 2^30 on either side, 2^20 wide.
TEST(Zonotope, LargestWeightsStayExact) {
  const std::int32_t w = 1 << 30;
  const Zonotope z(Weights{w, w - 1}, Weights{w - 1, w}, {-(1 << 20), 1 << 20});
  const std::int64_t r = std::int64_t{1} << 20;
  EXPECT_EQ(z.before().high, r * (2 * std::int64_t{w} - 1));
  // The inputs (r, -r) and (-r, r) give u = +-r and u' = -+r.
  EXPECT_LE(z.AfterAbove(r, r).low, -r);
  EXPECT_EQ(z.AfterAbove(-r, -r).high, r);
}

// One tap x gives (a x, b x): above u lies b u / a alone. 64 bits do not hold the largest products.
TEST(Zonotope, LargeDivisionsStayExact) {
  __extension__ using Wide = __int128;
  std::mt19937_64 random(14);
  const std::int64_t most = 1 << 20;
  for (const std::int32_t a : {3, 1025, (1 << 20) + 7, (1 << 30) - 35}) {
    for (int round = 0; round < 400; ++round) {
      const auto b = static_cast<std::int32_t>((1 << 30) - static_cast<int>(random() % 1000)) *
                     (round % 2 ? 1 : -1);
      const Zonotope z(Weights{a}, Weights{b}, {-most, most});
      const auto width = static_cast<std::uint64_t>(2 * a * most + 1);
      const std::int64_t u = static_cast<std::int64_t>(random() % width) - a * most;
      const Wide product = Wide{b} * u;
      const auto toward_zero = static_cast<std::int64_t>(product / a);
      EXPECT_EQ(z.AfterAbove(u, u),
                (IntegerRange{toward_zero + (product % a > 0), toward_zero - (product % a < 0)}))
          << a << " " << b << " " << u;
    }
  }
}

TEST(Zonotope, HoldsWhatEveryInputGives) {
  std::mt19937 random(1);
  for (int round = 0; round < 4000; ++round) {
    const std::size_t taps = 1 + random() % 4;
    const std::int32_t most = round % 3 == 0 ? 2 : 9;  // many zeros and equal slopes, too
    const auto weight = [&] { return static_cast<std::int32_t>(random() % (2 * most + 1)) - most; };
    Weights a(taps), b(taps);
    for (std::size_t t = 0; t < taps; ++t) a[t] = weight(), b[t] = weight();
    const std::int64_t low = static_cast<std::int64_t>(random() % 7) - 4;
    const TapRange x{low, low + static_cast<std::int64_t>(random() % 4)};
    const auto all = Enumerate(a, b, x);
    const Zonotope z(a, b, x);
    EXPECT_EQ(z.before(), (IntegerRange{all.begin()->first, all.rbegin()->first}));
    for (const auto& [u, range] : all) {
      const IntegerRange bound = z.AfterAbove(u, u);
      EXPECT_LE(bound.low, range.low);
      EXPECT_GE(bound.high, range.high);
      // Over intervals from here on.
      IntegerRange hull = range;
      for (auto other = all.find(u); other != all.end(); ++other) {
        hull.low = std::min(hull.low, other->second.low);
        hull.high = std::max(hull.high, other->second.high);
        const IntegerRange over = z.AfterAbove(u, other->first);
        EXPECT_LE(over.low, hull.low);
        EXPECT_GE(over.high, hull.high);
      }
      EXPECT_EQ(z.AfterAbove(all.begin()->first, all.rbegin()->first), z.after());
    }
  }
}

// What lies above many ranges at once, many segments apart or several in one segment, is what lies
// above each: between the real boundaries, next to which there is an integer.
TEST(Zonotope, ManyRangesAtOnceAreAsEach) {
  std::mt19937 random(13);
  for (int round = 0; round < 300; ++round) {
    const std::size_t taps = 1 + random() % 60;
    const std::int32_t most = round % 2 ? 20 : 100000;
    Weights a(taps), b(taps);
    for (std::size_t t = 0; t < taps; ++t) {
      a[t] = static_cast<std::int32_t>(random() % (2 * most + 1)) - most;
      b[t] = static_cast<std::int32_t>(random() % (2 * most + 1)) - most;
    }
    const Zonotope z(a, b, {-3, 2});
    const auto [low, high] = z.before();
    std::vector<IntegerRange> ranges, above;
    const std::int64_t step = 1 + (high - low) / (1 + static_cast<std::int64_t>(random() % 90));
    for (std::int64_t from = low - 2; from <= high; from += step)
      ranges.push_back({from, from + step + 1});
    z.AfterAbove(ranges, above);
    ASSERT_EQ(above.size(), ranges.size());
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      const auto [from, to] = ranges[i];
      EXPECT_EQ(above[i], z.AfterAbove(from, to)) << round << " " << i;
      const auto at = [&](bool upper) {
        return z.BoundaryAt(
            static_cast<double>(z.ExtremeIn(std::max(from, low), std::min(to, high), upper)),
            upper);
      };
      EXPECT_NEAR(static_cast<double>(above[i].low), std::ceil(at(false)), 1e-6) << round;
      EXPECT_NEAR(static_cast<double>(above[i].high), std::floor(at(true)), 1e-6) << round;
    }
  }
}

// What is said of an input on the boundary is what that input gives; it lies in its range, and no
// input with the same u goes beyond it.
TEST(Zonotope, BoundaryInputsAreInputsAndExtreme) {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t taps = 1 + random() % 4;
    Weights a(taps), b(taps);
    for (std::size_t t = 0; t < taps; ++t) {
      a[t] = static_cast<std::int32_t>(random() % 11) - 5;
      b[t] = static_cast<std::int32_t>(random() % 11) - 5;
    }
    const TapRange x{-2, 1};
    const auto all = Enumerate(a, b, x);
    const Zonotope z(a, b, x);
    for (std::int64_t u = z.before().low; u <= z.before().high; ++u) {
      for (const bool upper : {false, true}) {
        for (const BoundaryInput& input : z.InputsNear(u, upper)) {
          const std::vector<std::int64_t> taps_of = z.TapsOf(input);
          EXPECT_EQ(SumsOf(a, b, taps_of), input.sums);
          for (const std::int64_t tap : taps_of) EXPECT_TRUE(tap >= x.low && tap <= x.high);
          const IntegerRange range = all.at(input.sums.before);
          EXPECT_EQ(upper ? range.high : range.low, input.sums.after);
        }
      }
    }
  }
}

}  // namespace
}  // namespace foldproof::prove
