// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/compare/bound_check.h"
#include "harness/compare/statistics.h"
#include "harness/exec/executor.h"
#include "harness/prove/judge/prover.h"

namespace foldproof::compare {

inline constexpr std::size_t kMostFindingsOfTail = 16;  // that are kept

// A single element that the proof has no explanation for, or that decides what the proof could not.
struct SampleFinding {
  // observed-over-proved: more than the proof says any input can show; the proof or the executor is
  // wrong. observed-over-tolerance: over the tolerance at an accumulator of the gate's domain, in a
  // tail that was not proved.
  std::string rule;
  std::string before_conv;
  std::string place;
  std::size_t run = 0;
  std::uint32_t channel = 0;
  std::optional<std::int64_t> accumulator;  // nullopt where a shape is not known
  double lsb = 0;                           // observed
  double proved_lsb = 0;                    // the bound that it breaks, or the tolerance
};

// One pair of frontiers, seen run by run, with the same value at the site's input on both sides.
class PairObserver {
 public:
  // What judges an element; all outlive the observer.
  struct Subject {
    const prove::Side& before;
    const prove::Side& after;
    const prove::MatchedSite& site;
    const prove::SiteVerdict& site_verdict;
    const prove::TailVerdict& verdict;
    prove::Domain gate = prove::Domain::kCalibrated;
    Arithmetic arithmetic = Arithmetic::kOther;
  };
  explicit PairObserver(const Subject& subject);

  // Why it cannot be observed; empty where it can.
  const std::string& why_not() const { return why_not_; }
  // The values to fetch on either side.
  std::vector<ir::ValueId> BeforeValues() const { return ValuesOf(before_); }
  std::vector<ir::ValueId> AfterValues() const { return ValuesOf(after_); }

  // Takes in what run `run` gave; `cut` is what was at the before-conv's input.
  void Observe(std::size_t run, const exec::Tensors& before, const exec::Tensors& after,
               const exec::Tensor& cut);

  const std::vector<Observation>& channels() const { return channels_; }
  const std::vector<SampleFinding>& findings() const { return findings_; }
  // Elements above the proved bound that the executor's own rounding explains.
  std::int64_t beyond_by_rounding() const { return beyond_by_rounding_; }
  std::int64_t runs() const { return runs_; }
  // Forgets what it has seen.
  void Clear();
  bool has_quantizers() const { return before_.codes && after_.codes; }

 private:
  // What is read of one side, and where the conv's elements lie in it.
  struct Reading {
    struct Register {
      ir::ValueId value;
      std::vector<std::int64_t> places;  // empty: not moved
    };
    ir::ValueId conv;
    Register frontier;
    Register compared;              // codes where both sides end in equal quantizers
    std::optional<Register> codes;  // of the frontier's quantizer
    ir::QuantParams params;         // of that quantizer
  };
  struct Candidate {
    std::int64_t element = 0;
    std::uint32_t channel = 0;
    double lsb = 0;
  };

  Reading ReadingOf(const prove::Side& side, const prove::SiteSide& site, std::uint32_t frontier,
                    std::optional<std::uint32_t> codes);
  static std::vector<ir::ValueId> ValuesOf(const Reading& reading);
  double LsbOf(double before, double after) const;
  double OneCode() const;
  double MostAt(const AtAccumulator& at) const;
  bool IsSuspect(std::uint32_t channel, double lsb) const;
  bool IsDefined(const exec::Tensor& cut, std::int64_t element, std::uint32_t channel);
  void JudgeWorst(std::size_t run, const exec::Tensor& cut, std::vector<Candidate> suspects);
  void Judge(std::size_t run, const exec::Tensor& cut, const Candidate& candidate);

  Subject subject_;
  const prove::PairPlan& pair_;
  std::string why_not_;
  Reading before_;
  Reading after_;
  BoundCheck check_;
  std::vector<Observation> channels_;
  std::vector<SampleFinding> findings_;
  std::int64_t beyond_by_rounding_ = 0;
  std::int64_t runs_ = 0;
};

}  // namespace foldproof::compare
