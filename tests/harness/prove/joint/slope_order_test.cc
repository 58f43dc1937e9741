// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/slope_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace foldproof::prove {
namespace {

using Weights = std::vector<std::int32_t>;

// By products of 128 bits, as fractions are compared by hand.
std::vector<std::uint32_t> Compared(const Weights& before, const Weights& after) {
  __extension__ using Wide = __int128;
  std::vector<std::uint32_t> out(before.size());
  std::iota(out.begin(), out.end(), 0u);
  std::erase_if(out, [&](std::uint32_t i) { return before[i] == 0; });
  std::ranges::stable_sort(out, [&](std::uint32_t a, std::uint32_t b) {
    const auto sign = [&](std::uint32_t i) { return before[i] < 0 ? -1 : 1; };
    return Wide{after[a]} * sign(a) * std::abs(before[b]) <
           Wide{after[b]} * sign(b) * std::abs(before[a]);
  });
  return out;
}

void ExpectSorted(const Weights& before, const Weights& after) {
  std::int64_t largest = 0;
  for (const Weights* weights : {&before, &after})
    for (const std::int32_t w : *weights) largest = std::max(largest, std::abs(std::int64_t{w}));
  SlopeOrder order;
  const auto sorted = order.Sort(before, after, largest);
  EXPECT_EQ(std::vector(sorted.begin(), sorted.end()), Compared(before, after)) << largest;
}

// 0, signs, and slopes that are equal, which stay in the order of the taps.
TEST(SlopeOrder, SortsByHand) {
  SlopeOrder order;
  const Weights before{2, 0, -1, 4, 1, -3}, after{1, 5, 3, 2, -9, 0};
  const auto sorted = order.Sort(before, after, 9);
  EXPECT_EQ(std::vector(sorted.begin(), sorted.end()), (std::vector<std::uint32_t>{4, 2, 5, 0, 3}));
}

// Every fraction of two numbers up to 255 has a place that tells it from every other one, those
// next to each other, next to 1 and across 0 included.
TEST(SlopeOrder, TellsEightBitFractionsApart) {
  Weights before, after;
  for (std::int32_t a = 1; a <= 255; ++a) {
    for (std::int32_t b = -255; b <= 255; ++b) {
      const std::int32_t sign = (a + b) % 2 == 0 ? 1 : -1;
      before.push_back(sign * a);
      after.push_back(sign * b);
    }
  }
  ExpectSorted(before, after);
}

// Sizes around those at which another way is taken, of slopes that are far apart, and of a fold,
// where nearly all are next to one number.
TEST(SlopeOrder, SortsNumbersOfEverySize) {
  std::mt19937 random(5);
  for (const std::int32_t most : {1, 3, 127, 255, 256, 2047, 32768, 1 << 30}) {
    for (int round = 0; round < 40; ++round) {
      const std::size_t taps = round % 2 ? random() % 40 : random() % 600;
      const double factor = round % 4 < 2 ? 0 : static_cast<double>(random() % 2001) / 1000 - 1;
      Weights before(taps), after(taps);
      const auto any = [&] {
        return static_cast<std::int32_t>(
            static_cast<std::int64_t>(random()) % (2 * std::int64_t{most} + 1) - most);
      };
      for (std::size_t t = 0; t < taps; ++t) {
        before[t] = any();
        after[t] = factor != 0 ? static_cast<std::int32_t>(std::lround(before[t] * factor)) : any();
      }
      ExpectSorted(before, after);
    }
  }
}

// (2^30 - 2) / (2^30 - 1) and (2^30 - 1) / 2^30 are 2^-60 apart, which no float64 shows.
TEST(SlopeOrder, ComparesWhatHasOnePlace) {
  const std::int32_t most = 1 << 30;
  Weights before, after;
  for (std::int32_t i = 0; i < 64; ++i) {
    const std::int32_t size = most - (i * 37) % 64;
    before.push_back(i % 2 ? size : -size);
    after.push_back(i % 2 ? size - 1 : 1 - size);
  }
  ExpectSorted(before, after);
}

}  // namespace
}  // namespace foldproof::prove
