// SPDX-License-Identifier: BSD-3-Clause
//
// What the judge answers to a SiteQuestion: plain numbers, without anything of the two programs'
// names. Verdicts, witnesses, causes and findings are made of it with the programs at hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/prove/verdict/channel_verdict.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

// Channels in which after's sum leaves int32 (docs/proof.md, "Int32 sums"), and the worst of them.
struct SumOverflow {
  bool only_after = false;   // before's sum stays inside, at an accumulator that an input produces
  std::size_t channels = 0;  // how many
  std::size_t channel = 0;
  std::int64_t accumulator = 0;
  std::int64_t sum = 0;
  bool produced = false;  // an input gives the accumulator; else that is not known
};

struct SiteSums {
  Int32Sums sums;
  std::vector<SumOverflow> overflows;  // those of after alone come first
};

struct SiteAnswer {
  std::vector<ChannelJudgement> channels;
  std::optional<SiteSums> sums;  // nullopt where a channel is judged as a pair of sums
};

}  // namespace foldproof::prove
