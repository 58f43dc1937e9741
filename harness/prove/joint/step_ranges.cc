// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/step_ranges.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "harness/prove/joint/last_not_above.h"
#include "src/base/error.h"

namespace foldproof::prove {

template <typename Choose>
StepRanges::Numbers StepRanges::Make(std::span<const double> numbers, Choose choose) {
  Numbers out{numbers, Order::kNone, {}};
  if (std::ranges::is_sorted(numbers)) {
    out.order = Order::kRises;
  } else if (std::ranges::is_sorted(numbers, std::greater<>())) {
    out.order = Order::kFalls;
  } else {
    const std::size_t n = numbers.size();
    std::span<const double> from = numbers;
    for (std::size_t half = 1; 2 * half <= n; half *= 2) {
      std::vector<double>& level = out.levels.emplace_back(n + 1 - 2 * half);
      for (std::size_t i = 0; i < level.size(); ++i) level[i] = choose(from[i], from[i + half]);
      from = level;
    }
  }
  return out;
}

void StepRanges::Set(std::span<const double> low, std::span<const double> high) {
  FP_CHECK(!low.empty() && low.size() == high.size());
  least_ = Make(low, [](double a, double b) { return std::min(a, b); });
  most_ = Make(high, [](double a, double b) { return std::max(a, b); });
}

double StepRanges::At(const Numbers& of, CellRange cells, bool most) {
  if (of.order != Order::kNone)
    return of.numbers[most == (of.order == Order::kRises) ? cells.last : cells.first];
  const std::size_t n = cells.last - cells.first + 1;
  const auto k = static_cast<std::size_t>(std::bit_width(n) - 1);
  const std::span<const double> level = k == 0 ? of.numbers : of.levels[k - 1];
  const double a = level[cells.first];
  const double b = level[cells.last + 1 - (std::size_t{1} << k)];
  return most ? std::max(a, b) : std::min(a, b);
}

CellFinder::CellFinder(std::span<const std::int64_t> starts) : starts_(starts) {
  if (starts.size() < 3) return;
  from_ = static_cast<double>(starts[1]);
  per_unit_ = static_cast<double>(starts.size() - 2) / (static_cast<double>(starts.back()) - from_);
}

// Where cells of one length would have it, one on either side, and then wherever it is.
std::size_t CellFinder::Find(std::int64_t value) const {
  const std::size_t last = starts_.size() - 1;
  const double about = 1 + (static_cast<double>(value) - from_) * per_unit_;
  std::size_t cell = 0;
  if (about >= 1) cell = about < static_cast<double>(last) ? static_cast<std::size_t>(about) : last;
  cell += cell < last && starts_[cell + 1] <= value;
  cell -= cell > 0 && starts_[cell] > value;
  const bool is_found =
      (cell == 0 || starts_[cell] <= value) && (cell == last || starts_[cell + 1] > value);
  if (is_found) return cell;
  const auto start = [this](std::size_t i) { return starts_[i]; };
  return LastNotAbove(starts_.size(), start, value, cell);
}

}  // namespace foldproof::prove
