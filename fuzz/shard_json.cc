// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/shard_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "fuzz/draw_json.h"
#include "src/fold/fold_names.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

// Numbers that do not fall, as the first and what each adds: "12 3 0".
std::string Differences(std::span<const std::uint64_t> numbers) {
  std::string out;
  std::uint64_t last = 0;
  for (const std::uint64_t number : numbers) {
    out += fmt::format("{}{}", out.empty() ? "" : " ", number - last);
    last = number;
  }
  return out;
}

std::vector<std::uint64_t> NumbersIn(const JsonField& field) {
  const std::string& text = field.Text();
  std::vector<std::uint64_t> out;
  for (const char *at = text.data(), *end = at + text.size(); at != end;) {
    std::uint64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    const bool ends = next == end || (*next == ' ' && next + 1 != end);
    if (error != std::errc() || !ends) field.Fail("must be whole numbers with spaces between");
    out.push_back(number);
    at = next == end ? next : next + 1;
  }
  return out;
}

// Cases that rise; 0 is added to the first alone.
std::vector<std::uint64_t> CasesIn(const JsonField& field) {
  std::vector<std::uint64_t> out = NumbersIn(field);
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if ((i > 0 && out[i] == 0) || out[i] > std::numeric_limits<std::uint64_t>::max() - last) {
      field.Fail("must be cases that rise");
    }
    last = out[i] += last;
  }
  return out;
}

Json RangeJson(const CaseRange& range) {
  Json reasons = Json::array();
  for (const auto& [reason, count] : range.unproved_reasons) {
    reasons.push_back({{"reason", reason}, {"count", count}});
  }
  return {{"begin", range.begin},
          {"end", range.end},
          {"shard", range.shard},
          {"refused", range.refused},
          {"proved", range.proved},
          {"unproved", range.unproved},
          {"failed", range.failed},
          {"unproved_reasons", std::move(reasons)},
          {"choices", fmt::format("{}", fmt::join(range.choices, " "))}};
}

CaseRange ReadRange(const JsonField& from, std::size_t choices) {
  CaseRange out;
  out.begin = from.At("begin").Unsigned();
  out.end = from.At("end").Unsigned();
  out.shard = from.At("shard").Text();
  if (!ParseShardName(out.shard)) from.At("shard").Fail("must be I/N, I from 1 to N");
  out.refused = from.At("refused").Unsigned();
  out.proved = from.At("proved").Unsigned();
  out.unproved = from.At("unproved").Unsigned();
  out.failed = from.At("failed").Unsigned();
  if (out.begin >= out.end) from.At("end").Fail("must be above 'begin'");
  std::uint64_t left = out.end - out.begin;
  for (const std::uint64_t count : {out.refused, out.proved, out.unproved, out.failed}) {
    if (count > left) from.Fail("counts more cases than it has");
    left -= count;
  }
  if (left > 0) from.Fail("counts fewer cases than it has");
  from.At("unproved_reasons").Each([&](const JsonField& reason) {
    out.unproved_reasons[reason.At("reason").Text()] += reason.At("count").Unsigned();
  });
  out.choices = NumbersIn(from.At("choices"));
  if (out.choices.size() != choices) {
    from.At("choices").Fail(fmt::format("must be {} numbers, one a choice", choices));
  }
  return out;
}

bool HasCase(const std::vector<CaseRange>& ranges, std::uint64_t index) {
  const auto after = std::ranges::upper_bound(ranges, index, {}, &CaseRange::begin);
  return after != ranges.begin() && index < std::prev(after)->end;
}

// Cases that fail, and the rules that each fails by.
using FailingRules = std::map<std::uint64_t, const std::vector<std::string>*>;

void CheckFailedCounts(const JsonField& failing, const std::vector<CaseRange>& ranges,
                       const FailingRules& rules_of) {
  for (const CaseRange& range : ranges) {
    const auto listed =
        std::distance(rules_of.lower_bound(range.begin), rules_of.lower_bound(range.end));
    if (static_cast<std::uint64_t>(listed) != range.failed) {
      failing.Fail(fmt::format("lists {} of cases {} to {}, of which {} failed", listed,
                               range.begin, range.end - 1, range.failed));
    }
  }
}

void ReadRanges(const JsonField& shard, CampaignPart& part) {
  const std::size_t choices = part.coverage.counts().size();
  const JsonField ranges = shard.At("ranges");
  std::uint64_t at = part.campaign.first;
  ranges.Each([&](const JsonField& one) {
    part.ranges.push_back(ReadRange(one, choices));
    const CaseRange& range = part.ranges.back();
    if (range.begin < at || range.end > part.campaign.end()) {
      one.Fail("must lie behind the one before, within the campaign's cases");
    }
    at = range.end;
  });
}

void ReadRecord(const JsonField& shard, CampaignPart& part) {
  FailingRules rules_of;
  shard.At("failing").Each([&](const JsonField& one) {
    std::vector<std::string> rules;
    one.At("rules").Each([&](const JsonField& rule) { rules.push_back(rule.Text()); });
    std::vector<std::uint64_t> cases = CasesIn(one.At("cases"));
    if (rules.empty() || cases.empty()) one.Fail("must have rules and cases");
    for (const std::uint64_t index : cases) {
      if (!HasCase(part.ranges, index)) one.Fail(fmt::format("has case {}, of no range", index));
      if (rules_of.contains(index)) one.Fail(fmt::format("has case {} a second time", index));
    }
    const auto [entry, is_new] = part.record.failing.emplace(std::move(rules), std::move(cases));
    if (!is_new) one.Fail("has rules that stand there already");
    for (const std::uint64_t index : entry->second) rules_of.emplace(index, &entry->first);
  });
  CheckFailedCounts(shard.At("failing"), part.ranges, rules_of);
  shard.At("shrunk").Each([&](const JsonField& one) {
    Failure failure = ShrunkFailureOf(one);
    const auto rules = rules_of.find(failure.first);
    if (rules == rules_of.end()) one.At("first").Fail("is no case that fails");
    std::pair key(failure.first, failure.finding.rule);
    if (std::ranges::find(*rules->second, key.second) == rules->second->end())
      one.At("rule").Fail("is none that the case fails by");
    if (!part.record.shrunk.emplace(std::move(key), std::move(failure)).second)
      one.Fail("shrinks a case by one rule a second time");
  });
}

std::set<std::string> RulesIn(const JsonField& list) {
  std::set<std::string> out;
  list.Each([&](const JsonField& rule) { out.insert(rule.Text()); });
  return out;
}

}  // namespace

Json TermsJson(const CampaignTerms& terms) {
  return {{"properties", terms.properties},
          {"known", terms.known},
          {"shrinks", terms.shrinks},
          {"weights", NameOf(terms.weights)},
          {"pass_timeout", terms.pass_timeout ? Json(*terms.pass_timeout) : Json(nullptr)}};
}

Json ShrunkJson(const Failure& failure) {
  return {{"rule", failure.finding.rule},     {"node", failure.finding.node},
          {"detail", failure.finding.detail}, {"first", failure.first},
          {"draws_tried", failure.tried},     {"draw", JsonOf(failure.draw)}};
}

Failure ShrunkFailureOf(const JsonField& from) {
  Failure out;
  out.finding = {from.At("rule").Text(), from.At("node").Text(), from.At("detail").Text()};
  out.count = 1;
  out.first = from.At("first").Unsigned();
  out.tried = static_cast<std::size_t>(from.At("draws_tried").Unsigned());
  out.draw = DrawOf(from.At("draw"));
  out.needs = NotPlain(out.draw);
  return out;
}

Json ShardJson(const CampaignPart& part) {
  Json ranges = Json::array(), failing = Json::array(), shrunk = Json::array();
  for (const CaseRange& range : part.ranges) ranges.push_back(RangeJson(range));
  for (const auto& [rules, cases] : part.record.failing) {
    failing.push_back({{"rules", rules}, {"cases", Differences(cases)}});
  }
  for (const auto& [key, failure] : part.record.shrunk) shrunk.push_back(ShrunkJson(failure));
  return {{"first", part.campaign.first},         {"cases", part.campaign.cases},
          {"ranges", std::move(ranges)},          {"failing", std::move(failing)},
          {"pairs", part.coverage.PackedPairs()}, {"shrunk", std::move(shrunk)}};
}

WholeCampaign CampaignOf(const JsonField& report) {
  WholeCampaign out;
  report.At("report").OneOf({"fuzz"});
  if (report.At("schema_version").Integer() != 1) {
    report.At("schema_version").Fail("must be 1, which is what this foldproof reads");
  }
  out.seed = report.At("seed").Unsigned();
  const auto shard = report.Find("shard");
  const JsonField& place = shard ? *shard : report;
  out.first = place.At("first").Unsigned();
  out.cases = place.At("cases").Unsigned();
  if (out.cases > std::numeric_limits<std::uint64_t>::max() - out.first) {
    place.At("cases").Fail("is too large");
  }
  out.family = FamilyIn(report);
  const JsonField options = report.At("options");
  const JsonField weights = options.At("weights");
  const auto mode = Parse<fold::CodesMode>(weights.Text());
  if (!mode) weights.Fail("is no mode of weights");
  out.terms = {report.At("pass").Text(),
               RulesIn(options.At("properties")),
               RulesIn(options.At("known")),
               options.At("shrinks").Unsigned(),
               *mode,
               {}};
  if (const auto timeout = options.Find("pass_timeout")) {
    out.terms.pass_timeout = timeout->NumberFrom(0);
  }
  out.version = report.At("run").At("version").Text();
  return out;
}

CampaignPart PartIn(const JsonField& report, const std::string& name) {
  CampaignPart out;
  out.name = name;
  out.campaign = CampaignOf(report);
  out.coverage = Coverage(out.campaign.family);
  const JsonField shard = report.At("shard");
  ReadRanges(shard, out);
  ReadRecord(shard, out);
  const JsonField pairs = shard.At("pairs");
  Coverage all = out.coverage;
  std::uint64_t cases = 0;
  for (const CaseRange& range : out.ranges) {
    all.AddCounts(range.choices);
    cases += range.end - range.begin;
  }
  try {
    out.coverage.AddPairs(pairs.Text());
    all.AddPairs(pairs.Text());
  } catch (const Error& error) {
    pairs.Fail(error.why());
  }
  if (const std::string fault = all.FaultFor(cases); !fault.empty()) shard.Fail(fault);
  return out;
}

}  // namespace foldproof::fuzz
