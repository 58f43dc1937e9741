// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/prove/ideal/ideal_tail.h"
#include "harness/prove/judge/piece_walk.h"

namespace foldproof::prove {

// How far the numbers of either side are from before's ideal tail, piece by piece (docs/proof.md,
// eq. 18). Walks beside a PieceWalk, which says what is defined and what is calibrated.
class IdealDistanceWalk {
 public:
  // `kinks`: where the ideal bends; without them it may be any function, and every accumulator is
  // looked at. All references outlive the walk.
  IdealDistanceWalk(const IdealTail& before_ideal, const Frontier& before, const Frontier& after,
                    const AccumulatorSet& reach, std::optional<std::vector<double>> kinks);

  // The pieces that `walk` was given last, with the same arguments.
  void Add(std::span<const std::int64_t> starts, std::int64_t high, const RegisterBlock& before,
           const RegisterBlock& after, const PieceWalk& walk);

  const IdealDistances& distances() const { return distances_; }

 private:
  // The pieces at hand, as Add was given them.
  struct Block {
    const RegisterBlock& before;
    const RegisterBlock& after;
    const PieceWalk& walk;
  };

  void NoteMembers(std::int64_t from, std::int64_t to, std::size_t piece, const Block& block);
  void NoteStraight(std::int64_t from, std::int64_t to, std::size_t piece, const Block& block);
  void NoteBent(std::int64_t from, std::int64_t to, std::size_t piece, const Block& block);
  void Note(std::int64_t accumulator, std::size_t piece, const Block& block);
  void Measure(const Block& block);

  const IdealTail& before_ideal_;
  const Frontier& before_;
  const Frontier& after_;
  const AccumulatorSet& reach_;
  const bool every_integer_;                  // of the reach is a member
  std::optional<std::vector<double>> kinks_;  // ascending
  std::size_t next_kink_ = 0;                 // the first that may lie in a piece to come
  std::vector<double> points_;                // accumulators to be measured
  std::vector<std::size_t> pieces_;           // the piece that each lies in
  std::vector<double> ideal_;                 // registers of the ideal tail there
  IdealDistances distances_;
};

}  // namespace foldproof::prove
