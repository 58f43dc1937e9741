// SPDX-License-Identifier: BSD-3-Clause
//
// A pair of float frontiers that no quantizer makes steps of: bounded over cells of its reach, so
// that few accumulators are looked at (docs/proof.md, "Float frontiers").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/prove/tail/float_bound.h"
#include "harness/prove/verdict/channel_verdict.h"

namespace foldproof::prove {

// Accumulators that are clipped alike by before's quantizers.
struct BoundedPiece {
  Piece piece;  // how far the sides are apart at most, and at least at each of them
  bool clipped = false;
  bool to_be_looked_at = false;  // one by one: `piece` has no figures
};

class BoundedWalk {
 public:
  // `unit`: LSB a real unit. A piece settles the verdict where it is above `allowed_lsb` at each
  // accumulator or at none. `same`: the sides are known to have the same bits.
  BoundedWalk(const FloatEnd& before, const FloatEnd& after, double unit, double allowed_lsb,
              bool same)
      : before_(before),
        after_(after),
        bound_(before, after),
        unit_(unit),
        allowed_(allowed_lsb),
        same_(same) {}

  struct Run {
    std::int64_t from, to;
    bool clipped;
  };
  // All of the runs, ascending. nullopt where there are no bounds, or where more than `most_looked`
  // accumulators would have to be looked at. With `may_be_equal` also where the sides may have the
  // same bits everywhere, which no bound shows.
  std::optional<std::vector<BoundedPiece>> Find(const std::vector<Run>& runs,
                                                std::int64_t most_looked, bool may_be_equal);

 private:
  // Where the largest difference was seen, of those that were looked at.
  struct Seen {
    double lsb = -1;
    std::int64_t at = 0;
  };

  bool Sample(const Run& run);
  bool Divide(const Run& run);
  bool IsSettled(const FloatBound::Apart& apart, double known);
  void Put(const Run& run, const Piece& piece);

  FloatEnd before_;
  FloatEnd after_;
  FloatBound bound_;
  double unit_;
  double allowed_;
  bool same_;
  bool differs_ = false;      // somewhere the bits are not the same
  std::array<Seen, 2> seen_;  // of what is not clipped, and of what is
  std::int64_t may_look_ = 0;
  std::vector<BoundedPiece> pieces_;
};

}  // namespace foldproof::prove
