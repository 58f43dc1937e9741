// SPDX-License-Identifier: BSD-3-Clause
//
// What sees a hull of pairs of sums with a fault: the same enumeration that holds the right one.
// The hull here follows its generators one by one, with the step that a fault is in left open.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "harness/prove/joint/zonotope.h"

namespace foldproof::prove::faulty_hulls_test {
namespace {

struct Point {
  double before = 0, after = 0;
};
using Points = std::vector<Point>;

// What u' may be above one u.
struct Range {
  double low = 0, high = 0;
};
using Hull = std::function<Range(double u)>;

enum class Fault {
  kNone,
  kTapLeftOut,
  kOrderReversed,  // of the slopes
  kUnsorted,
  kWrongChain,  // the lower one for both boundaries
  kInward,      // real numbers of an input are rounded as integers are
};

struct Sums {
  Points generators;  // of one step of a tap
  double low = 0, high = 0;
  bool real = false;
};

// The lower boundary at u: from the leftmost point along the generators.
double LowerAt(const Sums& sums, Fault fault, double u) {
  Points turned = sums.generators;
  Point at;
  for (Point& g : turned) {
    const bool from_high = g.before < 0 || (g.before == 0 && g.after < 0);
    const double end = from_high ? sums.high : sums.low;
    at = {at.before + g.before * end, at.after + g.after * end};
    if (from_high) g = {-g.before, -g.after};
  }
  std::erase_if(turned, [](const Point& g) { return g.before == 0; });
  std::ranges::stable_sort(turned, [&](const Point& a, const Point& b) {
    const double left = a.after * b.before, right = b.after * a.before;
    if (fault == Fault::kUnsorted) return false;
    return fault == Fault::kOrderReversed ? left > right : left < right;
  });
  const double width = sums.high - sums.low;
  for (const Point& g : turned) {
    const double part = std::clamp((u - at.before) / (g.before * width), 0.0, 1.0);
    at = {at.before + g.before * width * part, at.after + g.after * width * part};
  }
  return at.after;
}

Hull Built(Sums sums, Fault fault) {
  if (fault == Fault::kTapLeftOut) sums.generators.pop_back();
  Point centre;
  for (const Point& g : sums.generators) {
    centre.before += g.before * (sums.low + sums.high);
    centre.after += g.after * (sums.low + sums.high);
  }
  return [sums, fault, centre](double u) {
    const double low = LowerAt(sums, fault, u);
    const double high =
        fault == Fault::kWrongChain ? low : centre.after - LowerAt(sums, fault, centre.before - u);
    if (sums.real && fault != Fault::kInward) return Range{std::floor(low), std::ceil(high)};
    return Range{std::ceil(low - 1e-9), std::floor(high + 1e-9)};
  };
}

// How many inputs give a pair that the hull has not, of drawn weights; of real inputs quarters are
// tried, too.
int MissedBy(Fault fault, bool real) {
  std::mt19937 random(21);
  int missed = 0;
  for (int round = 0; round < 300; ++round) {
    Sums sums;
    sums.low = -static_cast<double>(random() % 3);
    sums.high = 1 + static_cast<double>(random() % 2);
    sums.real = real;
    std::vector<std::int32_t> before, after;
    for (std::size_t t = 0; t < 2 + random() % 2; ++t) {
      before.push_back(static_cast<std::int32_t>(random() % 11) - 5);
      after.push_back(static_cast<std::int32_t>(random() % 11) - 5);
      sums.generators.push_back({static_cast<double>(before[t]), static_cast<double>(after[t])});
    }
    const Hull hull = Built(sums, fault);
    const Zonotope zonotope(
        before, after, {static_cast<std::int64_t>(sums.low), static_cast<std::int64_t>(sums.high)});
    const double step = real ? 0.25 : 1;
    std::vector<double> x(before.size(), sums.low);
    for (;;) {
      Point p;
      for (std::size_t t = 0; t < x.size(); ++t) {
        p.before += sums.generators[t].before * x[t];
        p.after += sums.generators[t].after * x[t];
      }
      const Range range = hull(p.before);
      missed += p.after < range.low || p.after > range.high;
      if (fault == Fault::kNone) {
        // The one that is used: rounded inward, and for real inputs outward again by the walk.
        const auto u = static_cast<std::int64_t>(std::floor(p.before));
        const IntegerRange used = zonotope.AfterAbove(u, u + (p.before > std::floor(p.before)));
        EXPECT_GE(p.after, static_cast<double>(used.low) - (real ? 1 : 0));
        EXPECT_LE(p.after, static_cast<double>(used.high) + (real ? 1 : 0));
      }
      std::size_t t = 0;
      while (t < x.size() && x[t] == sums.high) x[t++] = sums.low;
      if (t == x.size()) break;
      x[t] += step;
    }
  }
  return missed;
}

TEST(FaultyHulls, EachMissesAnInputAndTheRightOneNone) {
  EXPECT_EQ(MissedBy(Fault::kNone, false), 0);
  EXPECT_EQ(MissedBy(Fault::kNone, true), 0);
  for (const Fault fault :
       {Fault::kTapLeftOut, Fault::kOrderReversed, Fault::kUnsorted, Fault::kWrongChain}) {
    EXPECT_GT(MissedBy(fault, false), 0) << static_cast<int>(fault);
  }
  EXPECT_GT(MissedBy(Fault::kInward, true), 0);
}

}  // namespace
}  // namespace foldproof::prove::faulty_hulls_test
