// SPDX-License-Identifier: BSD-3-Clause
//
// How far two ideal tails are apart, at most, over the defined accumulators (docs/proof.md, eq.
// 12).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "harness/prove/ideal/ideal_kinks.h"
#include "harness/prove/ideal/ideal_tail.h"
#include "harness/prove/ideal/tolerance.h"
#include "harness/prove/tail/tail.h"

namespace foldproof::prove {

// The largest distances of either side's numbers from before's ideal tail, real units; infinite
// where a number or the ideal is not finite, or where there are too many accumulators to look at.
struct IdealDistance {
  double before = 0;
  double after = 0;

  void Cover(const IdealDistance& other) {
    before = std::max(before, other.before);
    after = std::max(after, other.after);
  }
};

struct IdealDistances {
  IdealDistance reachable;
  IdealDistance calibrated;
};

struct IdealGap {
  double gap = 0;                // real units; infinite or NaN where a side's ideal is
  std::int64_t accumulator = 0;  // shows it
  bool finding = false;          // over the allowance, and before's ideal is finite
  double error = 0;              // what the largest may be above `gap`, real units
  double allowed = 0;            // what the gap may be, real units; set where it is a gate
  std::optional<IdealDistances> distances;  // where JudgeOptions ask for them
};

// To what part of an LSB a gap is searched for: far below what any gate asks for.
inline constexpr double kIdealResolution = 0x1p-20;

// One side of a pair of frontiers.
struct IdealEnd {
  const IdealTail& tail;
  const Frontier& frontier;
};

class IdealGapSearch {
 public:
  // [from, to] each, from low to high.
  using Runs = std::vector<std::pair<std::int64_t, std::int64_t>>;

  // All of them outlive the search; `scratch` is overwritten.
  IdealGapSearch(const IdealEnd& before, const IdealEnd& after, const Runs& defined,
                 IdealPoints& scratch)
      : before_(before), after_(after), defined_(defined), scratch_(scratch) {}

  // Looks at the few accumulators at which tails of `shape` with `kinks` can be furthest apart;
  // false where these cannot be told.
  bool LookAtKinks(IdealShape shape, const std::vector<double>& kinks);
  // Bounds the difference over cells of neighbouring accumulators by Taylor models, and divides a
  // cell until no number in it can be more than `resolution`, or a thousandth, above the largest
  // that was found; small cells are looked at one by one. false where `most` looks were not enough.
  bool LookOverCells(double resolution, std::int64_t most);

  const IdealGap& gap() const { return gap_; }
  // False where the gap is infinite and before's ideal is the one that is.
  bool is_before_finite() const { return is_before_finite_; }

 private:
  // Neighbouring accumulators of one run.
  struct Cell {
    std::int64_t from, to;
    double Center() const { return (static_cast<double>(from) + static_cast<double>(to)) / 2; }
    double Radius() const { return (static_cast<double>(to) - static_cast<double>(from)) / 2; }
  };

  bool LookAt(const std::vector<double>& points);
  std::optional<TaylorModel> DifferenceOver(const Cell& cell);
  bool LookAtTop(const Cell& cell, const TaylorModel& apart, std::size_t node);
  std::vector<double> EndsOfPieces(std::vector<double> kinks, double around) const;
  std::optional<std::vector<double>> TopsOfParabolas(std::vector<double> ends);
  void Evaluate(const std::vector<double>& points);
  bool IsSmall(const IdealEnd& end, const std::vector<double>& registers) const;
  // Are all integers from `low`, a defined one, to `high` defined?
  bool IsInOneRun(double low, double high) const;
  double At(const IdealEnd& end, const std::vector<double>& registers, std::size_t point) const {
    return registers[end.frontier.reg * scratch_.points + point];
  }

  IdealEnd before_;
  IdealEnd after_;
  const Runs& defined_;
  IdealPoints& scratch_;
  std::vector<TaylorModel> before_models_, after_models_;  // of the registers, over the last cell
  IdealGap gap_;
  bool is_before_finite_ = true;
};

}  // namespace foldproof::prove
