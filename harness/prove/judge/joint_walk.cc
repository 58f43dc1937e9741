// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/joint_walk.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>

#include "src/base/infinity.h"

namespace foldproof::prove {
namespace {

constexpr std::size_t kMostTried = 8;  // cells of either domain in which inputs are built

}  // namespace

JointWalk::JointWalk(const std::vector<ClassZonotope>& zonotopes, const SideCells& before,
                     const SideCells& after, SumPair margins, double unit, bool real_inputs)
    : zonotopes_(zonotopes),
      before_(before),
      after_(after),
      margins_(margins),
      unit_(unit),
      real_inputs_(real_inputs),
      before_finder_(before.starts),
      after_finder_(after.starts) {
  if (std::ranges::count(after.undefined, 0) == std::ssize(after.undefined)) {
    after_ranges_.Set(after.least, after.most);
    return;
  }
  least_ = after.least;
  most_ = after.most;
  undefined_before_.push_back(0);
  for (std::size_t i = 0; i < after.starts.size(); ++i) {
    undefined_before_.push_back(undefined_before_.back() + after.undefined[i]);
    if (after.undefined[i]) least_[i] = most_[i] = 0;
  }
  after_ranges_.Set(least_, most_);
}

std::size_t JointWalk::UndefinedIn(CellRange after) const {
  return undefined_before_.empty()
             ? 0
             : undefined_before_[after.last + 1] - undefined_before_[after.first];
}

bool JointWalk::HasOtherBits(std::size_t cell, CellRange after) const {
  if (!before_.is_exact[cell]) return true;
  for (std::size_t i = after.first; i <= after.last; ++i) {
    if (!after_.is_exact[i] || after_.bits[i] != before_.bits[cell]) return true;
  }
  return false;
}

// A value of a cell belongs to an exact sum within the margin of it; what the zonotope has above
// that, widened by after's margin, is where after's tail can be.
void JointWalk::BoundCells(std::size_t zonotope, std::vector<CellBound>& bounds,
                           bool& bit_equal) const {
  const Zonotope& sums = zonotopes_[zonotope].sums;
  const IntegerRange all = sums.before();
  std::vector<IntegerRange> met;  // cells, which stand one behind the other
  std::size_t first = 0;
  met.reserve(bounds.size());
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const std::int64_t from = before_.starts[i] - margins_.before;
    const std::int64_t to = before_.end(i) + margins_.before;
    if (from > all.high || to < all.low) continue;
    if (met.empty()) first = i;
    met.push_back({from, to});
  }
  std::vector<IntegerRange> after;
  sums.AfterAbove(met, after);
  for (std::size_t i = 0; i < after.size(); ++i) {
    IntegerRange above = after[i];
    // Its ends were rounded inward, to integers.
    if (real_inputs_) above = {above.low - 1, above.high + 1};
    if (above.low > above.high) continue;  // between the boundaries lies no integer
    const CellRange cells = after_finder_(above.low - margins_.after, above.high + margins_.after);
    const std::size_t cell = first + i;
    double lsb = kInfinity;
    if (!before_.undefined[cell] && UndefinedIn(cells) == 0) {
      const double up = before_.most[cell] - after_ranges_.Least(cells);
      const double down = after_ranges_.Most(cells) - before_.least[cell];
      lsb = std::max({up, down, 0.0}) * unit_;
    }
    if (bit_equal && !before_.undefined[cell] && (lsb > 0 || HasOtherBits(cell, cells)))
      bit_equal = false;
    if (lsb > bounds[cell].lsb) bounds[cell] = {lsb, zonotope};
  }
}

void JointWalk::Keep(std::vector<WorstCell>& worst, const WorstCell& cell) const {
  const auto is_worse = [](const WorstCell& a, const WorstCell& b) { return a.lsb > b.lsb; };
  worst.insert(std::upper_bound(worst.begin(), worst.end(), cell, is_worse), cell);
  if (worst.size() > kMostTried) worst.pop_back();
}

void JointWalk::Run(Asked asked, ChannelVerdict& verdict) {
  struct Noted {
    std::int64_t count = 0, over = 0;
    double lsb = 0;
    std::vector<WorstCell> worst;
  };
  Noted reachable, calibrated;
  IntegerRange all = zonotopes_[0].sums.before();
  for (const ClassZonotope& z : zonotopes_) {
    all.low = std::min(all.low, z.sums.before().low);
    all.high = std::max(all.high, z.sums.before().high);
  }
  const auto note = [this, allowed = verdict.allowed_lsb](Noted& noted, const WorstCell& cell,
                                                          std::int64_t members) {
    noted.count += members;
    if (IsOver(cell.lsb, allowed)) noted.over += members;
    noted.lsb = std::max(noted.lsb, cell.lsb);
    if (noted.worst.size() < kMostTried || cell.lsb > noted.worst.back().lsb)
      Keep(noted.worst, cell);
  };
  std::vector<CellBound> bounds(before_.starts.size());
  for (std::size_t z = 0; z < zonotopes_.size(); ++z) BoundCells(z, bounds, verdict.bit_equal);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const CellBound& bound = bounds[i];
    if (bound.lsb < 0) continue;
    const std::int64_t first = std::max(before_.starts[i], all.low);
    const std::int64_t last = std::min(before_.end(i), all.high);
    const std::int64_t members = std::max<std::int64_t>(last - first + 1, 1);
    if (before_.undefined[i]) {
      verdict.undefined += members;
      if (!verdict.undefined_at) verdict.undefined_at = std::min(first, all.high);
      continue;
    }
    const WorstCell cell{bound.lsb, i, bound.zonotope};
    note(reachable, cell, members);
    if (!before_.clipped[i]) note(calibrated, cell, members);
  }
  const auto put = [](const Noted& noted, DomainFigures& figures) {
    figures.count += noted.count;
    figures.over += noted.over;
    figures.lsb = std::max(figures.lsb, noted.lsb);
  };
  put(reachable, verdict.reachable);
  put(calibrated, verdict.calibrated);
  verdict.reachable.undefined = verdict.undefined;
  verdict.reachable.count += verdict.undefined;
  if (asked == Asked::kInputs) FindInputs(reachable.worst, calibrated.worst, verdict);
}

void JointWalk::FindInputs(const std::vector<WorstCell>& reachable,
                           const std::vector<WorstCell>& calibrated, ChannelVerdict& verdict) {
  std::optional<ChosenInput> best = Choose(reachable, false);
  const std::optional<ChosenInput> calibrated_best = Choose(calibrated, true);
  // What a calibrated input shows an input shows.
  const auto lsb = [this](const ChosenInput& chosen) { return tried_[chosen.tried].shown.lsb; };
  if (calibrated_best && (!best || lsb(*calibrated_best) > lsb(*best))) best = calibrated_best;
  JointFigures& joint = *verdict.joint;
  joint.reachable = best ? std::optional(Build(*best)) : std::nullopt;
  if (!calibrated_best)
    joint.calibrated = std::nullopt;
  else if (calibrated_best->tried == best->tried)
    joint.calibrated = joint.reachable;
  else
    joint.calibrated = Build(*calibrated_best);
  const auto settle = [&](DomainFigures& figures, const std::vector<WorstCell>& worst,
                          const std::optional<BuiltInput>& built) {
    figures.at_least = built ? built->lsb : 0;
    if (built) figures.accumulator = built->before;
    if (built) figures.after_accumulator = built->after;
    if (!built && !worst.empty()) figures.accumulator = before_.starts[worst[0].cell];
  };
  settle(verdict.reachable, reachable, joint.reachable);
  settle(verdict.calibrated, calibrated, joint.calibrated);
}

JointWalk::Shown JointWalk::ShownBy(SumPair sums) const {
  const CellRange b = before_finder_(sums.before - margins_.before, sums.before + margins_.before);
  const CellRange a = after_finder_(sums.after - margins_.after, sums.after + margins_.after);
  Shown out;
  out.defined = out.calibrated = true;
  double least = kInfinity;
  double most = -kInfinity;
  for (std::size_t i = b.first; i <= b.last; ++i) {
    if (before_.undefined[i]) return {};
    out.calibrated &= before_.clipped[i] == 0;
    least = std::min(least, before_.least[i]);
    most = std::max(most, before_.most[i]);
  }
  const std::size_t undefined = UndefinedIn(a);
  const auto exact = [&](std::size_t i) { return after_.is_exact[i] != 0; };
  const auto cells = std::views::iota(a.first, a.last + 1);
  // A kernel may give NaN elsewhere, and need not.
  if (undefined == a.last - a.first + 1)
    out.lsb = std::ranges::all_of(cells, exact) ? kInfinity : 0;
  else if (undefined == 0)
    out.lsb = std::max({after_ranges_.Least(a) - most, least - after_ranges_.Most(a), 0.0}) * unit_;
  return out;
}

// Looks at inputs on both boundaries, where the extremes of the cell lie, at its ends and in its
// middle. Each is looked at once, whichever domain asks.
std::span<const JointWalk::TriedInput> JointWalk::Try(const WorstCell& worst) {
  const auto of = [this](const TriedCell& tried) {
    return std::span<const TriedInput>(tried_).subspan(tried.from, tried.to - tried.from);
  };
  for (const TriedCell& tried : tried_cells_) {
    if (tried.cell == worst.cell && tried.zonotope == worst.zonotope) return of(tried);
  }
  TriedCell now{worst.cell, worst.zonotope, tried_.size(), 0};
  const ClassZonotope& zonotope = zonotopes_[worst.zonotope];
  const std::int64_t from = before_.starts[worst.cell];
  const std::int64_t to = before_.end(worst.cell);
  for (const bool upper : {false, true}) {
    if (!zonotope.occurs) break;
    const std::array points{zonotope.sums.ExtremeIn(from, to, upper), from + (to - from) / 2, from,
                            to};
    for (auto u = points.begin(); u != points.end(); ++u) {
      if (std::find(points.begin(), u, *u) != u) continue;
      for (const BoundaryInput& input : zonotope.sums.InputsNear(*u, upper)) {
        const Shown shown = ShownBy(input.sums);
        if (shown.defined) tried_.push_back({shown, input});
      }
    }
  }
  now.to = tried_.size();
  return of(tried_cells_.emplace_back(now));
}

std::optional<JointWalk::ChosenInput> JointWalk::Choose(const std::vector<WorstCell>& worst,
                                                        bool calibrated) {
  std::optional<ChosenInput> best;
  double lsb = 0;  // that the best one shows
  for (const WorstCell& cell : worst) {
    if (best && lsb >= cell.lsb) break;
    for (const TriedInput& tried : Try(cell)) {
      if (calibrated && !tried.shown.calibrated) continue;
      if (best && tried.shown.lsb <= lsb) continue;
      best = {static_cast<std::size_t>(&tried - tried_.data()), cell.zonotope};
      lsb = tried.shown.lsb;
    }
  }
  return best;
}

BuiltInput JointWalk::Build(const ChosenInput& chosen) const {
  const auto& [shown, input] = tried_[chosen.tried];
  const ClassZonotope& zonotope = zonotopes_[chosen.zonotope];
  return {shown.lsb, input.sums.before, input.sums.after, zonotope.sums.TapsOf(input),
          zonotope.tap_class};
}

}  // namespace foldproof::prove
