// SPDX-License-Identifier: BSD-3-Clause
//
// Matrix products at the heart of a convolution: sums[o][p] = sum over k of weights[o][k] *
// x[k][p].
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace foldproof::exec {

// Positions are counted in whole groups of this many; the rest of the last group is padding.
inline constexpr std::size_t kPositionGroup = 16;

// Weights for CodeProduct: q_w - z_w, each within int16.
class CodeWeights {
 public:
  // `weights`: outputs x taps, row-major.
  CodeWeights(std::span<const std::int32_t> weights, std::size_t outputs, std::size_t taps);

  std::size_t outputs() const { return outputs_; }
  std::size_t taps() const { return taps_; }
  // Two neighbouring taps of one output as PMADDWD takes them; an odd last one is paired with 0.
  const std::int32_t* Pairs(std::size_t output) const {
    return pairs_.data() + output * PairCount();
  }
  std::size_t PairCount() const { return (taps_ + 1) / 2; }

  // The largest sum of |w| of an output: a sum of |x| <= m lies within m times that.
  std::int64_t largest_sum() const { return largest_sum_; }

 private:
  std::size_t outputs_;
  std::size_t taps_;
  std::vector<std::int32_t> pairs_;
  std::int64_t largest_sum_ = 0;
};

// int16 products summed in int32. `x`: an even number of rows (at least the taps, the last one 0
// where the taps are odd) of `positions` elements, a multiple of kPositionGroup. `sums`: outputs x
// positions. Exact where largest_sum() times the largest |x| is below 2^31: the caller's to see to.
void CodeProduct(const CodeWeights& weights, const std::int16_t* x, std::size_t positions,
                 std::int32_t* sums);

// The same in float64, weights row-major, rows of x `positions` apart: exact for integers while no
// sum of |products| reaches 2^53; else summed in order of k, one rounding an addition.
void RealProduct(std::span<const double> weights, std::size_t outputs, std::size_t taps,
                 const double* x, std::size_t positions, double* sums);

}  // namespace foldproof::exec
