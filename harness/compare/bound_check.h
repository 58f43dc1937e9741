// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "harness/compare/element_places.h"
#include "harness/prove/prover.h"

namespace foldproof::compare {

// What the two tails themselves give at one accumulator.
struct AtAccumulator {
  std::int64_t accumulator = 0;
  bool defined = true;
  bool calibrated = true;
  double lsb = 0;       // of the two tails there
  double most_lsb = 0;  // the same where either conv's value may be off by its summation bound
};

// Looks up in the proof's tails what a single element may show. `exact_sums`: the executor's convs
// sum exactly; else either side's value is within the bound of a float32 sum (docs/numerics.md,
// eq. 8) of the exact one.
class BoundCheck {
 public:
  // All outlive it.
  BoundCheck(const prove::Side& before, const prove::MatchedSite& site, const prove::PairPlan& pair,
             bool exact_sums)
      : site_(site), pair_(pair), exact_sums_(exact_sums), reader_(before, site.before->conv) {}

  // nullopt where the element's accumulator cannot be traced.
  std::optional<AtAccumulator> At(const exec::Tensor& cut, std::int64_t element,
                                  std::size_t channel);

 private:
  std::int64_t Slack(const AccumulatorReader::Sum& sum, std::size_t channel) const;

  const prove::MatchedSite& site_;
  const prove::PairPlan& pair_;
  bool exact_sums_;
  AccumulatorReader reader_;
};

}  // namespace foldproof::compare
