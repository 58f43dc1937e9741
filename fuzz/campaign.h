// SPDX-License-Identifier: BSD-3-Clause
//
// Many drawn programs through one pass.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "fuzz/campaign_result.h"
#include "fuzz/properties.h"
#include "harness/passes/child.h"
#include "harness/passes/pass_under_test.h"

namespace foldproof::fuzz {

// How far a campaign is.
struct CampaignProgress {
  const CampaignResult& result;
  // The rule whose cause is being shrunk, which cause that is, and how many are known or wait for
  // it by now; empty: none is.
  std::string shrinking = {};
  std::size_t number = 0, of = 0;
};

struct CampaignOptions {
  std::uint64_t seed = 1;
  std::optional<CampaignResult> before;  // to go on from; its seed is this one
  std::uint64_t first = 0;               // index of the first case, where there is no `before`
  std::optional<std::uint64_t> cases;    // nullopt: until `stop`
  int threads = 1;
  PropertyOptions properties;
  std::size_t most_failures = 128;  // causes that are told apart and shrunk
  std::size_t most_shrinks = 2000;  // draws that are tried for one cause
  // Cases are examined in processes of their own, and one that takes longer hangs; nullopt: in this
  // process, which goes down with them.
  std::optional<unsigned> apart_seconds;
  // Whether such a process is given cases ahead, so that it does not wait from one to the next. A
  // campaign of a slow pass ends sooner without.
  bool ahead = true;
  bool records = false;  // whether the result has what merging needs (CampaignResult::record)
  std::function<double()> seconds;  // since the start
  std::function<bool()> stop;       // asked between cases; a campaign ends cleanly
  // Asked between shrinks: a cause that is not shrunk to the end by then stays as it was drawn.
  std::function<bool()> hurry;
  // Asked amid a case that is examined apart: nobody waits for it any more.
  passes::IsOver is_over;
  // The moment of `seconds` at which the campaign stops. Causes are then shrunk beside the drawing,
  // the first of each rule first, so that none takes the time of all, and the last quarter is
  // theirs alone where one waits. Without it they are shrunk in the order of their cases.
  std::optional<double> ends_at;
  // Called once all processes are there, and then now and then.
  std::function<void(const CampaignProgress&)> progress;
  // Called for each case, in their order, before its causes are.
  std::function<void(std::uint64_t index, const CaseOutcome&)> counted;
  // Called for each new cause. The answer is what went wrong inside of us while it was kept.
  std::function<std::optional<Finding>(const Failure&)> found;
  // Called for each known cause that a plainer new one takes in.
  std::function<void(const Failure&)> absorbed;
};

// The same cases and the same failures for any number of threads. Each thread has a pass of its
// own.
CampaignResult RunCampaign(const passes::MakePass& make_pass, const CampaignOptions& options);

}  // namespace foldproof::fuzz
