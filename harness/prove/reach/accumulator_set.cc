// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/reach/accumulator_set.h"

#include <algorithm>

#include "harness/prove/reach/subset_sums.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// lo + step * sums, as segments.
std::vector<LatticeSegment> SegmentsOf(const TapSums& taps, const SymmetricSums& sums) {
  const auto at = [&](std::int64_t sum) { return taps.lo + taps.step * sum; };
  if (!sums.has_middle()) {
    RankedBits all(sums.bits, sums.total + 1);
    return {LatticeSegment::Pattern(at(0), taps.step, sums.total + 1, std::move(all))};
  }
  std::vector<LatticeSegment> out;
  std::vector<std::uint64_t> mirrored(sums.bits.size());
  for (std::int64_t i = 0; i < sums.head; ++i) {
    const std::int64_t from = sums.head - 1 - i;
    const std::uint64_t bit = sums.bits[static_cast<std::size_t>(from >> 6)] >> (from & 63) & 1;
    mirrored[static_cast<std::size_t>(i >> 6)] |= bit << (i & 63);
  }
  if (sums.head > 0) {
    RankedBits head(sums.bits, sums.head);
    out.push_back(LatticeSegment::Pattern(at(0), taps.step, sums.head, std::move(head)));
  }
  out.push_back(LatticeSegment::Progression(at(sums.head), taps.step, sums.middle()));
  if (sums.head > 0) {
    RankedBits tail(std::move(mirrored), sums.head);
    const std::int64_t first = at(sums.total - sums.head + 1);
    out.push_back(LatticeSegment::Pattern(first, taps.step, sums.head, std::move(tail)));
  }
  return out;
}

// Appends `next`, as part of the last segment where both are one progression.
void AppendSegment(std::vector<LatticeSegment>& segments, LatticeSegment next) {
  if (!segments.empty() && segments.back().is_progression() && next.is_progression()) {
    const LatticeSegment last = segments.back();
    const std::int64_t step = last.count() > 1 ? last.step() : next.step();
    if (next.first() - last.last() == step && (next.count() == 1 || next.step() == step)) {
      segments.back() =
          LatticeSegment::Progression(last.first(), step, last.count() + next.count());
      return;
    }
  }
  segments.push_back(std::move(next));
}

// The first place where a stretch of either list may begin or end after `from`.
std::int64_t NextBorder(const std::vector<LatticeSegment>& a, const std::vector<LatticeSegment>& b,
                        std::int64_t from, std::int64_t end) {
  std::int64_t border = end;
  for (const auto* list : {&a, &b}) {
    for (const LatticeSegment& segment : *list) {
      if (segment.first() > from) border = std::min(border, segment.first());
      if (segment.last() >= from) border = std::min(border, segment.last() + 1);
    }
  }
  return border;
}

// The part of a list in [from, to], which no border of the list divides.
std::optional<LatticeSegment> CutOf(const std::vector<LatticeSegment>& list, std::int64_t from,
                                    std::int64_t to) {
  for (const LatticeSegment& segment : list) {
    if (auto cut = segment.Cut(from, to)) return cut;
  }
  return std::nullopt;
}

}  // namespace

AccumulatorSet::AccumulatorSet(std::vector<LatticeSegment> segments, bool exact)
    : segments_(std::move(segments)), exact_(exact) {
  FP_CHECK(!segments_.empty());
  lo_ = segments_.front().Next(segments_.front().first()).value();
  hi_ = segments_.back().Before(segments_.back().last()).value();
  for (const LatticeSegment& segment : segments_) count_ += segment.Count();
}

AccumulatorSet AccumulatorSet::Span(std::int64_t lo, std::int64_t hi) {
  return AccumulatorSet({LatticeSegment::Progression(lo, 1, hi - lo + 1)}, false);
}

AccumulatorSet AccumulatorSet::Interval(std::span<const std::int32_t> weights, TapRange x) {
  const TapRange ends = EndsOfSums(weights, x);
  return Span(ends.low, ends.high);
}

std::optional<AccumulatorSet> AccumulatorSet::Exact(std::span<const std::int32_t> weights,
                                                    TapRange x, std::int64_t budget) {
  const TapSums taps = MakeTapSums(weights, x);
  if (IsComplete(taps.magnitudes)) {
    const std::int64_t count = (taps.hi - taps.lo) / taps.step + 1;
    return AccumulatorSet({LatticeSegment::Progression(taps.lo, taps.step, count)}, true);
  }
  const auto sums = SubsetSums::Of(taps.magnitudes, budget, false);
  if (!sums) return std::nullopt;
  return AccumulatorSet(SegmentsOf(taps, sums->sums()), true);
}

AccumulatorSet AccumulatorSet::Union(const AccumulatorSet& a, const AccumulatorSet& b) {
  const std::int64_t lo = std::min(a.lo_, b.lo_);
  const std::int64_t hi = std::max(a.hi_, b.hi_);
  if (!a.exact_ || !b.exact_) return Span(lo, hi);
  std::vector<LatticeSegment> segments;
  for (std::int64_t from = lo; from <= hi;) {
    const std::int64_t border = NextBorder(a.segments_, b.segments_, from, hi + 1);
    auto of_a = CutOf(a.segments_, from, border - 1);
    auto of_b = CutOf(b.segments_, from, border - 1);
    if (of_a && of_b) {
      auto both = prove::Union(*of_a, *of_b);
      if (!both) return Span(lo, hi);
      AppendSegment(segments, *std::move(both));
    } else if (of_a || of_b) {
      AppendSegment(segments, of_a ? *std::move(of_a) : *std::move(of_b));
    }
    from = border;
  }
  return AccumulatorSet(std::move(segments), true);
}

std::int64_t AccumulatorSet::CountBelow(std::int64_t a) const {
  std::int64_t count = 0;
  for (const LatticeSegment& segment : segments_) {
    if (a <= segment.first()) break;
    count += segment.CountBelow(a);
  }
  return count;
}

std::int64_t AccumulatorSet::CountIn(std::int64_t from, std::int64_t to) const {
  if (from > to) return 0;
  return (to >= hi_ ? count_ : CountBelow(to + 1)) - CountBelow(from);
}

std::optional<std::int64_t> AccumulatorSet::NextMember(std::int64_t from) const {
  for (const LatticeSegment& segment : segments_) {
    if (auto member = segment.Next(from)) return member;
  }
  return std::nullopt;
}

std::optional<std::int64_t> AccumulatorSet::MemberBefore(std::int64_t to) const {
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    if (auto member = segment->Before(to)) return member;
  }
  return std::nullopt;
}

std::optional<std::int64_t> AccumulatorSet::Nearest(std::int64_t from, std::int64_t to,
                                                    std::int64_t wish) const {
  if (from > to) return std::nullopt;
  const std::int64_t from_here = std::clamp(from, lo_ - 1, hi_ + 1);  // differences stay small
  const std::int64_t to_here = std::clamp(to, lo_ - 1, hi_ + 1);
  const std::int64_t at = std::clamp(wish, from_here, to_here);
  std::optional<std::int64_t> below = MemberBefore(at);
  std::optional<std::int64_t> above = NextMember(at);
  if (below && *below < from_here) below.reset();
  if (above && *above > to_here) above.reset();
  if (!below || !above) return below ? below : above;
  return at - *below <= *above - at ? below : above;
}

}  // namespace foldproof::prove
