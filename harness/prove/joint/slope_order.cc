// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/joint/slope_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "harness/exec/quantized/quantize.h"

namespace foldproof::prove {
namespace {

constexpr std::size_t kComparedTaps = 32;  // so many are sorted sooner by comparing
constexpr std::int64_t kToldApart = 256;   // fractions of smaller numbers are told apart ...
constexpr std::uint32_t kNotTold = 13;     // ... without so many bits of their places
constexpr std::uint32_t kMostDigit = 11;

// A fraction's place, in units of 2^-29: the fraction where its magnitude is at most 1, else 2 less
// the reciprocal, with its sign. Each step is monotone as it is rounded, the last one towards 0: so
// places stand in the order of the fractions, but that some are equal. They are at most 2^30.
template <typename Float>
inline std::int32_t PlaceOf(std::int32_t before, std::int32_t after) {
  const std::int32_t under = std::abs(before), over = std::abs(after);
  const bool is_steep = over > under;
  const Float ratio = static_cast<Float>(is_steep ? under : over) /
                      static_cast<Float>(is_steep ? over : std::max(under, 1));
  const auto units = static_cast<std::int32_t>(ratio * Float{0x1p29});
  const std::int32_t place = is_steep ? (1 << 30) - units : units;
  return (before ^ after) < 0 ? -place : place;
}

// Of those with before != 0.
struct PlaceRange {
  std::int32_t least, most;
};

template <typename Float>
inline PlaceRange PlaceAll(const std::int32_t* __restrict before,
                           const std::int32_t* __restrict after, std::int32_t* __restrict places,
                           std::size_t n) {
  constexpr std::int32_t kLow = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kHigh = std::numeric_limits<std::int32_t>::max();
  for (std::size_t i = 0; i < n; ++i) places[i] = PlaceOf<Float>(before[i], after[i]);
  std::int32_t least = kHigh, most = kLow;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t left_out = -std::int32_t{before[i] == 0};  // all bits, or none
    least = std::min(least, (places[i] & ~left_out) | (kHigh & left_out));
    most = std::max(most, (places[i] & ~left_out) | (kLow & left_out));
  }
  return {least, most};
}

FOLDPROOF_VECTOR_CLONES
PlaceRange FindPlaces(const std::int32_t* before, const std::int32_t* after, std::int32_t* places,
                      std::size_t n) {
  return PlaceAll<double>(before, after, places, n);
}

FOLDPROOF_VECTOR_CLONES
PlaceRange FindPlacesOfCodes(const std::int32_t* before, const std::int32_t* after,
                             std::int32_t* places, std::size_t n) {
  return PlaceAll<float>(before, after, places, n);
}

}  // namespace

// Radix sort of those with before != 0, by how far their places are from `least` without the
// dropped bits, which leaves `bits`; equal ones stay in their order.
template <std::uint32_t kPasses>
void SlopeOrder::SortByPlaces(std::span<const std::int32_t> before, std::int32_t least,
                              std::uint32_t dropped, std::uint32_t bits) {
  const std::uint32_t digit = (bits + kPasses - 1) / kPasses;  // at most kMostDigit
  const std::uint32_t buckets = 1u << digit, mask = buckets - 1;
  std::array<std::array<std::uint32_t, 1 << kMostDigit>, kPasses> from;
  for (auto& counts : from) std::fill_n(counts.begin(), buckets, 0u);
  keyed_.resize(before.size());
  other_.resize(before.size());
  Keyed* keyed = keyed_.data();
  Keyed* other = other_.data();
  std::size_t n = 0;
  for (std::uint32_t i = 0; i < before.size(); ++i) {
    const std::uint32_t is_sorted = before[i] != 0;
    const std::uint32_t distance =
        static_cast<std::uint32_t>(places_[i]) - static_cast<std::uint32_t>(least);
    const std::uint32_t key = distance >> dropped;
    keyed[n] = {key, i};
    n += is_sorted;
    for (std::uint32_t pass = 0; pass < kPasses; ++pass)
      from[pass][key >> (digit * pass) & mask] += is_sorted;
  }
  for (auto& counts : from) {
    std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i < buckets; ++i) sum += std::exchange(counts[i], sum);
  }
  for (std::uint32_t pass = 0; pass + 1 < kPasses; ++pass) {
    for (std::size_t i = 0; i < n; ++i)
      other[from[pass][keyed[i].key >> (digit * pass) & mask]++] = keyed[i];
    std::swap(keyed, other);
  }
  indices_.resize(n);
  constexpr std::uint32_t kLast = kPasses - 1;
  for (std::size_t i = 0; i < n; ++i)
    indices_[from[kLast][keyed[i].key >> (digit * kLast) & mask]++] = keyed[i].index;
}

// Two fractions of numbers below 2^8 are equal or at least 1/255^2 apart. So are their places, 8256
// units, since reciprocals are such fractions, too, and what lies on either side of 1 or of 0 is
// further apart. Rounding takes at most 34 of that away, 16 of each ratio in float32 and 1 of each
// to whole units, and more than 2^13 is left: that the two differ is seen without the last 13 bits
// of how far each is from the least place. Larger numbers that have one place are compared: their
// products are at most 2^60.
std::span<const std::uint32_t> SlopeOrder::Sort(std::span<const std::int32_t> before,
                                                std::span<const std::int32_t> after,
                                                std::int64_t largest) {
  const auto is_less = [&](std::uint32_t a, std::uint32_t b) {
    const std::int64_t left = std::int64_t{after[a]} * before[b];
    const std::int64_t right = std::int64_t{after[b]} * before[a];
    const bool turns = (before[a] ^ before[b]) < 0;  // the sign of the common denominator
    return left != right ? (left < right) != turns : a < b;
  };
  if (before.size() < kComparedTaps) {
    indices_.resize(before.size());
    std::iota(indices_.begin(), indices_.end(), 0u);
    std::erase_if(indices_, [&](std::uint32_t i) { return before[i] == 0; });
    std::ranges::sort(indices_, is_less);
    return indices_;
  }
  const bool are_told_apart = largest < kToldApart;
  const std::uint32_t dropped = are_told_apart ? kNotTold : 0;
  places_.resize(before.size());
  const auto find = are_told_apart ? FindPlacesOfCodes : FindPlaces;
  const PlaceRange range = find(before.data(), after.data(), places_.data(), before.size());
  indices_.clear();
  if (range.least > range.most) return indices_;
  const auto width = static_cast<std::uint32_t>(std::int64_t{range.most} - range.least);
  const auto bits = static_cast<std::uint32_t>(std::bit_width(width >> dropped));
  if (are_told_apart) {
    SortByPlaces<2>(before, range.least, dropped, bits);
    return indices_;
  }
  SortByPlaces<3>(before, range.least, dropped, bits);
  const auto begin = indices_.begin();
  for (std::ptrdiff_t from = 0, to = 1; from < std::ssize(indices_); from = to++) {
    while (to < std::ssize(indices_) && places_[begin[to]] == places_[begin[from]]) ++to;
    if (to - from > 1) std::sort(begin + from, begin + to, is_less);
  }
  return indices_;
}

}  // namespace foldproof::prove
