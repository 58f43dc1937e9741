// SPDX-License-Identifier: BSD-3-Clause
//
// What is asked of one output channel of a site, and what was found of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "harness/prove/ideal/ideal_gap.h"
#include "harness/prove/ideal/tolerance.h"
#include "harness/prove/verdict/rare.h"

namespace foldproof::prove {

enum class Domain { kReachable, kCalibrated, kObserved };

// NaN or Inf against a finite number is over every allowance, an infinite one too.
inline bool IsOver(double difference, double allowed) {
  return difference > allowed || difference == std::numeric_limits<double>::infinity();
}

// What is asked of every channel.
struct JudgeOptions {
  std::optional<double> tolerance_lsb;  // nullopt: derived
  std::optional<double> ideal_gap_lsb;  // allowed above half a bias step; nullopt: off
  Domain domain = Domain::kCalibrated;
  std::int64_t most_enumerated = std::int64_t{1} << 24;
  bool ideal_distance = false;  // measure either side's distance from before's ideal, too
  // Tails that value numbering finds equal are `equal`, without a figure: no undefined accumulator
  // of theirs is counted.
  bool changed_only = false;
};

// What the gate allows. A tolerance that is given in LSB is one of codes: what a dequantize rounds
// is allowed besides.
inline double AllowedLsb(const JudgeOptions& options, const PairPlan& pair,
                         const Tolerance& derived) {
  return options.tolerance_lsb ? *options.tolerance_lsb + pair.dequantize_rounding : derived.lsb;
}

// Figures over one domain of one channel. An infinite lsb: before is finite where after is not.
struct DomainFigures {
  double lsb = 0;
  // The largest where a square root among the constants is a float32 step off, either way; infinite
  // where that is not known, nullopt where no constant depends on a root.
  std::optional<double> lsb_root_step;
  // What an input shows at least, where lsb is a proved bound: of a pair of sums one that was
  // built, of moved elements, and where kernels may give one of several numbers. It is nullopt
  // elsewhere, as some accumulator shows lsb itself.
  std::optional<double> at_least;
  // After's sum of a pair of sums, where `accumulator` is before's.
  std::optional<std::int64_t> after_accumulator;
  std::optional<std::int64_t> accumulator;  // shows lsb; nullopt where the domain is empty
  std::int64_t count = 0;                   // accumulators in the domain
  std::int64_t over = 0;                    // of them over the tolerance
  std::int64_t undefined = 0;               // among them; `calibrated` has none

  // What every PyTorch stays below.
  double MostLsb() const { return lsb_root_step ? std::max(lsb, *lsb_root_step) : lsb; }
};

// Accumulators [from, to] over which both tails keep their values, with a difference of `lsb`, and
// of `sure` whichever numbers the kernels give.
struct Piece {
  std::int64_t from = 0;
  std::int64_t to = 0;
  double lsb = 0;
  double sure = 0;
};

// An input that was built to show a difference of a pair of sums.
struct BuiltInput {
  double lsb = 0;  // what it shows at least, whatever the order of float sums
  std::int64_t before = 0;
  std::int64_t after = 0;
  // As in Witness. Of what the gate finds over nothing is wanted but the figures, and a network's
  // weights have as many taps: empty where `lsb` is not over the allowance, but of `ideal`.
  std::vector<std::int64_t> taps;
  std::size_t tap_class = 0;  // index into ConvSide::tap_classes
  double spread_lsb = 0;      // how much more it may show, by another order of float sums
};

// How far after's weights are from what before's weights make of them, tap by tap, in steps of
// after's weight: of its code, or of its float32 number.
struct CoefficientGap {
  double gap_steps = 0;
  std::size_t tap = 0;   // shows it, as in ConvSide::WeightsOf
  double allowed = 0;    // what a right fold rounds, at that tap
  bool finding = false;  // some tap is over that
  double before = 0;     // the slopes of the two ideal tails, real units an integer of the sum
  double after = 0;
};

// What a channel has whose weights differ (docs/proof.md, "Pairs of sums").
struct JointFigures {
  std::optional<CoefficientGap> coefficients;  // nullopt where an ideal tail has no slope
  std::optional<BuiltInput> reachable;
  std::optional<BuiltInput> calibrated;
  std::optional<BuiltInput> ideal;  // one whose ideal gap is over the allowance
};

// One channel of a pair of frontiers.
struct ChannelVerdict {
  bool bit_equal = true;  // over all of the reach
  DomainFigures reachable;
  DomainFigures calibrated;
  DomainFigures observed;      // over the range of what was observed; empty without observations
  DomainFigures produced;      // over the accumulators that were observed, each counted once
  std::int64_t undefined = 0;  // of the reach
  std::optional<std::int64_t> undefined_at;  // one of them
  std::optional<IdealGap> ideal;  // nullopt where codes leave the tail, or it was not computed
  Tolerance tolerance;            // derived
  double allowed_lsb = 0;         // what the gate uses
  std::vector<Piece> over;        // the worst pieces of the gate's domain surely over the tolerance
  bool over_truncated = false;    // there are more of them
  std::string unproved;           // not empty: no figures, and why
  std::string root_step_unproved;  // not empty: IEEE's square root alone has figures, and why
  Rare<JointFigures> joint;        // where the two sides have a sum each

  const DomainFigures& Of(Domain domain) const {
    switch (domain) {
      case Domain::kReachable: return reachable;
      case Domain::kCalibrated: return calibrated;
      case Domain::kObserved: return observed;
    }
    return reachable;
  }
  // Undefined accumulators that keep a verdict over `gate` from being given: `calibrated` holds
  // none by its definition, so those of the whole reach count.
  std::int64_t UndefinedFor(Domain gate) const {
    return gate == Domain::kObserved ? observed.undefined : undefined;
  }
};

struct ChannelJudgement {
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::int64_t members = 0;  // accumulators of the reach
  bool exact = false;
  std::int64_t evaluations = 0;  // of tails during the search
  std::vector<ChannelVerdict> pairs;
};

}  // namespace foldproof::prove
