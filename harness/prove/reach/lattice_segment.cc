// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/reach/lattice_segment.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostPatternBits = std::int64_t{1} << 26;

// Whether every lattice point of `inner` is one of `outer`, a progression.
bool Covers(const LatticeSegment& outer, const LatticeSegment& inner) {
  return outer.is_progression() && outer.first() <= inner.first() && inner.last() <= outer.last() &&
         (inner.first() - outer.first()) % outer.step() == 0 &&
         (inner.count() == 1 || inner.step() % outer.step() == 0);
}

// lcm of two positive numbers, at most `most`.
std::int64_t BoundedLcm(std::int64_t a, std::int64_t b, std::int64_t most) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a / std::gcd(a, b), b, &product)) return most;
  return std::min(product, most);
}

}  // namespace

LatticeSegment LatticeSegment::Progression(std::int64_t first, std::int64_t step,
                                           std::int64_t count) {
  FP_CHECK(step > 0 && count > 0);
  LatticeSegment out;
  out.first_ = first;
  out.step_ = step;
  out.count_ = count;
  return out;
}

LatticeSegment LatticeSegment::Pattern(std::int64_t first, std::int64_t step, std::int64_t count,
                                       RankedBits period) {
  FP_CHECK(period.size() > 0 && period.ones() > 0);
  LatticeSegment out = Progression(first, step, count);
  if (period.ones() < period.size()) out.bits_ = std::move(period);
  return out;
}

std::int64_t LatticeSegment::IndexFrom(std::int64_t a) const {
  if (a <= first_) return 0;
  if (a > last()) return count_;
  return step_ == 1 ? a - first_ : (a - first_ + step_ - 1) / step_;
}

std::int64_t LatticeSegment::IndexTo(std::int64_t a) const {
  if (a < first_) return -1;
  if (a >= last()) return count_ - 1;
  return (a - first_) / step_;
}

std::int64_t LatticeSegment::Rank(std::int64_t k) const {
  if (!bits_) return k;
  if (k <= bits_->size()) return bits_->Rank(k);
  return k / bits_->size() * bits_->ones() + bits_->Rank(k % bits_->size());
}

std::optional<std::int64_t> LatticeSegment::Next(std::int64_t from) const {
  std::int64_t k = IndexFrom(from);
  if (k == count_) return std::nullopt;
  if (bits_) {
    const std::int64_t period = bits_->size();
    const std::int64_t found = bits_->Next(k % period);
    k = k / period * period + (found < period ? found : period + bits_->Next(0));
    if (k >= count_) return std::nullopt;
  }
  return first_ + k * step_;
}

std::optional<std::int64_t> LatticeSegment::Before(std::int64_t to) const {
  std::int64_t k = IndexTo(to);
  if (k < 0) return std::nullopt;
  if (bits_) {
    const std::int64_t period = bits_->size();
    const std::int64_t found = bits_->Before(k % period);
    k = k / period * period + (found >= 0 ? found : bits_->Before(period - 1) - period);
    if (k < 0) return std::nullopt;
  }
  return first_ + k * step_;
}

std::optional<LatticeSegment> LatticeSegment::Cut(std::int64_t from, std::int64_t to) const {
  const std::int64_t begin = IndexFrom(from);
  const std::int64_t count = IndexTo(to) - begin + 1;
  if (from > to || count <= 0) return std::nullopt;
  const std::int64_t first = first_ + begin * step_;
  if (!bits_) return Progression(first, step_, count);
  const std::int64_t period = std::min(bits_->size(), count);
  std::vector<std::uint64_t> words(static_cast<std::size_t>((period + 63) / 64));
  for (std::int64_t i = 0; i < period; ++i) {
    if (bits_->Test((begin + i) % bits_->size())) {
      words[static_cast<std::size_t>(i >> 6)] |= std::uint64_t{1} << (i & 63);
    }
  }
  RankedBits bits(std::move(words), period);
  if (bits.ones() == 0) return std::nullopt;
  return Pattern(first, step_, count, std::move(bits));
}

std::optional<LatticeSegment> Union(const LatticeSegment& a, const LatticeSegment& b) {
  if (Covers(a, b)) return a;
  if (Covers(b, a)) return b;
  const std::int64_t first = std::min(a.first(), b.first());
  const std::int64_t last = std::max(a.last(), b.last());
  const std::int64_t step =
      std::gcd(std::gcd(a.step(), b.step()), std::max(a.first(), b.first()) - first);
  const std::int64_t count = (last - first) / step + 1;
  // A period of the union holds only where both repeat throughout: not where one starts or ends
  // later than by a step of its own, as it would have a member outside.
  const bool whole = a.first() - first < a.step() && b.first() - first < b.step() &&
                     last - a.last() < a.step() && last - b.last() < b.step();
  const std::int64_t period =
      whole ? BoundedLcm(a.step() / step * a.period(), b.step() / step * b.period(), count) : count;
  if (period > kMostPatternBits) return std::nullopt;
  std::vector<std::uint64_t> words(static_cast<std::size_t>((period + 63) / 64));
  for (const LatticeSegment* segment : {&a, &b}) {
    for (auto member = segment->Next(first); member; member = segment->Next(*member + 1)) {
      const std::int64_t k = (*member - first) / step;
      if (k >= period) break;
      words[static_cast<std::size_t>(k >> 6)] |= std::uint64_t{1} << (k & 63);
    }
  }
  return LatticeSegment::Pattern(first, step, count, RankedBits(std::move(words), period));
}

}  // namespace foldproof::prove
