// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/reach/subset_sums.h"

#include <algorithm>
#include <bit>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

std::int64_t WordsOf(std::int64_t bits) { return (bits + 63) / 64; }

bool Test(const std::vector<std::uint64_t>& bits, std::int64_t i) {
  return (bits[static_cast<std::size_t>(i >> 6)] >> (i & 63) & 1) != 0;
}

// Keeps the lowest `size` bits.
void Truncate(std::vector<std::uint64_t>& bits, std::int64_t size) {
  bits.resize(static_cast<std::size_t>(WordsOf(size)));
  if ((size & 63) != 0) bits.back() &= (std::uint64_t{1} << (size & 63)) - 1;
}

// Sets the bits of [from, to).
void SetRange(std::vector<std::uint64_t>& bits, std::int64_t from, std::int64_t to) {
  for (std::int64_t i = from; i < to;) {
    const std::int64_t n = std::min(64 - (i & 63), to - i);
    const std::uint64_t ones = n == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
    bits[static_cast<std::size_t>(i >> 6)] |= ones << (i & 63);
    i += n;
  }
}

// bits |= bits << shift, in place: from the top, where a word reads only words not yet changed.
void OrShifted(std::vector<std::uint64_t>& bits, std::int64_t shift) {
  const auto words = static_cast<std::size_t>(shift >> 6);
  const int low = static_cast<int>(shift & 63);
  for (std::size_t i = bits.size(); i-- > words;) {
    std::uint64_t moved = bits[i - words] << low;
    if (low != 0 && i > words) moved |= bits[i - words - 1] >> (64 - low);
    bits[i] |= moved;
  }
}

std::uint64_t Reversed(std::uint64_t w) {
  w = (w >> 1 & 0x5555555555555555) | (w & 0x5555555555555555) << 1;
  w = (w >> 2 & 0x3333333333333333) | (w & 0x3333333333333333) << 2;
  w = (w >> 4 & 0x0f0f0f0f0f0f0f0f) | (w & 0x0f0f0f0f0f0f0f0f) << 4;
  w = (w >> 8 & 0x00ff00ff00ff00ff) | (w & 0x00ff00ff00ff00ff) << 8;
  w = (w >> 16 & 0x0000ffff0000ffff) | (w & 0x0000ffff0000ffff) << 16;
  return w >> 32 | w << 32;
}

// Sets bit total - i of `bits` for each bit i that is set in `lower`.
void OrMirrored(std::vector<std::uint64_t>& bits, const std::vector<std::uint64_t>& lower,
                std::int64_t total) {
  for (std::size_t k = 0; k < lower.size(); ++k) {
    std::uint64_t word = Reversed(lower[k]);
    std::int64_t at = total - static_cast<std::int64_t>(k) * 64 - 63;
    if (at < 0) {
      word >>= -at;  // less than 64: bit 64 k itself lies in [0, total]
      at = 0;
    }
    const auto i = static_cast<std::size_t>(at >> 6);
    bits[i] |= word << (at & 63);
    const std::uint64_t over = (at & 63) == 0 ? 0 : word >> (64 - (at & 63));
    if (over != 0) bits[i + 1] |= over;
  }
}

// The members of `sums`, a bit for each of [0, total].
std::vector<std::uint64_t> AllBits(const SymmetricSums& sums) {
  std::vector<std::uint64_t> bits = sums.bits;
  bits.resize(static_cast<std::size_t>(WordsOf(sums.total + 1)));
  if (sums.has_middle()) {
    SetRange(bits, sums.head, sums.total - sums.head + 1);
    OrMirrored(bits, sums.bits, sums.total);
  }
  return bits;
}

// How many shifts add `copies` copies.
std::int64_t ShiftsFor(std::int64_t copies) {
  return std::bit_width(static_cast<std::uint64_t>(copies));
}

// bits + {0, v, .., copies * v}: with 0..c copies in it, a shift by k <= c + 1 more makes 0..c + k.
void OrCopies(std::vector<std::uint64_t>& bits, std::int64_t value, std::int64_t copies) {
  for (std::int64_t have = 0; have < copies;) {
    const std::int64_t more = std::min(have + 1, copies - have);
    OrShifted(bits, more * value);
    have += more;
  }
}

// 1 + the largest i < size whose bit is 0; 0 where all are set.
std::int64_t AfterLastGap(const std::vector<std::uint64_t>& bits, std::int64_t size) {
  for (std::int64_t word = WordsOf(size) - 1; word >= 0; --word) {
    std::uint64_t gaps = ~bits[static_cast<std::size_t>(word)];
    const std::int64_t valid = size - word * 64;
    if (valid < 64) gaps &= (std::uint64_t{1} << valid) - 1;
    if (gaps != 0) return word * 64 + 64 - std::countl_zero(gaps);
  }
  return 0;
}

}  // namespace

bool SymmetricSums::Contains(std::int64_t sum) const {
  if (sum < 0 || sum > total) return false;
  if (!has_middle()) return Test(bits, sum);
  const std::int64_t lower = std::min(sum, total - sum);
  return lower >= head || Test(bits, lower);
}

bool SubsetSums::Charge(std::int64_t words) {
  budget_ -= words;
  return budget_ >= 0;
}

void SubsetSums::Remember(std::size_t index, std::int64_t copies) {
  if (keep_) steps_.push_back({index, left_[index].value, copies, sums_});
  left_[index].copies -= copies;
}

bool SubsetSums::Absorb(std::size_t index) {
  const auto [value, copies] = left_[index];
  const std::int64_t inside = std::min(copies, sums_.head / value);  // more leave the head
  if (!Charge(WordsOf(sums_.head) * (ShiftsFor(inside) + 1))) return false;
  Remember(index, copies);
  OrCopies(sums_.bits, value, inside);
  sums_.total += value * copies;
  sums_.head = AfterLastGap(sums_.bits, sums_.head);
  Truncate(sums_.bits, sums_.head);
  return true;
}

// Absorbs, ascending, whatever the middle is long enough for; it grows by that.
bool SubsetSums::AbsorbAll() {
  for (std::size_t i = 0; i < left_.size() && sums_.has_middle(); ++i) {
    if (left_[i].copies == 0) continue;
    if (left_[i].value > sums_.middle()) break;
    if (!Absorb(i)) return false;
  }
  return true;
}

bool SubsetSums::Expand(std::size_t index, std::int64_t copies) {
  const std::int64_t value = left_[index].value;
  const std::int64_t size = sums_.total + value * copies + 1;
  if (!Charge(WordsOf(size) * (ShiftsFor(copies) + 2))) return false;
  Remember(index, copies);
  sums_.bits = AllBits(sums_);
  sums_.bits.resize(static_cast<std::size_t>(WordsOf(size)));
  OrCopies(sums_.bits, value, copies);
  sums_.total = size - 1;
  // By symmetry a run of ones up to the centre goes on as far behind it.
  sums_.head = AfterLastGap(sums_.bits, sums_.total / 2 + 1);
  if (sums_.has_middle()) {
    Truncate(sums_.bits, sums_.head);
  } else {
    sums_.head = size;
  }
  return true;
}

std::optional<SubsetSums> SubsetSums::Of(const std::vector<Magnitude>& ascending,
                                         std::int64_t budget, bool keep) {
  SubsetSums out;
  out.left_ = ascending;
  out.budget_ = budget;
  out.keep_ = keep;
  if (!out.AbsorbAll()) return std::nullopt;
  const auto any_left = [&] {
    return std::any_of(out.left_.begin(), out.left_.end(),
                       [](const Magnitude& m) { return m.copies > 0; });
  };
  // A round of four times as many copies costs about four times as much, so the last one dominates.
  for (std::int64_t copies = 16; any_left(); copies *= 4) {
    for (std::size_t i = 0; i < out.left_.size(); ++i) {
      if (out.left_[i].copies == 0) continue;
      if (!out.Expand(i, std::min(copies, out.left_[i].copies))) return std::nullopt;
      if (!out.AbsorbAll()) return std::nullopt;
    }
  }
  return out;
}

std::vector<std::int64_t> SubsetSums::Copies(std::int64_t sum) const {
  FP_CHECK(keep_ && sums_.Contains(sum));
  std::vector<std::int64_t> copies(left_.size(), 0);
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    const SymmetricSums& before = step->before;
    const std::int64_t total = before.total + step->value * step->copies;
    const bool middle = before.has_middle() && step->value <= before.middle();
    std::int64_t taken = 0;
    if (middle && before.head <= sum && sum <= total - before.head) {
      // Greedy. All copies taken: sum - copies * v <= S - head. Fewer: head <= the rest < head + v,
      // and that is at most S - head + 1. Either way the rest lies in the middle.
      taken = std::min(step->copies, (sum - before.head) / step->value);
    } else {
      const bool mirrored = sum > total - sum;
      const std::int64_t lower = mirrored ? total - sum : sum;
      while (!before.Contains(lower - taken * step->value)) {
        ++taken;
        FP_CHECK(taken <= step->copies);
      }
      if (mirrored) taken = step->copies - taken;
    }
    sum -= taken * step->value;
    FP_CHECK(before.Contains(sum));
    copies[step->index] += taken;
  }
  return copies;
}

}  // namespace foldproof::prove
