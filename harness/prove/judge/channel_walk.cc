// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/channel_walk.h"

#include <algorithm>

#include "harness/prove/tail/interval_cells.h"
#include "harness/prove/tail/same_bits.h"

namespace foldproof::prove {
namespace {

// Accumulators of all channels together that are looked at one by one all the same, where the sides
// are not: in a blink, and the figures are exact.
constexpr std::int64_t kFewOfSite = std::int64_t{1} << 21;

}  // namespace

ChannelWalk::ChannelWalk(const SiteSide& before, const SiteSide& after, std::size_t channel,
                         const AccumulatorSet& reach, const ObservedChannel* observed,
                         std::int64_t most_enumerated, JudgeScratch& scratch)
    : before_(before),
      after_(after),
      channel_(channel),
      reach_(reach),
      observed_(observed),
      most_enumerated_(most_enumerated),
      scratch_(scratch),
      ieee_{{before.tail, before.conv, channel}, {after.tail, after.conv, channel}},
      now_(ieee_) {
  scratch.read_by_ieee.clear();
}

Cells ChannelWalk::CellsOf(const TailEvaluator& evaluator, const SearchPlan& plan) const {
  return SearchCells(evaluator, plan, reach_.lo(), reach_.hi(), scratch_.search);
}

std::int64_t ChannelWalk::Search() {
  before_cells_ = CellsOf(ieee_.before, before_.search);
  after_cells_ = CellsOf(ieee_.after, after_.search);
  Take(before_cells_, after_cells_);
  return before_cells_.evaluations + after_cells_.evaluations;
}

void ChannelWalk::Take(const Cells& before, const Cells& after) {
  why_not_ = before.searched() ? after.why_not : before.why_not;
  scratch_.starts.clear();
  are_cells_evaluated_ = false;
  if (!why_not_.empty()) return;
  std::set_union(before.starts.begin(), before.starts.end(), after.starts.begin(),
                 after.starts.end(), std::back_inserter(scratch_.starts));
  SplitAtObserved();
}

// So that each piece lies inside the observed range or outside of it.
void ChannelWalk::SplitAtObserved() {
  if (observed_ == nullptr || observed_->empty()) return;
  for (const std::int64_t start : {observed_->low, observed_->high + 1}) {
    if (start <= reach_.lo() || start > reach_.hi()) continue;
    const auto at = std::ranges::lower_bound(scratch_.starts, start);
    if (at == scratch_.starts.end() || *at != start) scratch_.starts.insert(at, start);
  }
}

std::string ChannelWalk::Walk(const PairPlan& pair, double allowed_lsb, PieceWalk& walk,
                              std::optional<IdealDistanceWalk>& distance) {
  if (IsByCells(pair)) {
    WalkCells(walk, distance);
    return {};
  }
  const bool same = pair.identical || HaveSameBits(now_.before, before_.tail.frontiers[pair.before],
                                                   now_.after, after_.tail.frontiers[pair.after]);
  const bool may_be_bounded = MayBeBounded(pair, same, distance.has_value());
  if (may_be_bounded && WalkBounds(pair, same, allowed_lsb, walk)) {
    distance.reset();
    return {};
  }
  if (!IsEnumerable()) return why_not_.empty() ? "no quantizer makes steps of it" : why_not_;
  WalkEach(reach_.lo(), reach_.hi(), walk, distance);
  return {};
}

// One block is the same for every pair.
void ChannelWalk::EvaluateCells(std::span<const std::int64_t> block) {
  if (are_cells_evaluated_) return;
  now_.before.Evaluate(block, before_.search.everything, scratch_.before);
  now_.after.Evaluate(block, after_.search.everything, scratch_.after);
  are_cells_evaluated_ = block.size() == scratch_.starts.size();
}

void ChannelWalk::WalkCells(PieceWalk& walk, std::optional<IdealDistanceWalk>& distance) {
  const std::span<const std::int64_t> starts(scratch_.starts);
  for (std::size_t at = 0; at < starts.size(); at += kPointsAtOnce) {
    const std::size_t next = std::min(at + kPointsAtOnce, starts.size());
    const auto block = starts.subspan(at, next - at);
    const std::int64_t to = next < starts.size() ? starts[next] - 1 : reach_.hi();
    EvaluateCells(block);
    walk.Add(block, to, scratch_.before, scratch_.after);
    if (distance) distance->Add(block, to, scratch_.before, scratch_.after, walk);
  }
}

void ChannelWalk::WalkEach(std::int64_t low, std::int64_t high, PieceWalk& walk,
                           std::optional<IdealDistanceWalk>& distance) {
  std::vector<std::int64_t>& block = scratch_.block;
  RegisterBlock &before = scratch_.block_before, &after = scratch_.block_after;
  for (std::int64_t from = low; from <= high; from += kPointsAtOnce) {
    const std::int64_t to = std::min<std::int64_t>(from + kPointsAtOnce - 1, high);
    block.resize(static_cast<std::size_t>(to - from + 1));
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = from + static_cast<std::int64_t>(i);
    now_.before.Evaluate(block, before_.search.everything, before);
    now_.after.Evaluate(block, after_.search.everything, after);
    walk.Add(block, to, before, after);
    if (distance) distance->Add(block, to, before, after, walk);
  }
}

// Frontiers without a quantizer on their way, over a reach that is long to look at, or must not be.
// Where looking is possible it gives figures that bounds do not: of what was observed, and of
// distances.
bool ChannelWalk::MayBeBounded(const PairPlan& pair, bool same, bool is_distance_asked) const {
  const auto is_smooth = [](const Tail& tail, std::size_t frontier) {
    return std::ranges::none_of(tail.frontiers[frontier].path, [&](std::uint32_t index) {
      return IsQuantizer(tail.instructions[index].op);
    });
  };
  if (!why_not_.empty()) return false;
  const std::int64_t length = reach_.hi() - reach_.lo();
  const auto channels = static_cast<std::int64_t>(before_.conv.channels);
  const bool is_long = length >= kLeastByIntervals && (same || length >= kFewOfSite / channels);
  if (IsEnumerable() && (!is_long || observed_ != nullptr || is_distance_asked)) return false;
  return is_smooth(before_.tail, pair.before) && is_smooth(after_.tail, pair.after);
}

// The cells, those joined that are clipped alike and observed alike; nullopt where something is
// undefined.
std::optional<std::vector<BoundedWalk::Run>> ChannelWalk::RunsClippedAlike(PieceWalk& walk) {
  std::vector<BoundedWalk::Run> runs;
  const std::span<const std::int64_t> starts(scratch_.starts);
  const auto begins_anew = [this](std::int64_t start) {
    return observed_ != nullptr && !observed_->empty() &&
           (start == observed_->low || start == observed_->high + 1);
  };
  for (std::size_t at = 0; at < starts.size(); at += kPointsAtOnce) {
    const auto block = starts.subspan(at, std::min(kPointsAtOnce, starts.size() - at));
    EvaluateCells(block);
    walk.Classify(scratch_.before);
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (!walk.is_defined(i)) return std::nullopt;
      const bool clipped = !walk.is_calibrated(i);
      if (!runs.empty()) runs.back().to = block[i] - 1;
      const bool joins = !runs.empty() && runs.back().clipped == clipped;
      if (!joins || begins_anew(block[i])) runs.push_back({block[i], 0, clipped});
    }
  }
  runs.back().to = reach_.hi();
  return runs;
}

bool ChannelWalk::WalkBounds(const PairPlan& pair, bool same, double allowed_lsb, PieceWalk& walk) {
  const auto runs = RunsClippedAlike(walk);
  if (!runs) return false;
  const FloatEnd before{now_.before, before_.tail.frontiers[pair.before]};
  const FloatEnd after{now_.after, after_.tail.frontiers[pair.after]};
  // Where half of all would be looked at, all is.
  const std::int64_t most = IsEnumerable() ? (reach_.hi() - reach_.lo()) / 2 : most_enumerated_;
  BoundedWalk bounds(before, after, 1 / pair.lsb, allowed_lsb, same);
  const auto pieces = bounds.Find(*runs, most, IsEnumerable());
  if (!pieces) return false;
  std::optional<IdealDistanceWalk> none;
  for (const BoundedPiece& one : *pieces) {
    if (one.to_be_looked_at)
      WalkEach(one.piece.from, one.piece.to, walk, none);
    else
      walk.AddBounded(one.piece, one.clipped, same);
  }
  return true;
}

bool ChannelWalk::Step(const std::vector<PairPlan>& pairs, const RootSteps& roots, bool up) {
  const SteppedTail *before = roots.before(), *after = roots.after();
  if (before != nullptr) now_.before = TailEvaluator(before->At(up), before_.conv, channel_);
  if (after != nullptr) now_.after = TailEvaluator(after->At(up), after_.conv, channel_);
  // A first quantizer that no such constant stands in front of has the cells that it had.
  const bool moves_before = before != nullptr && before->moves_cells;
  const bool moves_after = after != nullptr && after->moves_cells;
  if (moves_before || moves_after) {
    Take(moves_before ? CellsOf(now_.before, before_.search) : before_cells_,
         moves_after ? CellsOf(now_.after, after_.search) : after_cells_);
    return false;
  }
  return are_cells_evaluated_ && StepInPlace(pairs, roots);
}

// Where scratch's blocks hold both tails at its starts, and no start moves: computes what another
// root changes.
bool ChannelWalk::StepInPlace(const std::vector<PairPlan>& pairs, const RootSteps& roots) {
  if (scratch_.read_by_ieee.empty()) CopyWhatIsRead(pairs, scratch_.read_by_ieee);
  if (roots.before() != nullptr)
    now_.before.EvaluateAgain(scratch_.starts, roots.before()->changes, scratch_.before);
  if (roots.after() != nullptr)
    now_.after.EvaluateAgain(scratch_.starts, roots.after()->changes, scratch_.after);
  CopyWhatIsRead(pairs, scratch_.read_by_step);
  return scratch_.read_by_ieee == scratch_.read_by_step;
}

// What a walk reads of the blocks: numbers of the frontiers and of what is compared, and what
// happened at before's quantizers.
void ChannelWalk::CopyWhatIsRead(const std::vector<PairPlan>& pairs,
                                 std::vector<std::byte>& out) const {
  out.clear();
  const auto append = [&out](const auto& elements) {
    const auto bytes = std::as_bytes(elements);
    out.insert(out.end(), bytes.begin(), bytes.end());
  };
  const auto copy = [&](const RegisterBlock& block, std::uint32_t reg) {
    out.push_back(std::byte{block.exact(reg)});
    append(block.low(reg));
    if (!block.exact(reg)) append(block.high(reg));
  };
  const RegisterBlock &before = scratch_.before, &after = scratch_.after;
  for (const PairPlan& pair : pairs) {
    if (pair.identical) continue;
    copy(before, before_.tail.frontiers[pair.before].reg);
    copy(after, after_.tail.frontiers[pair.after].reg);
    if (!pair.codes) continue;
    copy(before, pair.codes->first);
    copy(after, pair.codes->second);
  }
  for (std::uint32_t i = 0; i < before_.tail.instructions.size(); ++i) {
    if (IsQuantizer(before_.tail.instructions[i].op)) append(before.flags(i + 1));
  }
}

}  // namespace foldproof::prove
