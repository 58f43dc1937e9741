// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/deviations.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace foldproof::prove {
namespace {

// In four lanes, which a processor runs side by side: there may be thousands of points.
double LargestFinite(const double* x, std::size_t count) {
  constexpr double kMost = std::numeric_limits<double>::max();
  std::array<double, 4> lanes{};
  const auto see = [](double& lane, double number) {
    const double size = std::abs(number);
    lane = size > lane && size <= kMost ? size : lane;
  };
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) see(lanes[k], x[i + k]);
  }
  for (; i < count; ++i) see(lanes[0], x[i]);
  return *std::ranges::max_element(lanes);
}

// The numbers that the program may have for a constant: IEEE's, and those by a root a step off it.
std::array<double, 3> NumbersHeld(const ChannelConstant& constant, std::size_t channel) {
  const double number = constant.At(channel);
  const auto stepped = [&](const std::vector<float>& by) -> double {
    return by.empty() ? number : by[by.size() == 1 ? 0 : channel];
  };
  return {number, stepped(constant.lower), stepped(constant.upper)};
}

}  // namespace

Deviations::Deviations(std::size_t registers, std::size_t channel, const std::vector<double>& ideal,
                       std::size_t points, double start, Count count)
    : channel_(channel),
      count_(count),
      start_(start),
      deviation_(registers, 0),
      largest_(registers, 0),
      ideal_(&ideal),
      points_(points) {
  for (std::size_t r = 0; r < largest_.size(); ++r)
    largest_[r] = LargestFinite(ideal.data() + r * points, points);
  Set(0, start + Round(0, 1));
}

std::pair<double, double> Deviations::RangeOf(std::uint32_t reg) const {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t i = 0; i < points_; ++i) {
    const double x = (*ideal_)[reg * points_ + i];
    if (!std::isfinite(x)) continue;
    low = std::min(low, x);
    high = std::max(high, x);
  }
  return low <= high ? std::pair(low, high) : std::pair(0.0, 0.0);
}

double Deviations::ApartWhereChanging(std::uint32_t condition, const TailOperand& a,
                                      const TailOperand& b) const {
  const auto at = [this](const TailOperand& operand, std::size_t i) {
    const auto* reg = std::get_if<std::uint32_t>(&operand);
    return reg != nullptr ? (*ideal_)[*reg * points_ + i]
                          : std::get<ChannelConstant>(operand).IdealAt(channel_);
  };
  // Neighbours by the conv's value, register 0.
  std::vector<std::size_t> order(points_);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return (*ideal_)[i]; });
  double most = 0;
  for (std::size_t i = 1; i < points_; ++i) {
    if (at(condition, order[i]) == at(condition, order[i - 1])) continue;
    for (const std::size_t k : {order[i - 1], order[i]}) {
      const double apart = std::abs(at(a, k) - at(b, k));
      most = std::isnan(apart) ? std::numeric_limits<double>::infinity() : std::max(most, apart);
    }
  }
  return most;
}

double Deviations::OffIdeal(const ChannelConstant& constant) const {
  const double ideal = constant.IdealAt(channel_);
  double off = 0;
  for (const double x : NumbersHeld(constant, channel_)) off = std::max(off, std::abs(x - ideal));
  return off;
}

double Deviations::SizeOfConstant(const ChannelConstant& constant) const {
  double size = std::abs(constant.IdealAt(channel_));
  for (const double x : NumbersHeld(constant, channel_)) size = std::max(size, std::abs(x));
  return size;
}

}  // namespace foldproof::prove
