// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "harness/compare/element_places.h"
#include "harness/prove/judge/prover.h"

namespace foldproof::compare {

// What an executor's numbers are, next to those that the proof is about.
enum class Arithmetic {
  kExact,        // the same: exact sums, float32 tails
  kFloat32Sums,  // the same, but for a conv's value: a float32 sum (docs/numerics.md, eq. 8)
  kOther,        // neither: an integer kernel's requantization, float64 throughout
};

// What the two tails themselves give at one accumulator.
struct AtAccumulator {
  std::int64_t accumulator = 0;
  bool defined = true;
  bool calibrated = true;
  double lsb = 0;       // of the two tails there
  double most_lsb = 0;  // the same where either conv's value may be off by its summation bound
};

// Looks up in the proof's tails what a single element may show. Unless the arithmetic is kExact
// either side's value counts as within the bound of a float32 sum of the exact one.
class BoundCheck {
 public:
  // All outlive it.
  BoundCheck(const prove::Side& before, const prove::MatchedSite& site, const prove::PairPlan& pair,
             Arithmetic arithmetic)
      : site_(site), pair_(pair), arithmetic_(arithmetic), reader_(before, site.before->conv) {}

  // nullopt where the element's accumulator cannot be traced.
  std::optional<AtAccumulator> At(const exec::Tensor& cut, std::int64_t element,
                                  std::size_t channel);

 private:
  std::int64_t Slack(const AccumulatorReader::Sum& sum, std::size_t channel) const;

  const prove::MatchedSite& site_;
  const prove::PairPlan& pair_;
  Arithmetic arithmetic_;
  AccumulatorReader reader_;
};

}  // namespace foldproof::compare
