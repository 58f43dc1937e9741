// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/ideal_distance.h"

#include <algorithm>
#include <cmath>

#include "src/base/infinity.h"

namespace foldproof::prove {
namespace {

constexpr std::size_t kMostPoints = 4096;

// max |x - ideal| over x in [low, high], in float64; infinite where one of them is not finite.
double Farthest(float low, float high, double ideal) {
  const double below = std::abs(static_cast<double>(low) - ideal);
  const double above = std::abs(static_cast<double>(high) - ideal);
  return std::isfinite(below) && std::isfinite(above) ? std::max(below, above) : kInfinity;
}

}  // namespace

IdealDistanceWalk::IdealDistanceWalk(const IdealTail& before_ideal, const Frontier& before,
                                     const Frontier& after, const AccumulatorSet& reach,
                                     std::optional<std::vector<double>> kinks)
    : before_ideal_(before_ideal),
      before_(before),
      after_(after),
      reach_(reach),
      every_integer_(!reach.exact() || reach.contiguous()),
      kinks_(std::move(kinks)) {
  if (kinks_) std::sort(kinks_->begin(), kinks_->end());
}

void IdealDistanceWalk::Add(std::span<const std::int64_t> starts, std::int64_t high,
                            const RegisterBlock& before, const RegisterBlock& after,
                            const PieceWalk& walk) {
  const Block block{before, after, walk};
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (!walk.is_defined(i)) continue;
    const std::int64_t to = i + 1 < starts.size() ? starts[i + 1] - 1 : high;
    if (kinks_)
      NoteBent(starts[i], to, i, block);
    else
      NoteMembers(starts[i], to, i, block);
  }
  Measure(block);
}

// Between two kinks the ideal is a straight line.
void IdealDistanceWalk::NoteBent(std::int64_t from, std::int64_t to, std::size_t piece,
                                 const Block& block) {
  for (; next_kink_ < kinks_->size(); ++next_kink_) {
    const double kink = (*kinks_)[next_kink_];
    if (kink >= static_cast<double>(to)) break;
    if (kink <= static_cast<double>(from)) continue;
    NoteStraight(from, static_cast<std::int64_t>(std::floor(kink)), piece, block);
    from = static_cast<std::int64_t>(std::ceil(kink));
  }
  NoteStraight(from, to, piece, block);
}

// |constant - line| is convex: it is largest at the first or the last member.
void IdealDistanceWalk::NoteStraight(std::int64_t from, std::int64_t to, std::size_t piece,
                                     const Block& block) {
  if (!every_integer_) {
    const auto first = reach_.Nearest(from, to, from);
    if (!first) return;
    from = *first;
    to = *reach_.Nearest(from, to, to);
  }
  Note(from, piece, block);
  if (to != from) Note(to, piece, block);
}

void IdealDistanceWalk::NoteMembers(std::int64_t from, std::int64_t to, std::size_t piece,
                                    const Block& block) {
  for (std::int64_t a = from; a <= to; ++a) {
    if (!every_integer_) {
      const auto member = reach_.Nearest(a, to, a);
      if (!member) return;
      a = *member;
    }
    Note(a, piece, block);
  }
}

void IdealDistanceWalk::Note(std::int64_t accumulator, std::size_t piece, const Block& block) {
  points_.push_back(static_cast<double>(accumulator));
  pieces_.push_back(piece);
  if (points_.size() == kMostPoints) Measure(block);
}

void IdealDistanceWalk::Measure(const Block& block) {
  before_ideal_.Evaluate(points_, before_.path, ideal_);
  const double* ideal = ideal_.data() + before_.reg * points_.size();
  const auto b_low = block.before.low(before_.reg), b_high = block.before.high(before_.reg);
  const auto a_low = block.after.low(after_.reg), a_high = block.after.high(after_.reg);
  IdealDistances most = distances_;  // in registers, not in memory
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const std::size_t piece = pieces_[i];
    const IdealDistance here{Farthest(b_low[piece], b_high[piece], ideal[i]),
                             Farthest(a_low[piece], a_high[piece], ideal[i])};
    most.reachable.Cover(here);
    if (block.walk.is_calibrated(piece)) most.calibrated.Cover(here);
  }
  distances_ = most;
  points_.clear();
  pieces_.clear();
}

}  // namespace foldproof::prove
