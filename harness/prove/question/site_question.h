// SPDX-License-Identifier: BSD-3-Clause
//
// What is asked about a site, as one value: the judge of its channels is given this and nothing
// else (site_judge.h), so that what it answers depends on nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/sites/site_match.h"
#include "harness/prove/verdict/channel_verdict.h"
#include "harness/prove/verdict/observations.h"

namespace foldproof::prove {

// Two sites of different programs that ask the same are equal here: the numbers of nodes and values
// are all 0, and so is what a frontier is called.
struct SiteQuestion {
  SiteSide before;
  SiteSide after;
  std::vector<char> joint;  // as in MatchedSite
  std::vector<PairPlan> pairs;
  JudgeOptions options;
  Reach reach = Reach::kExact;
  const ObservedSite* observed = nullptr;  // null: nothing was
};

// What of one side is told in a report and never judged: where it stands in its program.
struct SideNames {
  ir::NodeId node;
  ir::ValueId op_input, op_weight, op_bias, bias_source;
  ir::ValueId output, input_codes, input_cut, weight_codes;
  std::vector<ir::NodeId> instructions;
  std::vector<ir::ValueId> registers;
  struct End {
    Edge edge;
    std::optional<std::uint32_t> output;
    ir::ValueId value;
  };
  std::vector<End> frontiers;
};

// A site of two programs while its question is asked: both sides are moved into the question, and
// what they are called is kept here.
class AskedSite {
 public:
  // `site` has both sides as integers, and outlives this.
  AskedSite(MatchedSite& site, const JudgeOptions& options, Reach reach,
            const ObservedSite* observed);

  const SiteQuestion& question() const { return question_; }
  // Gives the site back what it was.
  void PutBack();

 private:
  MatchedSite* site_;
  SiteQuestion question_{};
  SideNames before_names_;
  SideNames after_names_;
};

}  // namespace foldproof::prove
