// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/picture/curve.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostExactSteps = 512;
constexpr std::int64_t kBuckets = 256;
constexpr std::size_t kMostRanges = 64;
// Ranges are thinned out in between where a function is wild, so that memory stays bounded.
constexpr std::size_t kMostWaiting = 4096;

bool IsSame(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

CurveMaker::CurveMaker(std::int64_t low, std::int64_t high)
    : low_(low), width_((high - low + kBuckets) / kBuckets) {
  const auto buckets = static_cast<std::size_t>((high - low) / width_ + 1);
  least_.assign(buckets, std::numeric_limits<double>::quiet_NaN());
  most_ = least_;
}

void CurveMaker::AddToBuckets(std::int64_t from, std::int64_t to, double value) {
  const auto last = static_cast<std::size_t>((to - low_) / width_);
  for (auto i = static_cast<std::size_t>((from - low_) / width_); i <= last; ++i) {
    least_[i] = std::fmin(least_[i], value);  // which passes over NaN
    most_[i] = std::fmax(most_[i], value);
  }
}

void CurveMaker::Add(std::int64_t from, std::int64_t to, double value) {
  if (std::isfinite(value)) value = std::round(value * 1e4) / 1e4 + 0.0;  // no -0
  AddToBuckets(from, to, value);
  if (exact_.steps > 0 && IsSame(last_, value)) return;
  last_ = value;
  if (++exact_.steps > kMostExactSteps) return;
  exact_.starts.push_back(from);
  exact_.least.push_back(value);
}

Curve CurveMaker::Finish() && {
  if (exact_.steps <= kMostExactSteps) return std::move(exact_);
  Curve out;
  out.steps = exact_.steps;
  for (std::size_t i = 0; i < least_.size(); ++i) {
    out.starts.push_back(low_ + static_cast<std::int64_t>(i) * width_);
  }
  out.least = std::move(least_);
  out.most = std::move(most_);
  return out;
}

void Ranges::Add(std::int64_t from, std::int64_t to) {
  if (!ranges.empty() && ranges.back().second + 1 == from) {
    ranges.back().second = to;
    return;
  }
  if (ranges.size() == kMostWaiting) KeepWidest();
  ranges.emplace_back(from, to);
}

void Ranges::KeepWidest() {
  if (ranges.size() <= kMostRanges) return;
  left_out += static_cast<std::int64_t>(ranges.size() - kMostRanges);
  std::ranges::stable_sort(ranges, std::greater<>(),
                           [](const auto& r) { return r.second - r.first; });
  ranges.resize(kMostRanges);
  std::ranges::sort(ranges);
}

}  // namespace foldproof::prove
