// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/bounded_walk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace foldproof::prove {
namespace {

constexpr std::int64_t kLeastBounded = 1024;  // fewer accumulators are looked at one by one
constexpr std::int64_t kSampleSteps = 32;
// A figure is searched to this part of an LSB, or of itself.
constexpr double kFigureResolution = 0x1p-20, kFigurePart = 0x1p-10;
// A witness claims what its piece shows at most.
constexpr double kClaimSlack = 0.25;

}  // namespace

// Looks at a few accumulators of the run; false where a number is not finite.
bool BoundedWalk::Sample(const Run& run) {
  std::vector<std::int64_t> points;
  for (std::int64_t i = 0; i <= kSampleSteps; ++i) {
    const std::int64_t at = run.from + (run.to - run.from) / kSampleSteps * i;
    points.push_back(i == kSampleSteps ? run.to : at);
  }
  RegisterBlock before, after;
  before_.tail.Evaluate(points, before_.frontier.path, before);
  after_.tail.Evaluate(points, after_.frontier.path, after);
  const std::uint32_t b = before_.frontier.reg, a = after_.frontier.reg;
  const auto b_low = std::as_const(before).low(b), b_high = std::as_const(before).high(b);
  const auto a_low = std::as_const(after).low(a), a_high = std::as_const(after).high(a);
  const bool exact = before.exact(b) && after.exact(a);
  Seen& seen = seen_[run.clipped ? 1 : 0];
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double up = static_cast<double>(b_high[i]) - static_cast<double>(a_low[i]);
    const double down = static_cast<double>(a_high[i]) - static_cast<double>(b_low[i]);
    if (!std::isfinite(up) || !std::isfinite(down)) return false;
    differs_ |=
        !exact || std::bit_cast<std::uint32_t>(b_low[i]) != std::bit_cast<std::uint32_t>(a_low[i]);
    const double lsb = std::max(up, down) * unit_;
    if (lsb > seen.lsb) seen = {lsb, points[i]};
  }
  return true;
}

bool BoundedWalk::IsSettled(const FloatBound::Apart& apart, double known) {
  const double least = apart.least * unit_, most = apart.most * unit_;
  if (!(most <= allowed_) && !(least > allowed_ && most - least <= kClaimSlack)) return false;
  if (most <= known + std::max(kFigureResolution, known * kFigurePart)) return true;
  // Or as far as roundings let it: they widen what is known of one accumulator, too.
  const auto there = bound_.Over(apart.largest_at, apart.largest_at);
  return there && apart.most <= there->most + (there->most - there->least) / 2;
}

// With what was looked at in it as a piece of its own, which shows how much of a bound is real.
void BoundedWalk::Put(const Run& run, const Piece& piece) {
  const Seen& seen = seen_[run.clipped ? 1 : 0];
  Piece rest = piece;
  if (!same_ && piece.from <= seen.at && seen.at <= piece.to) {
    if (piece.from < seen.at) {
      rest.to = seen.at - 1;
      pieces_.push_back({rest, run.clipped});
    }
    pieces_.push_back({{seen.at, seen.at}, run.clipped, true});
    rest = {seen.at + 1, piece.to, piece.lsb, piece.sure};
  }
  if (rest.from <= rest.to) pieces_.push_back({rest, run.clipped});
}

// false where too many accumulators would have to be looked at.
bool BoundedWalk::Divide(const Run& run) {
  double known = seen_[0].lsb;
  if (run.clipped) known = std::max(known, seen_[1].lsb);
  std::vector<std::pair<std::int64_t, std::int64_t>> cells{{run.from, run.to}};  // lowest last
  while (!cells.empty()) {
    const auto [from, to] = cells.back();
    cells.pop_back();
    if (to - from < kLeastBounded) {
      may_look_ -= to - from + 1;
      if (may_look_ < 0) return false;
      pieces_.push_back({{from, to}, run.clipped, true});
      continue;
    }
    if (same_) {
      if (bound_.IsBeforeFinite(from, to)) {
        Put(run, {from, to, 0, 0});
        continue;
      }
    } else if (const auto apart = bound_.Over(from, to); apart && IsSettled(*apart, known)) {
      Put(run, {from, to, apart->most * unit_, apart->least * unit_});
      continue;
    }
    const std::int64_t middle = from + (to - from) / 2;
    cells.emplace_back(middle + 1, to);
    cells.emplace_back(from, middle);
  }
  return true;
}

std::optional<std::vector<BoundedPiece>> BoundedWalk::Find(const std::vector<Run>& runs,
                                                           std::int64_t most_looked,
                                                           bool may_be_equal) {
  may_look_ = most_looked;
  for (const Run& run : runs) {
    if (!bound_.Over(run.from, run.from) || !Sample(run)) return std::nullopt;
  }
  if (may_be_equal && !same_ && !differs_) return std::nullopt;
  for (const Run& run : runs) {
    if (!Divide(run)) return std::nullopt;
  }
  return std::move(pieces_);
}

}  // namespace foldproof::prove
