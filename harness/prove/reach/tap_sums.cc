// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/reach/tap_sums.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

constexpr std::int32_t kCountedWeights = 256;  // weights in [-256, 255] are counted, not sorted
constexpr std::size_t kFewTaps = 48;  // below this, clearing the tables costs more than sorting
constexpr std::int64_t kMostX = 1 << 24;
constexpr std::int64_t kMostSum = std::int64_t{1} << 61;

struct SignedSums {
  std::int64_t positive = 0;  // sum of the weights > 0
  std::int64_t negative = 0;  // sum of -w of the weights < 0
};

// Appends (|w|, taps) to `magnitudes`, ascending. Sorts `values`.
SignedSums CountSorted(std::vector<std::int64_t>& values, std::vector<Magnitude>& magnitudes) {
  SignedSums sums;
  for (std::int64_t& value : values) {
    (value > 0 ? sums.positive : sums.negative) += std::abs(value);
    value = std::abs(value);
  }
  std::sort(values.begin(), values.end());
  for (const std::int64_t value : values) {
    if (value == 0) continue;
    if (magnitudes.empty() || magnitudes.back().value != value) magnitudes.push_back({value, 0});
    ++magnitudes.back().copies;
  }
  return sums;
}

// The same by counting. Four tables, so that equal neighbours do not wait for each other's store.
SignedSums CountTabled(std::span<const std::int32_t> weights, std::vector<Magnitude>& magnitudes) {
  using Table = std::array<std::uint32_t, 2 * kCountedWeights>;
  std::array<Table, 4> tables{};
  std::vector<std::int64_t> large;
  const auto count = [&](Table& table, std::int32_t w) {
    const auto index = static_cast<std::uint32_t>(w) + std::uint32_t{kCountedWeights};
    if (index < table.size()) {
      ++table[index];
    } else {
      large.push_back(w);
    }
  };
  std::size_t i = 0;
  for (; i + 4 <= weights.size(); i += 4) {
    for (std::size_t k = 0; k < 4; ++k) count(tables[k], weights[i + k]);
  }
  for (; i < weights.size(); ++i) count(tables[0], weights[i]);
  Table& taps = tables[0];
  for (std::size_t k = 1; k < 4; ++k) {
    for (std::size_t w = 0; w < taps.size(); ++w) taps[w] += tables[k][w];
  }

  SignedSums sums;
  magnitudes.reserve(kCountedWeights / 2);
  for (std::int64_t value = 1; value <= kCountedWeights; ++value) {
    const std::int64_t positive =
        value < kCountedWeights ? taps[static_cast<std::size_t>(kCountedWeights + value)] : 0;
    const std::int64_t negative = taps[static_cast<std::size_t>(kCountedWeights - value)];
    sums.positive += value * positive;
    sums.negative += value * negative;
    if (positive + negative > 0) magnitudes.push_back({value, positive + negative});
  }
  const SignedSums rest = CountSorted(large, magnitudes);  // +256 is here, -256 was in the tables
  return {sums.positive + rest.positive, sums.negative + rest.negative};
}

void CheckRange(std::span<const std::int32_t> weights, TapRange x) {
  FP_CHECK(-kMostX <= x.low && x.low <= x.high && x.high <= kMostX);
  FP_CHECK(weights.size() < (std::size_t{1} << 29));
}

TapRange EndsOf(const SignedSums& sums, TapRange x) {
  const std::int64_t most_x = std::max({std::abs(x.low), std::abs(x.high), std::int64_t{1}});
  FP_CHECK(sums.positive + sums.negative <= kMostSum / most_x);
  return {sums.positive * x.low - sums.negative * x.high,
          sums.positive * x.high - sums.negative * x.low};
}

}  // namespace

TapRange EndsOfSums(std::span<const std::int32_t> weights, TapRange x) {
  CheckRange(weights, x);
  std::int64_t sum = 0, size = 0;
  for (const std::int64_t w : weights) {
    sum += w;
    size += std::abs(w);
  }
  return EndsOf({(size + sum) / 2, (size - sum) / 2}, x);
}

TapSums MakeTapSums(std::span<const std::int32_t> weights, TapRange x) {
  CheckRange(weights, x);
  TapSums out;
  SignedSums sums;
  if (weights.size() < kFewTaps) {
    std::vector<std::int64_t> values(weights.begin(), weights.end());
    sums = CountSorted(values, out.magnitudes);
  } else {
    sums = CountTabled(weights, out.magnitudes);
  }
  const TapRange ends = EndsOf(sums, x);
  out.lo = ends.low;
  out.hi = ends.high;
  if (out.lo == out.hi) out.magnitudes.clear();
  std::int64_t step = 0;
  for (const Magnitude& m : out.magnitudes) {
    step = std::gcd(step, m.value);
    if (step == 1) break;
  }
  out.step = std::max<std::int64_t>(step, 1);
  for (Magnitude& m : out.magnitudes) {
    m.value /= out.step;
    m.copies *= x.high - x.low;
  }
  return out;
}

bool IsComplete(const std::vector<Magnitude>& ascending) {
  std::int64_t sum = 0;
  for (const Magnitude& m : ascending) {
    if (m.value > sum + 1) return false;
    sum += m.value * m.copies;
  }
  return true;
}

}  // namespace foldproof::prove
