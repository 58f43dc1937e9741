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

// Answers for any run of cells in constant time, from tables of 2^k neighbours each; a function
// that is not monotone needs no care.
class StepRanges {
 public:
  // One number a cell: at least `low`, at most `high`. Numbers are no NaN.
  void Set(std::span<const double> low, std::span<const double> high);

  double Least(CellRange cells) const { return At(least_, cells, false); }
  double Most(CellRange cells) const { return At(most_, cells, true); }

 private:
  using Levels = std::vector<std::vector<double>>;
  static double At(const Levels& levels, CellRange cells, bool most);

  Levels least_;
  Levels most_;
};

// Which cells [low, high] meets. Cells are [starts[i], starts[i + 1] - 1]; the ends are moved into
// what they cover.
CellRange CellsOf(std::span<const std::int64_t> starts, std::int64_t low, std::int64_t high);

}  // namespace foldproof::prove
