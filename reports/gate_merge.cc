// SPDX-License-Identifier: BSD-3-Clause
#include "reports/gate_merge.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "reports/report_reader.h"
#include "src/base/refuse.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;
using prove::Verdict;

Waiver WaiverOf(const JsonField& from) {
  Waiver out{from.At("pair").Text(), from.At("rule").Text()};
  out.site = from.At("site").TextOrNull();
  out.reason = from.At("reason").Text();
  out.expires = from.At("expires").Text();
  if (const auto most = from.Find("up_to_lsb")) out.up_to_lsb = most->NumberFrom(0);
  if (const auto line = from.Find("line")) {
    out.line = static_cast<std::size_t>(line->Count(100'000'000));
  }
  return out;
}

// What the parts of a report come to: the verdict is never better.
Verdict WorstOf(const Report& report) {
  Verdict out = report.unproved.empty() ? Verdict::kEqual : Verdict::kUnproved;
  for (const ReportedSite& site : report.sites) {
    out = std::max(out, site.verdict);
    for (const ReportedTail& tail : site.tails) out = std::max(out, tail.verdict);
  }
  const bool is_broken =
      std::ranges::any_of(report.structure, [](const auto& finding) { return finding.only_after; });
  return is_broken ? Verdict::kDiffers : out;
}

void CheckVerdict(const JsonField& from, const Report& report) {
  if (report.verdict < WorstOf(report))
    from.At("verdict").Fail("is better than what the report says of the pair's sites and parts");
  const bool fits = report.verdict == Verdict::kDiffers    ? report.exit_code == 1
                    : report.verdict == Verdict::kUnproved ? report.exit_code != 1
                                                           : report.exit_code == 0;
  if (!fits) from.At("exit_code").Fail("is not that of the verdict");
}

GatedPair PairIn(const JsonField& from) {
  GatedPair out{from.At("name").Text(), {}, {}, from.At("allow_unproved").Truth()};
  if (const auto whole = from.Find("report")) {
    out.report = ReadReportAt(*whole);
    CheckVerdict(*whole, *out.report);
  } else {
    out.why_unusable = from.At("why").Text();
  }
  return out;
}

// Of each pair of `all` which part has it, and where in it.
struct PlaceOfPair {
  const GatePart* part = nullptr;
  std::size_t at = 0;
};

bool AreSame(const Waiver& a, const Waiver& b) {
  return a.pair == b.pair && a.rule == b.rule && a.site == b.site && a.reason == b.reason &&
         a.expires == b.expires && a.up_to_lsb == b.up_to_lsb;
}

void CheckOneGate(const GatePart& part, const GatePart& first) {
  const auto refuse = [&](const std::string& what) {
    Refuse(part.name, "is no part of the gate of " + first.name + ": it has another " + what);
  };
  if (part.version != first.version) refuse("version of foldproof");
  if (part.configuration.sha256 != first.configuration.sha256) refuse("configuration");
  if (part.configuration.file != first.configuration.file) refuse("path of the configuration");
  if (part.today != first.today) refuse("day; give each part --today");
  if (part.all != first.all) refuse("list of pairs");
  if (!std::ranges::equal(part.waivers, first.waivers, AreSame)) refuse("list of waivers");
}

std::map<std::string, PlaceOfPair> PlacesOf(const std::vector<GatePart>& parts) {
  std::map<std::string, PlaceOfPair> out;
  for (const GatePart& part : parts) {
    for (std::size_t i = 0; i < part.pairs.size(); ++i) {
      const auto [known, is_new] = out.emplace(part.pairs[i].name, PlaceOfPair{&part, i});
      if (is_new) continue;
      const GatePart& other = *known->second.part;
      const std::size_t at = known->second.at;
      if (part.whole[i] == other.whole[at] &&
          part.pairs[i].why_unusable == other.pairs[at].why_unusable &&
          part.pairs[i].allow_unproved == other.pairs[at].allow_unproved) {
        continue;
      }
      Refuse(part.name,
             "says something else of the pair '" + part.pairs[i].name + "' than " + other.name);
    }
  }
  return out;
}

}  // namespace

GatePart ParseGatePart(const std::string& name, std::string_view text) {
  const nlohmann::json json = ParseJson(text);
  const JsonField root(json);
  root.At("report").OneOf({"gate"});
  if (root.At("schema_version").Integer() != 1) {
    root.At("schema_version").Fail("must be 1, which is what this foldproof reads");
  }
  GatePart out;
  out.name = name;
  out.configuration = {root.At("configuration").At("file").Text(),
                       root.At("configuration").At("sha256").Text()};
  out.today = root.At("run").At("today").Text();
  out.version = root.At("run").At("version").Text();
  root.At("waivers").Each([&](const JsonField& one) { out.waivers.push_back(WaiverOf(one)); });
  root.At("pairs").Each([&](const JsonField& one) { out.pairs.push_back(PairIn(one)); });
  const auto shard = root.Find("shard");
  if (shard) {
    shard->At("pairs").Each([&](const JsonField& one) { out.all.push_back(one.Text()); });
  } else {
    for (const GatedPair& pair : out.pairs) out.all.push_back(pair.name);
  }
  const std::set<std::string> all(out.all.begin(), out.all.end());
  if (all.size() != out.all.size()) root.Fail("has a pair twice");
  std::set<std::string> own;
  for (const GatedPair& pair : out.pairs) {
    if (!own.insert(pair.name).second) root.At("pairs").Fail("has a pair twice");
    if (!all.contains(pair.name)) {
      root.At("pairs").Fail("has '" + Printable(pair.name, 60) + "', which 'shard' does not list");
    }
  }
  // The fields in their order, so that they are written as they were read.
  const Json ordered = Json::parse(text);
  for (const Json& pair : ordered["pairs"]) out.whole.push_back(pair["report"].dump());
  return out;
}

std::vector<std::string> MissingPairs(const std::vector<GatePart>& parts) {
  FP_CHECK(!parts.empty());
  const auto places = PlacesOf(parts);
  std::vector<std::string> out;
  for (const std::string& name : parts.front().all) {
    if (!places.contains(name)) out.push_back(name);
  }
  return out;
}

MergedGate MergeGates(const std::vector<GatePart>& parts) {
  FP_CHECK(!parts.empty());
  const GatePart& first = parts.front();
  for (const GatePart& part : parts) CheckOneGate(part, first);
  const auto places = PlacesOf(parts);
  MergedGate out;
  std::vector<GatedPair> pairs;
  for (const std::string& name : first.all) {
    const auto found = places.find(name);
    if (found == places.end()) continue;
    pairs.push_back(found->second.part->pairs[found->second.at]);
    out.whole.push_back(found->second.part->whole[found->second.at]);
  }
  out.gate =
      ApplyWaivers(first.configuration, std::move(pairs), first.waivers, first.today, first.all);
  return out;
}

}  // namespace foldproof::reports
