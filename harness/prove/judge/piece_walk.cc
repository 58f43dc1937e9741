// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/piece_walk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace foldproof::prove {
namespace {

constexpr std::size_t kMostOver = 32;

constexpr float kLargest = std::numeric_limits<float>::max();

bool IsWorse(const Piece& a, const Piece& b) {
  if (a.lsb != b.lsb) return a.lsb > b.lsb;
  return a.to - a.from > b.to - b.from;
}

inline void Count(DomainFigures& figures, WorstPieces& pieces, const Piece& piece,
                  std::int64_t members, bool over) {
  if (piece.sure > pieces.surest.sure) pieces.surest = piece;
  figures.count += members;
  figures.over += over ? members : 0;
  if (piece.lsb >= pieces.worst.lsb && IsWorse(piece, pieces.worst)) pieces.worst = piece;
}

}  // namespace

PieceWalk::PieceWalk(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                     const AccumulatorSet& reach, const ObservedChannel* observed,
                     double allowed_lsb, Domain gate, Asked asked)
    : before_(before),
      pair_(pair),
      before_reg_(before.tail.frontiers[pair.before].reg),
      after_reg_(after.tail.frontiers[pair.after].reg),
      reach_(reach),
      observed_(observed),
      allowed_(allowed_lsb),
      gate_(gate),
      largest_only_(asked == Asked::kLargest && observed == nullptr) {
  for (std::uint32_t i = 0; i < before_.tail.instructions.size(); ++i) {
    if (!IsQuantizer(before_.tail.instructions[i].op)) continue;
    quantizer_registers_.push_back(i + 1);
    if (!before_.is_last_quantizer[i]) counted_clips_.push_back(i + 1);
  }
}

// The difference at every point, in LSB, and how much of it is there whichever numbers of their
// intervals the kernels give; marks where the two are not the same bits.
void PieceWalk::Compare(const RegisterBlock& before, const RegisterBlock& after) {
  const std::size_t n = before.points();
  lsb_.assign(n, 0);
  sure_.assign(n, 0);
  same_.assign(n, 1);
  if (pair_.identical) return;
  const auto b_low = before.low(before_reg_), b_high = before.high(before_reg_);
  const auto a_low = after.low(after_reg_), a_high = after.high(after_reg_);
  const bool points = before.exact(before_reg_) && after.exact(after_reg_);
  const auto b_code = pair_.codes ? pair_.codes->first : before_reg_;
  const auto a_code = pair_.codes ? pair_.codes->second : after_reg_;
  const auto b_least = before.low(b_code), b_most = before.high(b_code);
  const auto a_least = after.low(a_code), a_most = after.high(a_code);
  const double unit = pair_.codes ? 1.0 : 1.0 / pair_.lsb;
  for (std::size_t i = 0; i < n; ++i) {
    if (points && std::bit_cast<std::uint32_t>(b_low[i]) == std::bit_cast<std::uint32_t>(a_low[i]))
      continue;
    same_[i] = 0;
    const double up = static_cast<double>(b_most[i]) - static_cast<double>(a_least[i]);
    const double down = static_cast<double>(a_most[i]) - static_cast<double>(b_least[i]);
    const bool finite = std::abs(a_low[i]) <= kLargest && std::abs(a_high[i]) <= kLargest;
    const double apart = std::max({-up, -down, 0.0});
    lsb_[i] = finite ? std::max(up, down) * unit : std::numeric_limits<double>::infinity();
    sure_[i] = points ? lsb_[i] : finite ? apart * unit : 0;
  }
}

// Undefined: NaN at a quantizer, or a frontier value that is not finite. Clipped: at one that
// counts.
void PieceWalk::Classify(const RegisterBlock& before) {
  const std::size_t n = before.points();
  undefined_.resize(n);
  clipped_.assign(n, 0);
  const auto low = before.low(before_reg_), high = before.high(before_reg_);
  for (std::size_t i = 0; i < n; ++i) {
    undefined_[i] = !(std::abs(low[i]) <= kLargest && std::abs(high[i]) <= kLargest);
  }
  for (const std::uint32_t reg : quantizer_registers_) {
    const auto flags = before.flags(reg);
    for (std::size_t i = 0; i < n; ++i)
      undefined_[i] |= static_cast<std::uint8_t>(flags[i] & RegisterBlock::kNan);
  }
  for (const std::uint32_t reg : counted_clips_) {
    const auto flags = before.flags(reg);
    for (std::size_t i = 0; i < n; ++i)
      clipped_[i] |= static_cast<std::uint8_t>(flags[i] & RegisterBlock::kClipped);
  }
}

void PieceWalk::NoteRun(std::int64_t from, std::int64_t to) {
  if (!runs_.empty() && runs_.back().second + 1 == from)
    runs_.back().second = to;
  else
    runs_.emplace_back(from, to);
}

// Keeps the worst pieces, worst first.
void PieceWalk::NoteOver(const Piece& piece) {
  std::vector<Piece>& over = result_.over;
  result_.over_truncated |= over.size() == kMostOver;
  if (over.size() == kMostOver && !IsWorse(piece, over.back())) return;
  over.insert(std::upper_bound(over.begin(), over.end(), piece, IsWorse), piece);
  if (over.size() > kMostOver) over.pop_back();
}

// How many of the accumulators that were observed lie in `piece`.
std::int64_t PieceWalk::Produced(const Piece& piece) const {
  const std::vector<std::int64_t>& values = observed_->values;
  const auto first = std::lower_bound(values.begin(), values.end(), piece.from);
  return std::upper_bound(first, values.end(), piece.to) - first;
}

// The one that is nearest to `wish`, which lies in `piece`.
std::optional<std::int64_t> PieceWalk::ProducedNear(const Piece& piece, std::int64_t wish) const {
  const std::vector<std::int64_t>& values = observed_->values;
  const auto above = std::lower_bound(values.begin(), values.end(), wish);
  std::optional<std::int64_t> out;
  if (above != values.end() && *above <= piece.to) out = *above;
  if (above != values.begin() && *(above - 1) >= piece.from &&
      (!out || wish - *(above - 1) <= *out - wish)) {
    out = *(above - 1);
  }
  return out;
}

void PieceWalk::NoteUndefined(const Piece& piece, std::int64_t members, bool observed) {
  const bool counts = gate_ != Domain::kObserved || observed;
  if (counts && !result_.undefined_at) {
    result_.undefined_at = reach_.Nearest(piece.from, piece.to, piece.from);
  }
  result_.undefined += members;
  if (!observed) return;
  result_.observed.undefined += members;
  result_.produced.undefined += Produced(piece);
}

void PieceWalk::NoteDefined(const Piece& piece, std::int64_t members, bool calibrated,
                            bool observed) {
  const bool over = IsOver(piece.lsb, allowed_);
  Count(result_.reachable, reachable_, piece, members, over);
  if (calibrated) Count(result_.calibrated, calibrated_, piece, members, over);
  if (observed) {
    Count(result_.observed, observed_pieces_, piece, members, over);
    const std::int64_t produced = Produced(piece);
    if (produced > 0) Count(result_.produced, produced_, piece, produced, over);
  }
  const bool gated = gate_ == Domain::kReachable || (gate_ == Domain::kCalibrated && calibrated) ||
                     (gate_ == Domain::kObserved && observed);
  if (gate_ != Domain::kObserved || observed) NoteRun(piece.from, piece.to);
  if (gated && IsOver(piece.sure, allowed_)) NoteOver(piece);
}

void PieceWalk::NoteLargest(const Piece& piece, bool clipped) {
  reachable_.worst.lsb = std::max(reachable_.worst.lsb, piece.lsb);
  if (!clipped) calibrated_.worst.lsb = std::max(calibrated_.worst.lsb, piece.lsb);
}

void PieceWalk::Note(const Piece& piece, std::int64_t members, bool undefined, bool clipped) {
  if (largest_only_) {
    if (undefined)
      result_.undefined += members;
    else
      NoteLargest(piece, clipped);
    return;
  }
  const bool observed = observed_ != nullptr && observed_->Contains(piece.from, piece.to);
  if (undefined)
    NoteUndefined(piece, members, observed);
  else
    NoteDefined(piece, members, !clipped, observed);
}

void PieceWalk::AddBounded(const Piece& piece, bool clipped, bool same) {
  const std::int64_t members = reach_.CountIn(piece.from, piece.to);
  if (members == 0) return;
  result_.bit_equal &= same;
  is_bounded_ |= !same;
  Note(piece, members, false, clipped);
}

void PieceWalk::Add(std::span<const std::int64_t> starts, std::int64_t high,
                    const RegisterBlock& before, const RegisterBlock& after) {
  Compare(before, after);
  Classify(before);
  const bool all = !reach_.exact() || reach_.contiguous();
  AccumulatorSet::AscendingCount count(reach_);
  const auto below = [&](std::int64_t a) { return all ? a : count.Below(a); };
  std::int64_t counted = below(starts.front());
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::int64_t to = i + 1 < starts.size() ? starts[i + 1] - 1 : high;
    const Piece piece{starts[i], to, lsb_[i], sure_[i]};
    const std::int64_t before_next = below(piece.to + 1);
    const std::int64_t members = before_next - counted;
    counted = before_next;
    if (members == 0) continue;
    result_.bit_equal &= same_[i] != 0;
    Note(piece, members, undefined_[i] != 0, clipped_[i] != 0);
  }
}

void PieceWalk::Finish(ChannelVerdict& verdict) {
  const auto settle = [&](DomainFigures& figures, const WorstPieces& pieces,
                          bool produced = false) {
    const Piece& worst = pieces.worst;
    if (worst.lsb < 0) return;
    figures.lsb = worst.lsb;
    if (largest_only_) return;
    // Else the worst shows all of lsb. A bound is shown by what surely differs most.
    if (pieces.surest.sure != worst.lsb) figures.at_least = pieces.surest.sure;
    const Piece& shown = is_bounded_ ? pieces.surest : worst;
    // From inside the piece: away from the edges, where another summation order may round over.
    const std::int64_t middle = shown.from + (shown.to - shown.from) / 2;
    figures.accumulator =
        produced ? ProducedNear(shown, middle) : reach_.Nearest(shown.from, shown.to, middle);
  };
  settle(result_.reachable, reachable_);
  settle(result_.calibrated, calibrated_);
  settle(result_.observed, observed_pieces_);
  settle(result_.produced, produced_, true);
  result_.reachable.undefined = result_.undefined;
  for (DomainFigures* figures : {&result_.reachable, &result_.observed, &result_.produced}) {
    figures->count += figures->undefined;
  }
  result_.ideal = verdict.ideal;
  result_.tolerance = verdict.tolerance;
  result_.allowed_lsb = verdict.allowed_lsb;
  verdict = std::move(result_);
}

}  // namespace foldproof::prove
