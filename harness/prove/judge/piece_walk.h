// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/reach/accumulator_set.h"
#include "harness/prove/sites/pair_plan.h"
#include "harness/prove/verdict/channel_verdict.h"
#include "harness/prove/verdict/observations.h"

namespace foldproof::prove {

// The pieces of one domain with the largest `lsb`, and with the largest `sure`.
struct WorstPieces {
  Piece worst{0, 0, -1, 0};
  Piece surest{0, 0, 0, -1};
};

// Walks the reach from its low end to its high end, piece by piece, and collects a pair's figures.
class PieceWalk {
 public:
  // kLargest: of the figures the largest differences alone, whether all bits are the same and how
  // many accumulators are undefined. Where something was observed all are collected.
  enum class Asked { kFigures, kLargest };

  PieceWalk(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
            const AccumulatorSet& reach, const ObservedChannel* observed, double allowed_lsb,
            Domain gate, Asked asked = Asked::kFigures);

  // Piece i is [starts[i], starts[i + 1] - 1], the last one ends at `high`; the blocks hold both
  // tails at the starts. A piece lies inside the observed range or outside of it.
  void Add(std::span<const std::int64_t> starts, std::int64_t high, const RegisterBlock& before,
           const RegisterBlock& after);

  // A piece over which the sides are apart by at most `piece.lsb` and at least `piece.sure`, or
  // have the same bits, all of it defined, and clipped or not.
  void AddBounded(const Piece& piece, bool clipped, bool same);

  // What before's quantizers do at the points of a block, and whether it is defined there.
  void Classify(const RegisterBlock& before);
  // These tell of piece i among those that were added last, or of point i of the last block.
  bool is_defined(std::size_t i) const { return undefined_[i] == 0; }
  bool is_calibrated(std::size_t i) const { return undefined_[i] == 0 && clipped_[i] == 0; }
  double lsb(std::size_t i) const { return lsb_[i]; }

  // The largest runs of defined accumulators, ascending; of those in the range, where the gate is
  // what was observed.
  const std::vector<std::pair<std::int64_t, std::int64_t>>& defined_runs() const { return runs_; }
  void Finish(ChannelVerdict& verdict);

 private:
  void Compare(const RegisterBlock& before, const RegisterBlock& after);
  void Note(const Piece& piece, std::int64_t members, bool undefined, bool clipped);
  void NoteRun(std::int64_t from, std::int64_t to);
  void NoteOver(const Piece& piece);
  void NoteUndefined(const Piece& piece, std::int64_t members, bool observed);
  void NoteDefined(const Piece& piece, std::int64_t members, bool calibrated, bool observed);
  void NoteLargest(const Piece& piece, bool clipped);
  std::int64_t Produced(const Piece& piece) const;
  std::optional<std::int64_t> ProducedNear(const Piece& piece, std::int64_t wish) const;

  const SiteSide& before_;
  const PairPlan& pair_;
  std::uint32_t before_reg_;
  std::uint32_t after_reg_;
  const AccumulatorSet& reach_;
  const ObservedChannel* observed_;  // null: nothing was
  double allowed_;
  Domain gate_;
  bool largest_only_;
  std::vector<std::uint32_t> quantizer_registers_;  // of the whole before-tail
  std::vector<std::uint32_t> counted_clips_;        // of those that are not last
  std::vector<double> lsb_, sure_;                  // of each point of the block at hand
  std::vector<std::uint8_t> same_, undefined_, clipped_;
  std::vector<std::pair<std::int64_t, std::int64_t>> runs_;
  ChannelVerdict result_;
  bool is_bounded_ = false;  // some piece is no step, but bounded
  WorstPieces reachable_, calibrated_, observed_pieces_, produced_;
};

}  // namespace foldproof::prove
