// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/shard.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "fuzz/generator.h"
#include "src/base/error.h"
#include "src/base/refuse.h"

namespace foldproof::fuzz {
namespace {

// floor(shard * cases / shards), in 64 bits.
std::uint64_t BeginOf(std::uint64_t cases, std::uint64_t shard, std::uint64_t shards) {
  return cases / shards * shard + cases % shards * shard / shards;
}

// What of a campaign is not as in the first part's; empty: nothing.
std::string DifferenceOf(const WholeCampaign& one, const WholeCampaign& other) {
  const auto says = [](const char* what, const auto& mine, const auto& theirs) {
    return fmt::format("{} {}, where the other has {}", what, mine, theirs);
  };
  const auto joined = [](const std::set<std::string>& rules) {
    return rules.empty() ? std::string("none") : fmt::format("{}", fmt::join(rules, ","));
  };
  if (one.version != other.version) return says("the version", one.version, other.version);
  if (one.seed != other.seed) return says("the seed", one.seed, other.seed);
  if (one.first != other.first) return says("the first case", one.first, other.first);
  if (one.cases != other.cases) return says("the number of cases", one.cases, other.cases);
  const CampaignTerms &mine = one.terms, &theirs = other.terms;
  if (mine.pass != theirs.pass) return says("the pass", mine.pass, theirs.pass);
  if (one.family != other.family) return "other programs (--fold-pass)";
  if (mine.properties != theirs.properties) {
    return says("--properties", joined(mine.properties), joined(theirs.properties));
  }
  if (mine.known != theirs.known) return says("--known", joined(mine.known), joined(theirs.known));
  if (mine.shrinks != theirs.shrinks) return says("--shrinks", mine.shrinks, theirs.shrinks);
  if (mine.weights != theirs.weights) return "other --weights";
  if (mine.pass_timeout != theirs.pass_timeout) {
    return says("--pass-timeout", mine.pass_timeout.value_or(0), theirs.pass_timeout.value_or(0));
  }
  return "";
}

struct PlacedRange {
  CaseRange range;
  const CampaignPart* part = nullptr;
};

std::span<const std::uint64_t> FailingIn(const std::vector<std::uint64_t>& cases,
                                         const CaseRange& range) {
  const auto begin = std::ranges::lower_bound(cases, range.begin);
  const auto end = std::ranges::lower_bound(cases, range.end);
  return {begin, end};
}

bool AreOneRecordIn(const CaseRange& range, const CaseRecord& one, const CaseRecord& other) {
  static const std::vector<std::uint64_t> kNone;
  std::set<std::vector<std::string>> rules;
  for (const auto& [names, cases] : one.failing) rules.insert(names);
  for (const auto& [names, cases] : other.failing) rules.insert(names);
  return std::ranges::all_of(rules, [&](const std::vector<std::string>& names) {
    const auto in = [&](const CaseRecord& record) {
      const auto found = record.failing.find(names);
      return FailingIn(found == record.failing.end() ? kNone : found->second, range);
    };
    return std::ranges::equal(in(one), in(other));
  });
}

// Of two parts with the same cases one is as good as the other, where they agree.
void CheckAgreement(const PlacedRange& wide, const PlacedRange& narrow) {
  CaseRange relabelled = narrow.range;
  relabelled.shard = wide.range.shard;
  const bool same_cases =
      wide.range.begin == narrow.range.begin && wide.range.end == narrow.range.end;
  if ((same_cases && relabelled != wide.range) ||
      !AreOneRecordIn(narrow.range, wide.part->record, narrow.part->record)) {
    Refuse(narrow.part->name,
           fmt::format("says something else of cases {} to {} than {}; a pass "
                       "that is not the same on every run cannot be merged",
                       narrow.range.begin, narrow.range.end - 1, wide.part->name));
  }
}

// The ranges of all parts without those that lie in a wider one.
std::vector<CaseRange> WidestRanges(const std::vector<CampaignPart>& parts) {
  std::vector<PlacedRange> all;
  for (const CampaignPart& part : parts) {
    for (const CaseRange& range : part.ranges) all.push_back({range, &part});
  }
  // A wider one first; of the same cases the one whose name comes first, whatever its place.
  std::ranges::sort(all, [](const PlacedRange& a, const PlacedRange& b) {
    return std::tie(a.range.begin, b.range.end, a.range.shard) <
           std::tie(b.range.begin, a.range.end, b.range.shard);
  });
  std::vector<CaseRange> out;
  const PlacedRange* last = nullptr;
  for (const PlacedRange& placed : all) {
    const CaseRange& range = placed.range;
    if (last != nullptr && range.end <= last->range.end) {
      CheckAgreement(*last, placed);
      continue;
    }
    if (last != nullptr && range.begin < last->range.end) {
      Refuse(placed.part->name,
             fmt::format("has cases {} to {}, of which {} has some and not all; leave out one",
                         range.begin, range.end - 1, last->part->name));
    }
    out.push_back(range);
    last = &placed;
  }
  return out;
}

bool AreOneCause(const Failure& one, const Failure& other) {
  return one.draw == other.draw && one.tried == other.tried &&
         one.finding.node == other.finding.node && one.finding.detail == other.finding.detail;
}

void AddRecord(const CampaignPart& part, CaseRecord& to) {
  for (const auto& [rules, cases] : part.record.failing) {
    std::vector<std::uint64_t>& known = to.failing[rules];
    std::vector<std::uint64_t> both;
    std::ranges::set_union(known, cases, std::back_inserter(both));
    known = std::move(both);
  }
  for (const auto& [key, failure] : part.record.shrunk) {
    const auto [known, is_new] = to.shrunk.emplace(key, failure);
    if (!is_new && !AreOneCause(known->second, failure)) {
      Refuse(part.name, fmt::format("shrank case {} to another program than a report of the same "
                                    "case; a pass that is not the same on every run cannot be "
                                    "merged",
                                    key.first));
    }
  }
}

// N of the shards "I/N", where it is one number and each range lies in its shard.
std::optional<std::uint64_t> ShardsOf(const CampaignPart& part) {
  std::optional<std::uint64_t> out;
  for (const CaseRange& range : part.ranges) {
    const auto shard = ParseShardName(range.shard);
    if (!shard || (out && *out != shard->of)) return std::nullopt;
    const CaseRange whole = RangeOfShard(part.campaign, shard->number, shard->of);
    if (range.begin < whole.begin || whole.end < range.end) return std::nullopt;
    out = shard->of;
  }
  return out;
}

struct FailingCase {
  std::uint64_t index;
  const std::vector<std::string>* rules;
};

std::vector<FailingCase> InOrder(const CaseRecord& record) {
  std::vector<FailingCase> out;
  for (const auto& [rules, cases] : record.failing) {
    for (const std::uint64_t index : cases) out.push_back({index, &rules});
  }
  std::ranges::sort(out, {}, &FailingCase::index);
  return out;
}

}  // namespace

std::optional<ShardName> ParseShardName(std::string_view text) {
  ShardName out;
  const char *at = text.data(), *end = at + text.size();
  const auto number = std::from_chars(at, end, out.number);
  if (number.ec != std::errc() || number.ptr == end || *number.ptr != '/') return std::nullopt;
  const auto of = std::from_chars(number.ptr + 1, end, out.of);
  const bool is_one = of.ec == std::errc() && of.ptr == end && 0 < out.number &&
                      out.number <= out.of && out.of <= kMostShards;
  return is_one ? std::optional(out) : std::nullopt;
}

CaseRange RangeOfShard(const WholeCampaign& campaign, std::uint64_t shard, std::uint64_t shards) {
  FP_CHECK(0 < shard && shard <= shards);
  CaseRange out;
  out.begin = campaign.first + BeginOf(campaign.cases, shard - 1, shards);
  out.end = campaign.first + BeginOf(campaign.cases, shard, shards);
  out.shard = fmt::format("{}/{}", shard, shards);
  return out;
}

CampaignPart PartOf(const CampaignResult& result, const WholeCampaign& campaign,
                    const std::string& shard) {
  FP_CHECK(result.record);
  CampaignPart out{"", campaign, {}, *result.record, result.coverage};
  if (result.cases == 0) return out;
  CaseRange range{result.first,
                  result.next,
                  shard,
                  result.refused,
                  result.proved,
                  result.unproved,
                  result.failed,
                  result.unproved_reasons,
                  result.coverage.counts()};
  out.ranges.push_back(std::move(range));
  return out;
}

CampaignPart UnionOf(std::vector<CampaignPart> parts) {
  FP_CHECK(!parts.empty());
  for (const CampaignPart& part : parts) {
    const std::string differs = DifferenceOf(part.campaign, parts.front().campaign);
    if (!differs.empty()) {
      Refuse(part.name, fmt::format("is no part of the campaign of {}: it has {}",
                                    parts.front().name, differs));
    }
  }
  CampaignPart out{parts.front().name,
                   parts.front().campaign,
                   WidestRanges(parts),
                   {},
                   Coverage(parts.front().campaign.family)};
  for (const CampaignPart& part : parts) {
    AddRecord(part, out.record);
    out.coverage.AddPairs(part.coverage.PackedPairs());
  }
  return out;
}

std::vector<CaseRange> MissingOf(const CampaignPart& part) {
  const WholeCampaign& campaign = part.campaign;
  std::vector<CaseRange> gaps;
  const auto gap = [&](std::uint64_t begin, std::uint64_t end) {
    if (begin == end) return;
    gaps.emplace_back();
    gaps.back().begin = begin;
    gaps.back().end = end;
  };
  std::uint64_t at = campaign.first;
  for (const CaseRange& range : part.ranges) {
    gap(at, range.begin);
    at = range.end;
  }
  gap(at, campaign.end());
  const auto shards = ShardsOf(part);
  if (!shards || *shards > campaign.cases) return gaps;
  std::vector<CaseRange> named;
  for (std::uint64_t shard = 1; shard <= *shards; ++shard) {
    const CaseRange whole = RangeOfShard(campaign, shard, *shards);
    for (const CaseRange& missing : gaps) {
      CaseRange both = whole;
      both.begin = std::max(whole.begin, missing.begin);
      both.end = std::min(whole.end, missing.end);
      if (both.begin < both.end) named.push_back(std::move(both));
    }
  }
  return named;
}

std::string NameOfRange(const CaseRange& range) {
  const std::string cases = fmt::format("cases {} to {}", range.begin, range.end - 1);
  return range.shard.empty() ? cases : fmt::format("shard {} ({})", range.shard, cases);
}

CampaignResult MergedResult(const CampaignPart& part, CauseOptions options) {
  const WholeCampaign& campaign = part.campaign;
  CampaignResult out;
  out.seed = campaign.seed;
  out.first = part.ranges.empty() ? campaign.first : part.ranges.front().begin;
  out.next = part.ranges.empty() ? campaign.first : part.ranges.back().end;
  out.coverage = Coverage(campaign.family);
  out.coverage.AddPairs(part.coverage.PackedPairs());
  for (const CaseRange& range : part.ranges) {
    out.cases += range.end - range.begin;
    out.refused += range.refused;
    out.proved += range.proved;
    out.unproved += range.unproved;
    out.failed += range.failed;
    for (const auto& [reason, count] : range.unproved_reasons)
      out.unproved_reasons[reason] += count;
    out.coverage.AddCounts(range.choices);
  }
  out.stopped = out.cases < campaign.cases;
  const auto shrunk_here = std::move(options.shrink);
  options.shrink = [&](const Finding& finding, std::uint64_t index) {
    const auto known = part.record.shrunk.find({index, finding.rule});
    return known == part.record.shrunk.end() ? shrunk_here(finding, index) : known->second;
  };
  CauseList causes(out, std::move(options));
  for (const FailingCase& failing : InOrder(part.record)) {
    std::vector<Finding> findings;
    for (const std::string& rule : *failing.rules) findings.push_back({rule, "", ""});
    causes.Explain(findings,
                   NotPlain(DrawCase(campaign.seed, failing.index, campaign.family).value()),
                   failing.index);
  }
  return out;
}

}  // namespace foldproof::fuzz
