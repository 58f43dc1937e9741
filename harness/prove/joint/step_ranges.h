// SPDX-License-Identifier: BSD-3-Clause
//
// The smallest and the largest number that a step function takes over a range of its argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace foldproof::prove {

// The cells of a step function, by index: cell i is [starts[i], starts[i + 1] - 1].
struct CellRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

// Answers for any run of cells in constant time: of numbers that only rise or only fall from its
// ends, of others from tables of 2^k neighbours each.
class StepRanges {
 public:
  // One number a cell: at least `low`, at most `high`. Numbers are no NaN. Both outlive this.
  void Set(std::span<const double> low, std::span<const double> high);

  double Least(CellRange cells) const { return At(least_, cells, false); }
  double Most(CellRange cells) const { return At(most_, cells, true); }

 private:
  enum class Order { kRises, kFalls, kNone };
  struct Numbers {
    std::span<const double> numbers;
    Order order = Order::kNone;
    std::vector<std::vector<double>> levels;  // from 2 neighbours on; kNone alone has them
  };
  template <typename Choose>
  static Numbers Make(std::span<const double> numbers, Choose choose);
  static double At(const Numbers& of, CellRange cells, bool most);

  Numbers least_;
  Numbers most_;
};

// Which cells [low, high] meets. Cells are [starts[i], starts[i + 1] - 1]; the ends are moved into
// what they cover. It is fast where the cells are about as long as each other, as a quantizer's are
// but for the first and the last.
class CellFinder {
 public:
  explicit CellFinder(std::span<const std::int64_t> starts);  // outlive it
  CellRange operator()(std::int64_t low, std::int64_t high) const {
    const std::size_t first = Find(low);
    return {first, low == high ? first : Find(high)};
  }

 private:
  std::size_t Find(std::int64_t value) const;

  std::span<const std::int64_t> starts_;
  double from_ = 0;      // where the second cell starts
  double per_unit_ = 0;  // cells from there to the last one's start
};

}  // namespace foldproof::prove
