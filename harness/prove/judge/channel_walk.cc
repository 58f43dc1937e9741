// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/channel_walk.h"

#include <algorithm>
#include <span>

namespace foldproof::prove {

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

std::string ChannelWalk::WhyNot(const PairPlan& pair) const {
  if (IsByCells(pair) || reach_.hi() - reach_.lo() < most_enumerated_) return {};
  return why_not_.empty() ? "no quantizer makes steps of it" : why_not_;
}

void ChannelWalk::Walk(const PairPlan& pair, PieceWalk& walk,
                       std::optional<IdealDistanceWalk>& distance) {
  if (IsByCells(pair))
    WalkCells(walk, distance);
  else
    WalkEverything(walk, distance);
}

void ChannelWalk::WalkCells(PieceWalk& walk, std::optional<IdealDistanceWalk>& distance) {
  const std::span<const std::int64_t> starts(scratch_.starts);
  for (std::size_t at = 0; at < starts.size(); at += kPointsAtOnce) {
    const std::size_t next = std::min(at + kPointsAtOnce, starts.size());
    const auto block = starts.subspan(at, next - at);
    const std::int64_t to = next < starts.size() ? starts[next] - 1 : reach_.hi();
    // One block is the same for every pair.
    if (!are_cells_evaluated_) {
      now_.before.Evaluate(block, before_.search.everything, scratch_.before);
      now_.after.Evaluate(block, after_.search.everything, scratch_.after);
      are_cells_evaluated_ = starts.size() <= kPointsAtOnce;
    }
    walk.Add(block, to, scratch_.before, scratch_.after);
    if (distance) distance->Add(block, to, scratch_.before, scratch_.after, walk);
  }
}

void ChannelWalk::WalkEverything(PieceWalk& walk, std::optional<IdealDistanceWalk>& distance) {
  std::vector<std::int64_t>& block = scratch_.block;
  RegisterBlock &before = scratch_.block_before, &after = scratch_.block_after;
  for (std::int64_t from = reach_.lo(); from <= reach_.hi(); from += kPointsAtOnce) {
    const std::int64_t to = std::min<std::int64_t>(from + kPointsAtOnce - 1, reach_.hi());
    block.resize(static_cast<std::size_t>(to - from + 1));
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = from + static_cast<std::int64_t>(i);
    now_.before.Evaluate(block, before_.search.everything, before);
    now_.after.Evaluate(block, after_.search.everything, after);
    walk.Add(block, to, before, after);
    if (distance) distance->Add(block, to, before, after, walk);
  }
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
