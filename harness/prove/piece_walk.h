// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/channel_judge.h"

namespace foldproof::prove {

// Walks the reach from its low end to its high end, piece by piece, and collects a pair's figures.
class PieceWalk {
 public:
  PieceWalk(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
            const AccumulatorSet& reach, double allowed_lsb, Domain gate);

  // Piece i is [starts[i], starts[i + 1] - 1], the last one ends at `high`; the blocks hold both
  // tails at the starts.
  void Add(std::span<const std::int64_t> starts, std::int64_t high, const RegisterBlock& before,
           const RegisterBlock& after);

  // Of piece i of those that were added last.
  bool is_defined(std::size_t i) const { return undefined_[i] == 0; }
  bool is_calibrated(std::size_t i) const { return undefined_[i] == 0 && clipped_[i] == 0; }

  // The largest runs of defined accumulators, ascending.
  const std::vector<std::pair<std::int64_t, std::int64_t>>& defined_runs() const { return runs_; }
  void Finish(ChannelVerdict& verdict);

 private:
  void Compare(const RegisterBlock& before, const RegisterBlock& after);
  void Classify(const RegisterBlock& before);
  void NoteRun(std::int64_t from, std::int64_t to);
  void NoteOver(const Piece& piece);

  const SiteSide& before_;
  const PairPlan& pair_;
  std::uint32_t before_reg_;
  std::uint32_t after_reg_;
  const AccumulatorSet& reach_;
  double allowed_;
  Domain gate_;
  std::vector<std::uint32_t> quantizer_registers_;  // of the whole before-tail
  std::vector<std::uint32_t> counted_clips_;        // of those that are not last
  std::vector<double> lsb_;                         // of each point of the block at hand
  std::vector<std::uint8_t> same_, undefined_, clipped_;
  std::vector<std::pair<std::int64_t, std::int64_t>> runs_;
  ChannelVerdict result_;
  Piece worst_reachable_;
  Piece worst_calibrated_;
};

}  // namespace foldproof::prove
