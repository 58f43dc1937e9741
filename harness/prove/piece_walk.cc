// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/piece_walk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace foldproof::prove {
namespace {

constexpr std::size_t kMostOver = 32;

bool IsWorse(const Piece& a, const Piece& b) {
  if (a.lsb != b.lsb) return a.lsb > b.lsb;
  return a.to - a.from > b.to - b.from;
}

}  // namespace

PieceWalk::PieceWalk(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                     const AccumulatorSet& reach, double allowed_lsb, Domain gate)
    : before_(before), pair_(pair), before_reg_(before.tail.frontiers[pair.before].reg),
      after_reg_(after.tail.frontiers[pair.after].reg), reach_(reach), allowed_(allowed_lsb),
      gate_(gate) {
  for (std::uint32_t i = 0; i < before_.tail.instructions.size(); ++i) {
    if (before_.tail.instructions[i].code != TailInstruction::Code::kQuantize) continue;
    quantizer_registers_.push_back(i + 1);
    if (!before_.is_last_quantizer[i]) counted_clips_.push_back(i + 1);
  }
  worst_reachable_.lsb = worst_calibrated_.lsb = -1;
}

PieceWalk::Difference PieceWalk::Compare(const RegisterBlock& before, const RegisterBlock& after,
                                         std::size_t i) const {
  const float b_low = before.low(before_reg_)[i];
  const float b_high = before.high(before_reg_)[i];
  const float a_low = after.low(after_reg_)[i];
  const float a_high = after.high(after_reg_)[i];
  const bool points = before.exact(before_reg_) && after.exact(after_reg_);
  if (pair_.identical ||
      (points && std::bit_cast<std::uint32_t>(b_low) == std::bit_cast<std::uint32_t>(a_low))) {
    return {0, true};
  }
  if (!std::isfinite(a_low) || !std::isfinite(a_high)) {
    return {std::numeric_limits<double>::infinity(), false};
  }
  double apart = 0;
  if (pair_.codes) {
    const auto [b, a] = *pair_.codes;
    apart = std::max(
        std::abs(static_cast<double>(before.high(b)[i]) - static_cast<double>(after.low(a)[i])),
        std::abs(static_cast<double>(before.low(b)[i]) - static_cast<double>(after.high(a)[i])));
    return {apart, false};
  }
  apart = std::max(std::abs(static_cast<double>(b_high) - static_cast<double>(a_low)),
                   std::abs(static_cast<double>(b_low) - static_cast<double>(a_high)));
  return {apart / pair_.lsb, false};
}

void PieceWalk::Count(DomainFigures& figures, Piece& worst, const Piece& piece,
                      std::int64_t members) const {
  figures.count += members;
  if (piece.lsb > allowed_) figures.over += members;
  if (IsWorse(piece, worst)) worst = piece;
}

void PieceWalk::NoteRun(std::int64_t from, std::int64_t to) {
  if (!runs_.empty() && runs_.back().second + 1 == from) runs_.back().second = to;
  else runs_.emplace_back(from, to);
}

// Keeps the worst pieces, worst first.
void PieceWalk::NoteOver(const Piece& piece) {
  std::vector<Piece>& over = result_.over;
  if (over.size() == kMostOver && !IsWorse(piece, over.back())) return;
  over.insert(std::upper_bound(over.begin(), over.end(), piece, IsWorse), piece);
  if (over.size() > kMostOver) over.pop_back();
}

void PieceWalk::Add(std::span<const std::int64_t> starts, std::int64_t high,
                    const RegisterBlock& before, const RegisterBlock& after) {
  for (std::size_t i = 0; i < starts.size(); ++i) {
    Piece piece{starts[i], i + 1 < starts.size() ? starts[i + 1] - 1 : high, 0};
    const std::int64_t members =
        reach_.exact() ? reach_.CountIn(piece.from, piece.to) : piece.to - piece.from + 1;
    if (members == 0) continue;
    bool nan = !std::isfinite(before.low(before_reg_)[i]) || !std::isfinite(before.high(before_reg_)[i]);
    for (const std::uint32_t reg : quantizer_registers_) {
      nan |= (before.flags(reg)[i] & RegisterBlock::kNan) != 0;
    }
    const Difference difference = Compare(before, after, i);
    result_.bit_equal &= difference.bit_equal;
    if (nan) {
      result_.undefined += members;
      if (!result_.undefined_at) result_.undefined_at = piece.from;
      continue;
    }
    piece.lsb = difference.lsb;
    bool clipped = false;
    for (const std::uint32_t reg : counted_clips_) {
      clipped |= (before.flags(reg)[i] & RegisterBlock::kClipped) != 0;
    }
    NoteRun(piece.from, piece.to);
    Count(result_.reachable, worst_reachable_, piece, members);
    if (!clipped) Count(result_.calibrated, worst_calibrated_, piece, members);
    if (piece.lsb > allowed_ && (gate_ == Domain::kReachable || !clipped)) NoteOver(piece);
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
