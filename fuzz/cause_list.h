// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/campaign_result.h"

namespace foldproof::fuzz {

struct CauseOptions {
  std::size_t most = 128;  // causes that are told apart and shrunk
  // The plainest draw that fails like case `index` by the rule of `finding`.
  std::function<Failure(const Finding& finding, std::uint64_t index)> shrink;
  std::function<bool()> hurry;  // causes stay as they were drawn
  // Called for each new cause. The answer is what went wrong inside of us while it was kept.
  std::function<std::optional<Finding>(const Failure&)> found;
  // Called for each known cause that a plainer new one takes in.
  std::function<void(const Failure&)> absorbed;
  // Whether findings wait until ExplainNext: the first of each rule is shrunk before a second one,
  // so that none takes the time of all.
  bool later = false;
};

// The causes of a campaign's failures. What it makes of findings depends on their order, which is
// that of the cases: from the same findings the same causes.
class CauseList {
 public:
  // Adds to the failures and internal errors of `result`, which outlives it.
  CauseList(CampaignResult& result, CauseOptions options)
      : result_(result), options_(std::move(options)) {}

  // Counts the findings of case `index`, whose choices that are not plain are `choices`.
  void Explain(const std::vector<Finding>& findings, const std::vector<NamedChoice>& choices,
               std::uint64_t index);

  // Whether a finding waits, how many do, and the one that is needed most.
  bool Waits() const { return !pending_.empty(); }
  std::size_t waiting() const { return pending_.size(); }
  void ExplainNext();

 private:
  struct Pending {
    Finding finding;
    std::vector<NamedChoice> choices;
    std::uint64_t index = 0;
  };

  bool IsKnown(const Pending& one);  // then it is counted
  void ExplainNew(const Pending& one);
  void Keep(const Failure& failure);
  void AbsorbInto(std::size_t i);
  void Absorb(Failure& failure);

  CampaignResult& result_;
  CauseOptions options_;
  std::deque<Pending> pending_;  // in the order of their cases
};

}  // namespace foldproof::fuzz
