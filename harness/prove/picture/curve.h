// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace foldproof::prove {

// A function of the accumulator, for drawing. Exact: entry i is its value from starts[i] to
// starts[i + 1] - 1 (the last one to the end of the reach). A function of more than 512 steps has
// 256 buckets of equal width instead, each with the least and the largest value that it takes
// there.
struct Curve {
  std::int64_t steps = 0;            // of the function itself
  std::vector<std::int64_t> starts;  // ascending, from the low end of the reach on
  std::vector<double> least;         // in LSB, rounded to 1/10000; NaN and Inf where it has them
  std::vector<double> most;          // empty where the curve is exact
};

// Makes a curve of pieces that follow each other from `low` to `high`.
class CurveMaker {
 public:
  CurveMaker(std::int64_t low, std::int64_t high);

  void Add(std::int64_t from, std::int64_t to, double value);
  Curve Finish() &&;

 private:
  void AddToBuckets(std::int64_t from, std::int64_t to, double value);

  std::int64_t low_;
  std::int64_t width_;  // of a bucket
  double last_ = 0;
  Curve exact_;
  std::vector<double> least_, most_;  // of the buckets
};

// Ranges [from, to] of accumulators, ascending: at most 64, the widest; `left_out` counts the rest.
struct Ranges {
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  std::int64_t left_out = 0;

  void Add(std::int64_t from, std::int64_t to);  // behind those that are there
  void KeepWidest();
};

}  // namespace foldproof::prove
