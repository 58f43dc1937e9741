// SPDX-License-Identifier: BSD-3-Clause
//
// One output channel of a site: both tails over the whole reach, compared.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/prove/accumulator_set.h"
#include "harness/prove/observed.h"
#include "harness/prove/pair_plan.h"
#include "harness/prove/tolerance.h"

namespace foldproof::prove {

enum class Domain { kReachable, kCalibrated, kObserved };

inline constexpr std::string_view NameOf(Domain domain) {
  switch (domain) {
    case Domain::kReachable: return "reachable";
    case Domain::kCalibrated: return "calibrated";
    case Domain::kObserved: return "observed";
  }
  return "";
}

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

// Figures over one domain of one channel. An infinite lsb: before is finite where after is not.
struct DomainFigures {
  double lsb = 0;
  std::optional<std::int64_t> accumulator;  // shows lsb; nullopt where the domain is empty
  std::int64_t count = 0;                   // accumulators in the domain
  std::int64_t over = 0;                    // of them over the tolerance
  std::int64_t undefined = 0;               // among them; `calibrated` has none
};

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
  double error = 0;              // of the float64 arithmetic itself, real units
  double allowed = 0;            // what the gap may be, real units; set where it is a gate
  std::optional<IdealDistances> distances;  // where JudgeOptions ask for them
};

// Accumulators [from, to] over which both tails keep their values, with a difference of `lsb`.
struct Piece {
  std::int64_t from = 0;
  std::int64_t to = 0;
  double lsb = 0;
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
  std::vector<Piece> over;  // the worst pieces of the gate's domain over the tolerance, worst first
  bool over_truncated = false;  // there are more of them
  std::string unproved;         // not empty: no figures, and why

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

// Memory that one thread uses again from channel to channel.
struct JudgeScratch {
  SearchScratch search;
  RegisterBlock before, after;  // both tails at `starts`, the cells of both
  std::vector<std::int64_t> starts;
  RegisterBlock block_before, block_after;  // at `block`, where everything is looked at
  std::vector<std::int64_t> block;
  IdealPoints ideal;
};

// `observed` is null where nothing was observed; the gate is not kObserved then.
ChannelJudgement JudgeChannel(const SiteSide& before, const SiteSide& after,
                              const std::vector<PairPlan>& pairs, std::size_t channel,
                              const AccumulatorSet& reach, const ObservedChannel* observed,
                              const JudgeOptions& options, JudgeScratch& scratch);

}  // namespace foldproof::prove
