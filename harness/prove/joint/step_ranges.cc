// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/step_ranges.h"

#include <algorithm>
#include <bit>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

template <typename Choose>
void Build(std::span<const double> numbers, std::vector<std::vector<double>>& levels,
           Choose&& choose) {
  const std::size_t n = numbers.size();
  const auto count = static_cast<std::size_t>(std::bit_width(n));
  levels.resize(count);
  levels[0].assign(numbers.begin(), numbers.end());
  for (std::size_t k = 1; k < count; ++k) {
    const std::size_t half = std::size_t{1} << (k - 1);
    const std::vector<double>& from = levels[k - 1];
    levels[k].resize(n + 1 - 2 * half);
    for (std::size_t i = 0; i < levels[k].size(); ++i) {
      levels[k][i] = choose(from[i], from[i + half]);
    }
  }
}

}  // namespace

void StepRanges::Set(std::span<const double> low, std::span<const double> high) {
  FP_CHECK(!low.empty() && low.size() == high.size());
  Build(low, least_, [](double a, double b) { return std::min(a, b); });
  Build(high, most_, [](double a, double b) { return std::max(a, b); });
}

double StepRanges::At(const Levels& levels, CellRange cells, bool most) {
  const std::size_t n = cells.last - cells.first + 1;
  const auto k = static_cast<std::size_t>(std::bit_width(n) - 1);
  const double a = levels[k][cells.first];
  const double b = levels[k][cells.last + 1 - (std::size_t{1} << k)];
  return most ? std::max(a, b) : std::min(a, b);
}

CellRange CellsOf(std::span<const std::int64_t> starts, std::int64_t low, std::int64_t high) {
  const auto index = [&](std::int64_t at) {
    const auto behind = std::ranges::upper_bound(starts, at);
    return behind == starts.begin() ? std::size_t{0}
                                    : static_cast<std::size_t>(behind - starts.begin() - 1);
  };
  return {index(low), index(high)};
}

}  // namespace foldproof::prove
