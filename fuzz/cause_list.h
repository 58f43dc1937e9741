// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
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
  std::function<bool()> hurry;  // causes stay as plain as they are
  // Called for each new cause. The answer is what went wrong inside of us while it was kept.
  std::function<std::optional<Finding>(const Failure&)> found;
  // Called for each known cause that a plainer new one takes in.
  std::function<void(const Failure&)> absorbed;
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

 private:
  void Explain(const Finding& finding, const std::vector<NamedChoice>& choices,
               std::uint64_t index);
  void Keep(const Failure& failure);
  void AbsorbInto(std::size_t i);
  void Absorb(Failure& failure);

  CampaignResult& result_;
  CauseOptions options_;
};

}  // namespace foldproof::fuzz
