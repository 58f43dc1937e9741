// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/sites/site_match.h"

namespace foldproof::prove {

// The step functions of one program's conv sites, for holding them to an enumeration.
struct ListedChannel {
  std::int64_t low = 0;
  std::int64_t high = 0;
  // Absent where no quantizer makes steps of it and there are over 2^24 accumulators.
  std::optional<std::int64_t> steps;
  std::optional<std::uint32_t> crc32;  // absent too where an operator's bits depend on the kernel
};

struct ListedTail {
  std::optional<std::uint32_t> output;
  std::string frontier;
  std::string place;
  std::vector<ListedChannel> channels;
};

struct ListedSite {
  std::string conv;
  std::string reason;  // not empty: it has no integers, and why
  std::vector<ListedTail> tails;
};

std::vector<ListedSite> ListTails(const Side& side, Reach reach, BatchNormVariant variant);

}  // namespace foldproof::prove
