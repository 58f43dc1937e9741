// SPDX-License-Identifier: BSD-3-Clause
//
// A campaign in parts. What a case becomes depends on its seed and its index alone, so any process
// may examine any range of cases. What depends on the order of the cases is how their failures are
// told apart: a part keeps which cases fail by which rules, and merging looks at them in order.
//
// Parts are sets: of ranges of cases, and of what was found in them. Merging is their union, so it
// does not matter in which order parts are merged, how often, or in which groups.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/campaign_result.h"
#include "fuzz/cause_list.h"

namespace foldproof::fuzz {

// The campaign that a part is one of: two parts can be merged where these are equal.
struct WholeCampaign {
  std::uint64_t seed = 0;
  std::uint64_t first = 0, cases = 0;
  Family family = Family::kQatChain;
  CampaignTerms terms;
  std::string version;  // of the program

  std::uint64_t end() const { return first + cases; }
};

struct CampaignPart {
  std::string name;  // where it is from, for messages
  WholeCampaign campaign;
  std::vector<CaseRange> ranges;  // apart and ascending, none of them empty
  CaseRecord record;
  Coverage coverage;  // of which the pairs count; the choices are those of the ranges
};

inline constexpr std::uint64_t kMostShards = 65'536;

// "3/16": the third of sixteen.
struct ShardName {
  std::uint64_t number = 1;
  std::uint64_t of = 1;
};

// nullopt where it is no I/N, I from 1 to N, N at most kMostShards.
std::optional<ShardName> ParseShardName(std::string_view text);

// Where `shard` of `shards` (from 1) begins and ends in `campaign`: all have the same number of
// cases, or one more. Of a campaign of fewer cases than shards, some have none.
CaseRange RangeOfShard(const WholeCampaign& campaign, std::uint64_t shard, std::uint64_t shards);

// What a campaign of `range` found, as a part. The result has a record.
CampaignPart PartOf(const CampaignResult& result, const WholeCampaign& campaign,
                    const std::string& shard);

// All of them in one, by the name of the first. Throws Error(kInput) that names a part which is one
// of another campaign, says something else of the same cases, or has a part alone of another one's
// range.
CampaignPart UnionOf(std::vector<CampaignPart> parts);

// The cases of the campaign that no range has, as ranges without counts. Each is named after its
// shard where all shards are of one number.
std::vector<CaseRange> MissingOf(const CampaignPart& part);

// "shard 3/16 (cases 2500 to 3749)", or the cases alone.
std::string NameOfRange(const CaseRange& range);

// What one campaign would have found in the cases of `part`, looking at them in their order. What
// the part has not shrunk `options.shrink` is asked for.
CampaignResult MergedResult(const CampaignPart& part, CauseOptions options);

}  // namespace foldproof::fuzz
