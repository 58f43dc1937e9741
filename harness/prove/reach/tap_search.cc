// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/reach/tap_search.h"

#include <algorithm>
#include <optional>

#include "harness/prove/reach/subset_sums.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// Hands the copies of each magnitude out to its taps, in order, each as much as it takes.
TapSearch Found(std::span<const std::int32_t> weights, TapRange range, const TapSums& taps,
                std::vector<std::int64_t> copies) {
  TapSearch out;
  out.answer = TapSearch::Answer::kFound;
  out.x.reserve(weights.size());
  for (const std::int32_t w : weights) {
    const std::int64_t value = std::abs(std::int64_t{w}) / taps.step;
    const auto found =
        std::lower_bound(taps.magnitudes.begin(), taps.magnitudes.end(), value,
                         [](const Magnitude& m, std::int64_t v) { return m.value < v; });
    std::int64_t t = 0;
    if (w != 0 && found != taps.magnitudes.end()) {
      std::int64_t& left = copies[static_cast<std::size_t>(found - taps.magnitudes.begin())];
      t = std::min(left, range.high - range.low);
      left -= t;
    }
    const std::int64_t idle = std::clamp<std::int64_t>(0, range.low, range.high);
    out.x.push_back(w == 0 ? idle : w > 0 ? range.low + t : range.high - t);
    out.accumulator += w * out.x.back();
  }
  for (const std::int64_t left : copies) FP_CHECK(left == 0);
  return out;
}

// Copies from the largest magnitude down; leaves less than the smallest one, if anything. Where the
// magnitudes are complete nothing is left: what remains after the larger ones is at most the sum of
// the smaller ones, either because all copies were taken or because less than one value is left.
std::vector<std::int64_t> Greedy(const std::vector<Magnitude>& magnitudes, std::int64_t sum) {
  std::vector<std::int64_t> copies(magnitudes.size());
  for (std::size_t i = magnitudes.size(); i-- > 0;) {
    copies[i] = std::min(magnitudes[i].copies, sum / magnitudes[i].value);
    sum -= copies[i] * magnitudes[i].value;
  }
  return copies;
}

std::int64_t SumOf(const std::vector<Magnitude>& magnitudes,
                   const std::vector<std::int64_t>& copies) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < copies.size(); ++i) sum += magnitudes[i].value * copies[i];
  return sum;
}

// A greedy sum in [from, to]: at most `wish`, else from the other end at least `wish`, else from
// `to` down and from `from` up.
std::optional<std::vector<std::int64_t>> GreedyIn(const std::vector<Magnitude>& magnitudes,
                                                  std::int64_t total, std::int64_t from,
                                                  std::int64_t to, std::int64_t wish) {
  for (const auto& [goal, mirrored] : {std::pair{wish, false}, std::pair{wish, true},
                                       std::pair{to, false}, std::pair{from, true}}) {
    auto copies = Greedy(magnitudes, mirrored ? total - goal : goal);
    if (mirrored) {
      for (std::size_t i = 0; i < copies.size(); ++i) copies[i] = magnitudes[i].copies - copies[i];
    }
    const std::int64_t sum = SumOf(magnitudes, copies);
    if (from <= sum && sum <= to) return copies;
  }
  return std::nullopt;
}

// The member n of [from, to] with n * step nearest to `wish`; the smaller one of two.
template <typename IsMember>
std::optional<std::int64_t> NearestSum(std::int64_t from, std::int64_t to, std::int64_t wish,
                                       std::int64_t step, IsMember&& is_member) {
  const std::int64_t start = std::clamp(wish / step, from, to);
  std::int64_t below = start;
  while (below >= from && !is_member(below)) --below;
  std::int64_t above = start + 1;
  while (above <= to && !is_member(above)) ++above;
  if (below < from && above > to) return std::nullopt;
  if (below < from) return above;
  if (above > to) return below;
  return std::abs(wish - below * step) <= std::abs(above * step - wish) ? below : above;
}

}  // namespace

TapSearch FindTaps(std::span<const std::int32_t> weights, TapRange range, std::int64_t from,
                   std::int64_t to, std::int64_t wish, std::int64_t budget) {
  const TapSums taps = MakeTapSums(weights, range);
  TapSearch none{TapSearch::Answer::kNone, {}, 0};
  if (from > to || to < taps.lo || from > taps.hi) return none;
  // In units of `step` above lo, rounded into the range.
  const std::int64_t total = (taps.hi - taps.lo) / taps.step;
  const std::int64_t low = (std::max(from, taps.lo) - taps.lo + taps.step - 1) / taps.step;
  const std::int64_t high = (std::min(to, taps.hi) - taps.lo) / taps.step;
  if (low > high) return none;
  const std::int64_t offset = std::clamp(wish, taps.lo, taps.hi) - taps.lo;
  if (IsComplete(taps.magnitudes)) {
    const auto any = [](std::int64_t) { return true; };
    const std::int64_t sum = NearestSum(low, high, offset, taps.step, any).value();
    return Found(weights, range, taps, Greedy(taps.magnitudes, sum));
  }
  if (const auto sums = SubsetSums::Of(taps.magnitudes, budget, true)) {
    const auto is_sum = [&](std::int64_t n) { return sums->sums().Contains(n); };
    const auto sum = NearestSum(low, high, offset, taps.step, is_sum);
    return sum ? Found(weights, range, taps, sums->Copies(*sum)) : none;
  }
  const std::int64_t goal = std::clamp(offset / taps.step, low, high);
  const auto copies = GreedyIn(taps.magnitudes, total, low, high, goal);
  return copies ? Found(weights, range, taps, *copies) : TapSearch{};
}

}  // namespace foldproof::prove
