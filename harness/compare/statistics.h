// SPDX-License-Identifier: BSD-3-Clause
//
// What is said of many differences at once (docs/compare.md, "Statistics").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace foldproof::compare {

// Differences in LSB, each >= 0 or infinite, counted. Integers are counted exactly; any other
// number is rounded up to 9 significant bits, so that its order statistics are at most 2^-8 of
// themselves too large, never too small.
class LsbDistribution {
 public:
  void Add(double lsb, std::int64_t times = 1);
  void Merge(const LsbDistribution& other);

  std::int64_t count() const { return count_; }
  double max() const { return max_; }  // exact; 0 where there is none
  double mean() const;                 // exact sum in float64; 0 where there is none
  // The smallest value that at least ceil(share * count) of the differences do not exceed; 0 where
  // there is none. `share` in [0, 1].
  double Quantile(double share) const;

  // How many lie above the bin before and not above `up_to`: 0, 0.5, 1, 2, 3, 4, 8, 16, ... Bins
  // without any are left out; infinite differences are in a bin up to infinity.
  struct Bin {
    double up_to = 0;
    std::int64_t count = 0;
  };
  std::vector<Bin> Histogram() const;

 private:
  template <typename Visit>
  void ForEach(Visit&& visit) const;

  std::vector<std::int64_t> small_;      // small_[i]: how many are the integer i
  std::map<double, std::int64_t> rest_;  // other integers, rounded numbers, infinity
  std::int64_t count_ = 0;
  double sum_ = 0;
  double max_ = 0;
};

// cos = sum b*a / sqrt(sum b^2 * sum a^2), SQNR = 10 * log10(sum b^2 / sum (a - b)^2): float64, in
// the order of the elements.
class Agreement {
 public:
  void Add(double before, double after);
  void Merge(const Agreement& other);
  double cosine() const;   // NaN where a side is all zeros, or a number is not finite
  double sqnr_db() const;  // infinite where the two are equal; NaN where a number is not finite

 private:
  double before_ = 0;
  double after_ = 0;
  double product_ = 0;
  double error_ = 0;
};

// How many of a quantizer's codes are at one of its two ends.
struct Saturation {
  std::int64_t at_end = 0;
  std::int64_t count = 0;

  void Merge(const Saturation& other) {
    at_end += other.at_end;
    count += other.count;
  }
  std::optional<double> share() const {
    if (count == 0) return std::nullopt;
    return static_cast<double>(at_end) / static_cast<double>(count);
  }
};

// All of it, of one channel or of several.
struct Observation {
  LsbDistribution lsb;
  std::int64_t over = 0;       // of them over the tolerance
  std::int64_t undefined = 0;  // elements that before gives no number for; in nothing else
  Saturation before;
  Saturation after;
  Agreement agreement;

  void Merge(const Observation& other);
};

}  // namespace foldproof::compare
