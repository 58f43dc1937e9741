// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/piece_walk.h"

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

inline void Count(DomainFigures& figures, Piece& worst, const Piece& piece, std::int64_t members,
                  bool over) {
  figures.count += members;
  figures.over += over ? members : 0;
  if (piece.lsb >= worst.lsb && IsWorse(piece, worst)) worst = piece;
}

}  // namespace

PieceWalk::PieceWalk(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                     const AccumulatorSet& reach, double allowed_lsb, Domain gate)
    : before_(before),
      pair_(pair),
      before_reg_(before.tail.frontiers[pair.before].reg),
      after_reg_(after.tail.frontiers[pair.after].reg),
      reach_(reach),
      allowed_(allowed_lsb),
      gate_(gate) {
  for (std::uint32_t i = 0; i < before_.tail.instructions.size(); ++i) {
    if (before_.tail.instructions[i].code != TailInstruction::Code::kQuantize) continue;
    quantizer_registers_.push_back(i + 1);
    if (!before_.is_last_quantizer[i]) counted_clips_.push_back(i + 1);
  }
  worst_reachable_.lsb = worst_calibrated_.lsb = -1;
}

// The difference at every point, in LSB; marks where the two are not the same bits.
void PieceWalk::Compare(const RegisterBlock& before, const RegisterBlock& after) {
  const std::size_t n = before.points();
  lsb_.assign(n, 0);
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
    lsb_[i] = finite ? std::max(up, down) * unit : std::numeric_limits<double>::infinity();
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

void PieceWalk::Add(std::span<const std::int64_t> starts, std::int64_t high,
                    const RegisterBlock& before, const RegisterBlock& after) {
  Compare(before, after);
  Classify(before);
  const bool all = !reach_.exact() || reach_.contiguous();
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const Piece piece{starts[i], i + 1 < starts.size() ? starts[i + 1] - 1 : high, lsb_[i]};
    const std::int64_t members =
        all ? piece.to - piece.from + 1 : reach_.CountIn(piece.from, piece.to);
    if (members == 0) continue;
    result_.bit_equal &= same_[i] != 0;
    if (undefined_[i]) {
      result_.undefined += members;
      if (!result_.undefined_at) {
        result_.undefined_at = reach_.Nearest(piece.from, piece.to, piece.from);
      }
      continue;
    }
    NoteRun(piece.from, piece.to);
    const bool over = IsOver(piece.lsb, allowed_);
    Count(result_.reachable, worst_reachable_, piece, members, over);
    if (!clipped_[i]) Count(result_.calibrated, worst_calibrated_, piece, members, over);
    if (over && (gate_ == Domain::kReachable || !clipped_[i])) NoteOver(piece);
  }
}

void PieceWalk::Finish(ChannelVerdict& verdict) {
  const auto settle = [&](DomainFigures& figures, const Piece& worst) {
    if (worst.lsb < 0) return;
    figures.lsb = worst.lsb;
    // From inside the piece: away from the edges, where another summation order may round over.
    const std::int64_t middle = worst.from + (worst.to - worst.from) / 2;
    figures.accumulator = reach_.Nearest(worst.from, worst.to, middle);
  };
  settle(result_.reachable, worst_reachable_);
  settle(result_.calibrated, worst_calibrated_);
  result_.reachable.count += result_.undefined;
  result_.ideal = verdict.ideal;
  result_.tolerance = verdict.tolerance;
  result_.allowed_lsb = verdict.allowed_lsb;
  verdict = std::move(result_);
}

}  // namespace foldproof::prove
