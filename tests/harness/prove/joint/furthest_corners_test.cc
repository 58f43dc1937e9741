// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/furthest_corners.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace foldproof::prove {
namespace {

struct OwnedLine {
  std::vector<double> at, y;
  BrokenLine View() const { return {at, y}; }
};

double Value(const OwnedLine& line, double u) {
  std::size_t i = 1;
  while (i + 1 < line.at.size() && u > line.at[i]) ++i;
  const double width = line.at[i] - line.at[i - 1];
  const double part = width > 0 ? (u - line.at[i - 1]) / width : 0;
  return line.y[i - 1] + part * (line.y[i] - line.y[i - 1]);
}

double Apart(const OwnedLine& before, const OwnedLine& after, SumPair at) {
  return Value(after, static_cast<double>(at.after)) -
         Value(before, static_cast<double>(at.before));
}

// The square of the taps 1 and 1 of (1, 0) and (0, 1), x in [0, 2]: u' - u is largest at (0, 2) and
// smallest at (2, 0).
TEST(FurthestCorners, OfASquare) {
  const Zonotope z(std::vector<std::int32_t>{1, 0}, std::vector<std::int32_t>{0, 1}, {0, 2});
  const OwnedLine same{{0, 2}, {0, 2}};
  const FurthestCorners found = FindFurthestCorners(z, same.View(), same.View());
  EXPECT_EQ(found.up, (SumPair{0, 2}));
  EXPECT_EQ(found.down, (SumPair{2, 0}));
}

// A kink may be where the difference is largest between two corners that are not.
TEST(FurthestCorners, AreThoseOfLookingAtEachCorner) {
  std::mt19937 random(5);
  const auto draw = [&](int most) { return static_cast<int>(random() % (2 * most + 1)) - most; };
  for (int round = 0; round < 3000; ++round) {
    const int most = round % 3 == 0 ? 2 : round % 3 == 1 ? 127 : 5000;
    const std::size_t taps = 1 + random() % 40;
    std::vector<std::int32_t> b(taps), a(taps);
    for (std::size_t t = 0; t < taps; ++t) {
      b[t] = draw(most);
      // Proportional weights leave the difference flat along the boundary.
      a[t] = round % 4 == 0 ? b[t] : round % 4 == 1 ? b[t] + draw(1) : draw(most);
    }
    const Zonotope z(b, a, {-3, 5});
    const auto line = [&](IntegerRange range) {
      OwnedLine out;
      const auto low = static_cast<double>(range.low), high = static_cast<double>(range.high);
      out.at = {low, high};
      for (std::size_t k = random() % 4; k > 0; --k)
        out.at.push_back(low + (high - low) * (static_cast<double>(random() % 997) + 0.5) / 997);
      std::ranges::sort(out.at);
      for (std::size_t i = 0; i < out.at.size(); ++i) {
        const double y = round % 5 == 0 ? draw(2) : 0.001 * draw(100000);
        const bool is_same = i > 0 && out.at[i] == out.at[i - 1];  // of a sum that is 0 always
        out.y.push_back(is_same ? out.y.back() : y);
      }
      // Straight from end to end where the weights are proportional, of one slope on both sides.
      if (round % 8 == 0) out.y = out.at;
      return out;
    };
    const OwnedLine before = line(z.before()), after = line(z.after());
    double up = -std::numeric_limits<double>::infinity(), down = -up, size = 0;
    for (const SumPair& corner : z.Corners()) {
      up = std::max(up, Apart(before, after, corner));
      down = std::min(down, Apart(before, after, corner));
    }
    for (const auto* each : {&before, &after}) {
      for (const double y : each->y) size = std::max(size, std::abs(y));
    }
    const FurthestCorners found = FindFurthestCorners(z, before.View(), after.View());
    ASSERT_TRUE(found.up && found.down);
    EXPECT_NEAR(Apart(before, after, *found.up), up, size * 0x1p-50) << round;
    EXPECT_NEAR(Apart(before, after, *found.down), down, size * 0x1p-50) << round;
    const auto corners = z.Corners();
    EXPECT_NE(std::ranges::find(corners, *found.up), corners.end());
    EXPECT_NE(std::ranges::find(corners, *found.down), corners.end());
  }
}

// 0 / 0 is nowhere; an infinite number is furthest out.
TEST(FurthestCorners, NumbersThatAreNotFiniteAreLookedAtOneByOne) {
  const Zonotope z(std::vector<std::int32_t>{3, 1}, std::vector<std::int32_t>{1, 2}, {0, 4});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const OwnedLine before{{0, 16}, {0, 16}};
  const OwnedLine undefined{{0, 12}, {nan, nan}};
  EXPECT_FALSE(FindFurthestCorners(z, before.View(), undefined.View()).up);
  EXPECT_FALSE(FindFurthestCorners(z, undefined.View(), before.View()).down);
}

}  // namespace
}  // namespace foldproof::prove
