// SPDX-License-Identifier: BSD-3-Clause
//
// Channels whose constants are computed from a square root, which one PyTorch rounds as IEEE does
// and another by one float32 step more or less (docs/proof.md, "Square roots").
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "harness/prove/sites/pair_plan.h"
#include "harness/prove/verdict/channel_verdict.h"

namespace foldproof::prove {

// One side of a site where a constant of its tail depends on a root: its tail with every root a
// float32 step off, and what of it another root can change.
struct SteppedTail {
  Tail lower;
  Tail higher;
  std::vector<std::uint32_t> changes;  // the instructions behind such a constant, ascending
  bool moves_cells = false;            // a first quantizer's input is behind one

  const Tail& At(bool up) const { return up ? higher : lower; }
};

// The same of both sides, once for all channels.
class RootSteps {
 public:
  // Both outlive it.
  RootSteps(const SiteSide& before, const SiteSide& after);

  // Which root the constants of a channel and its weights were computed from, of both sides.
  RootId RootAt(std::size_t channel) const;
  // Whether a step may change a bit of a constant of this channel, or one of its weights.
  bool ChangeAt(std::size_t channel, bool up) const;
  // The same of its weights alone: the channel then has other sums.
  bool ChangeWeightsAt(std::size_t channel) const { return RootOfWeights(channel) != kNoRoot; }
  // A side's tail by roots so stepped: its own where no constant of it depends on one.
  const Tail& BeforeTail(RootStep step) const;
  const Tail& AfterTail(RootStep step) const;
  // nullptr: no constant of that side depends on a root.
  const SteppedTail* before() const { return stepped_before_ ? &*stepped_before_ : nullptr; }
  const SteppedTail* after() const { return stepped_after_ ? &*stepped_after_ : nullptr; }

 private:
  RootId RootOfWeights(std::size_t channel) const;

  const SiteSide* before_;
  const SiteSide* after_;
  std::optional<SteppedTail> stepped_before_;
  std::optional<SteppedTail> stepped_after_;
};

// What each pair of frontiers of a channel is judged where its root is a step off on both sides:
// whether it holds and by how many LSB. nullopt where that is the very judgement by IEEE's root.
using SteppedVerdicts = std::vector<std::optional<ChannelVerdict>>;
using JudgeStepped = std::function<SteppedVerdicts(bool up)>;

// Takes into `judgement`, which is by IEEE's roots, what is otherwise where the channel's root is a
// step lower or a step higher. `judge` is asked for pairs that are not identical.
void TakeInRootSteps(const RootSteps& steps, const std::vector<PairPlan>& pairs,
                     std::size_t channel, Domain gate, const JudgeStepped& judge,
                     ChannelJudgement& judgement);

}  // namespace foldproof::prove
