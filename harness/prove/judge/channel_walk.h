// SPDX-License-Identifier: BSD-3-Clause
//
// Both tails of one channel over its reach, cell by cell where quantizers make steps of them, else
// accumulator by accumulator; with the constants of IEEE's square roots, then with those of others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/prove/ideal/tolerance.h"
#include "harness/prove/joint/slope_order.h"
#include "harness/prove/judge/bounded_walk.h"
#include "harness/prove/judge/ideal_distance.h"
#include "harness/prove/judge/piece_walk.h"
#include "harness/prove/judge/root_step.h"
#include "harness/prove/tail/step_search.h"
#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {

// Memory that one thread uses again from channel to channel.
struct JudgeScratch {
  SearchScratch search;
  std::vector<std::int64_t> starts;         // of the cells of both tails
  RegisterBlock before, after;              // a block of them
  RegisterBlock block_before, block_after;  // at `block`, where everything is looked at
  std::vector<std::int64_t> block;
  IdealPoints ideal;
  SlopeOrder slopes;
  std::vector<std::byte> read_by_ieee, read_by_step;  // of `before` and `after`, by either root
};

class ChannelWalk {
 public:
  // All of them outlive it.
  ChannelWalk(const SiteSide& before, const SiteSide& after, std::size_t channel,
              const AccumulatorSet& reach, const ObservedChannel* observed,
              std::int64_t most_enumerated, JudgeScratch& scratch);

  // By IEEE's roots.
  const TailEvaluator& before() const { return ieee_.before; }
  const TailEvaluator& after() const { return ieee_.after; }
  // Splits the reach at the steps of both sides; to be called first. Returns how often a tail was
  // evaluated for that.
  std::int64_t Search();

  // Returns why the pair's frontiers cannot be walked, `walk` is left as it was then; empty: they
  // were. `distance`, where it is asked for, sees what `walk` sees, or is given up where the reach
  // is too large to look at.
  std::string Walk(const PairPlan& pair, double allowed_lsb, PieceWalk& walk,
                   std::optional<IdealDistanceWalk>& distance);

  // Takes the constants of a root that is a step lower or higher from here on, which change a bit
  // of this channel. Behind a Search, and the walks of all `pairs` by IEEE's roots. Returns whether
  // a walk by cells would read the very bits that it read by IEEE's.
  bool Step(const std::vector<PairPlan>& pairs, const RootSteps& roots, bool up);
  bool IsByCells(const PairPlan& pair) const {
    return why_not_.empty() && before_.search.is_cut[pair.before] &&
           after_.search.is_cut[pair.after];
  }

 private:
  // Both tails with the constants of one root.
  struct Evaluators {
    TailEvaluator before;
    TailEvaluator after;
  };

  Cells CellsOf(const TailEvaluator& evaluator, const SearchPlan& plan) const;
  void Take(const Cells& before, const Cells& after);
  void SplitAtObserved();
  void EvaluateCells(std::span<const std::int64_t> block);
  void WalkCells(PieceWalk& walk, std::optional<IdealDistanceWalk>& distance);
  void WalkEach(std::int64_t low, std::int64_t high, PieceWalk& walk,
                std::optional<IdealDistanceWalk>& distance);
  bool IsEnumerable() const { return reach_.hi() - reach_.lo() < most_enumerated_; }
  // `same`: the two frontiers are known to have the same bits.
  bool MayBeBounded(const PairPlan& pair, bool same, bool is_distance_asked) const;
  std::optional<std::vector<BoundedWalk::Run>> RunsClippedAlike(PieceWalk& walk);
  bool WalkBounds(const PairPlan& pair, bool same, double allowed_lsb, PieceWalk& walk);
  bool StepInPlace(const std::vector<PairPlan>& pairs, const RootSteps& roots);
  void CopyWhatIsRead(const std::vector<PairPlan>& pairs, std::vector<std::byte>& out) const;

  const SiteSide& before_;
  const SiteSide& after_;
  std::size_t channel_;
  const AccumulatorSet& reach_;
  const ObservedChannel* observed_;  // null: nothing was
  std::int64_t most_enumerated_;
  JudgeScratch& scratch_;
  Evaluators ieee_;
  Evaluators now_;
  Cells before_cells_, after_cells_;  // by IEEE's roots
  std::string why_not_;               // empty: both tails have cells; by the roots of now_
  bool are_cells_evaluated_ = false;  // at scratch's starts, all of which are one block
};

}  // namespace foldproof::prove
