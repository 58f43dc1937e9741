// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/step_ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace foldproof::prove {
namespace {

TEST(StepRanges, AgreesWithLookingAtEachCell) {
  std::mt19937 random(3);
  for (const std::size_t n : {1u, 2u, 3u, 7u, 8u, 9u, 33u}) {
    std::vector<double> low(n), high(n);
    for (std::size_t i = 0; i < n; ++i) {
      low[i] = static_cast<double>(random() % 19) - 9;
      high[i] = low[i] + static_cast<double>(random() % 3);
    }
    StepRanges ranges;
    ranges.Set(low, high);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i; j < n; ++j) {
        const auto at = [](std::size_t k) { return static_cast<std::ptrdiff_t>(k); };
        EXPECT_EQ(ranges.Least({i, j}),
                  *std::min_element(low.begin() + at(i), low.begin() + at(j) + 1));
        EXPECT_EQ(ranges.Most({i, j}),
                  *std::max_element(high.begin() + at(i), high.begin() + at(j) + 1));
      }
    }
  }
}

// However long they are: of one length, or each of its own.
TEST(StepRanges, CellsOfAnyLengthAreFound) {
  std::mt19937 random(4);
  for (int round = 0; round < 600; ++round) {
    const std::int64_t most = round % 3 == 0 ? 1 : round % 3 == 1 ? 4 : 1000000;
    std::vector<std::int64_t> starts{-static_cast<std::int64_t>(random() % 2000)};
    const std::size_t cells = 1 + random() % 40;
    while (starts.size() < cells)
      starts.push_back(starts.back() + 1 + static_cast<std::int64_t>(random()) % most);
    const CellFinder find(starts);
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const std::int64_t last = i + 1 < starts.size() ? starts[i + 1] - 1 : starts[i] + 9;
      for (const std::int64_t value : {starts[i], last, starts[i] + (last - starts[i]) / 2}) {
        EXPECT_EQ(find(value, value).first, i) << round << " " << value;
        EXPECT_EQ(find(starts[0] - 1, value).last, i) << round << " " << value;
      }
    }
  }
}

// Cells [-5, -1], [0, 0] and [1, ...].
TEST(StepRanges, CellsAreFoundByTheirStarts) {
  const std::vector<std::int64_t> starts{-5, 0, 1};
  const auto cells = [&](std::int64_t low, std::int64_t high) {
    const CellRange c = CellFinder(starts)(low, high);
    return std::pair(c.first, c.last);
  };
  EXPECT_EQ(cells(-5, -1), std::pair(std::size_t{0}, std::size_t{0}));
  EXPECT_EQ(cells(-1, 0), std::pair(std::size_t{0}, std::size_t{1}));
  EXPECT_EQ(cells(0, 9), std::pair(std::size_t{1}, std::size_t{2}));
  EXPECT_EQ(cells(-9, -8), std::pair(std::size_t{0}, std::size_t{0}));
}

}  // namespace
}  // namespace foldproof::prove
