// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "src/base/error.h"
#include "src/base/infinity.h"

namespace foldproof::compare {
namespace {

constexpr double kMostSmall = 1024;
constexpr double kMostExact = 9007199254740992.0;  // 2^53

// The least number of 9 significant bits that is not below x > 0.
double RoundedUp(double x) {
  constexpr std::uint64_t kDropped = (std::uint64_t{1} << 44) - 1;
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(x) + kDropped) & ~kDropped);
}

// The upper end of the bin of x: 0, 0.5, then 1, 2, 3, 4, then powers of two.
double UpperEnd(double x) {
  if (x == 0 || std::isinf(x)) return x;
  if (x <= 0.5) return 0.5;
  if (x <= 4) return std::ceil(x);
  return std::exp2(std::ceil(std::log2(x)));
}

}  // namespace

void LsbDistribution::Add(double lsb, std::int64_t times) {
  FP_CHECK(lsb >= 0);
  count_ += times;
  sum_ += lsb * static_cast<double>(times);
  max_ = std::max(max_, lsb);
  const bool integer = lsb == std::floor(lsb) && lsb <= kMostExact;
  if (integer && lsb < kMostSmall) {
    const auto at = static_cast<std::size_t>(lsb);
    if (small_.size() <= at) small_.resize(at + 1, 0);
    small_[at] += times;
  } else {
    rest_[integer || std::isinf(lsb) ? lsb : RoundedUp(lsb)] += times;
  }
}

void LsbDistribution::Merge(const LsbDistribution& other) {
  if (small_.size() < other.small_.size()) small_.resize(other.small_.size(), 0);
  for (std::size_t i = 0; i < other.small_.size(); ++i) small_[i] += other.small_[i];
  for (const auto& [value, times] : other.rest_) rest_[value] += times;
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

double LsbDistribution::mean() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

// Calls visit(value, times) in ascending order until it returns false.
template <typename Visit>
void LsbDistribution::ForEach(Visit&& visit) const {
  auto rest = rest_.begin();
  for (std::size_t i = 0; i < small_.size(); ++i) {
    const auto value = static_cast<double>(i);
    for (; rest != rest_.end() && rest->first < value; ++rest) {
      if (!visit(rest->first, rest->second)) return;
    }
    if (small_[i] > 0 && !visit(value, small_[i])) return;
  }
  for (; rest != rest_.end(); ++rest) {
    if (!visit(rest->first, rest->second)) return;
  }
}

double LsbDistribution::Quantile(double share) const {
  const double rank = std::max(1.0, std::ceil(share * static_cast<double>(count_)));
  double found = 0;
  std::int64_t below = 0;
  ForEach([&](double value, std::int64_t times) {
    found = value;
    below += times;
    return static_cast<double>(below) < rank;
  });
  return std::min(found, max_);  // rounding up never goes beyond the largest
}

std::vector<LsbDistribution::Bin> LsbDistribution::Histogram() const {
  std::vector<Bin> out;
  ForEach([&](double value, std::int64_t times) {
    const double end = UpperEnd(value);
    if (out.empty() || out.back().up_to != end) out.push_back({end, 0});
    out.back().count += times;
    return true;
  });
  return out;
}

void Agreement::Add(double before, double after) {
  before_ += before * before;
  after_ += after * after;
  product_ += before * after;
  error_ += (after - before) * (after - before);
}

void Agreement::Merge(const Agreement& other) {
  before_ += other.before_;
  after_ += other.after_;
  product_ += other.product_;
  error_ += other.error_;
}

double Agreement::cosine() const { return product_ / (std::sqrt(before_) * std::sqrt(after_)); }

double Agreement::sqnr_db() const {
  if (error_ == 0) return kInfinity;
  return std::isfinite(error_) ? 10 * std::log10(before_ / error_)
                               : std::numeric_limits<double>::quiet_NaN();
}

void Observation::Merge(const Observation& other) {
  lsb.Merge(other.lsb);
  over += other.over;
  undefined += other.undefined;
  before.Merge(other.before);
  after.Merge(other.after);
  agreement.Merge(other.agreement);
}

}  // namespace foldproof::compare
