// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "fuzz/campaign.h"
#include "fuzz/campaign_merge.h"
#include "fuzz/campaign_report.h"
#include "fuzz/cause_shrinker.h"
#include "harness/passes/built_in_pass.h"
#include "src/base/error.h"

namespace foldproof::fuzz::shard_test {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kSeed = 5;
constexpr char kVersion[] = "0.1.0";

// Campaigns of an engine of ours, whole and in parts.
class Campaigns {
 public:
  Campaigns(fold::Policy policy, std::uint64_t first, std::uint64_t cases)
      : first_(first), cases_(cases) {
    fold_.policy = policy;
    make_ = [fold = fold_] { return std::make_unique<passes::BuiltInPass>(fold); };
  }

  CampaignOptions Options() const {
    CampaignOptions out;
    out.seed = kSeed;
    out.first = first_;
    out.cases = cases_;
    out.properties.saturation_is_known = fold_.policy == fold::Policy::kGuarded;
    return out;
  }

  WholeCampaign Whole() const {
    return {kSeed, first_, cases_, Family::kQatChain, Terms(), kVersion};
  }

  // The report of one process, without what it cost.
  std::string Report() const { return Told(CampaignReport(RunCampaign(make_, Options()), Run())); }

  // That of a shard, as it is written.
  std::string Shard(std::uint64_t i, std::uint64_t n, bool shrink_later = false) const {
    const CaseRange range = RangeOfShard(Whole(), i, n);
    CampaignOptions options = Options();
    options.first = range.begin;
    options.cases = range.end - range.begin;
    options.records = true;
    if (shrink_later) options.hurry = [] { return true; };
    const CampaignResult result = RunCampaign(make_, options);
    const CampaignPart part = PartOf(result, Whole(), range.shard);
    return CampaignReport(result, Run(), &part).dump();
  }

  std::vector<std::string> Shards(std::uint64_t n, bool shrink_later = false) const {
    std::vector<std::string> out;
    for (std::uint64_t i = 1; i <= n; ++i) out.push_back(Shard(i, n, shrink_later));
    return out;
  }

  // The merged report as it is written.
  std::string Merge(const std::vector<std::string>& reports) const {
    PartReports parts;
    for (std::size_t i = 0; i < reports.size(); ++i) parts.Add(NameOfReport(i), reports[i]);
    if (const auto whole = parts.Whole()) return whole->report;
    const CampaignPart part = parts.Union();
    const CampaignOptions options = Options();
    CauseShrinker shrinker(make_, options.properties, std::nullopt,
                           {kSeed, options.most_shrinks, {}, {}, {}});
    CauseOptions causes;
    causes.shrink = [&](const Finding& finding, std::uint64_t index) {
      ++shrunk_late_;
      return shrinker.Shrunk(shrinker.FindingOf(finding.rule, index), index);
    };
    const CampaignResult result = MergedResult(part, causes);
    return (MissingOf(part).empty() ? CampaignReport(result, Run())
                                    : PartialReport(result, Run(), part))
        .dump();
  }

  std::string Merged(const std::vector<std::string>& reports) const {
    return Told(Json::parse(Merge(reports)));
  }

  int shrunk_late() const { return shrunk_late_; }

  static std::string NameOfReport(std::size_t i) { return "shard" + std::to_string(i) + ".json"; }

 private:
  static std::string Told(Json report) {
    report.erase("run");
    return report.dump();
  }

  CampaignTerms Terms() const { return {passes::NameOfOptions(fold_), {}, {}, 2000, {}, {}}; }
  CampaignRun Run() const { return {{}, Terms(), "", 1, kVersion, "", 0}; }

  fold::FoldOptions fold_;
  passes::MakePass make_;
  std::uint64_t first_, cases_;
  mutable int shrunk_late_ = 0;
};

const Campaigns& Upstream() {
  static const Campaigns campaigns(fold::Policy::kUpstream, 0, 256);
  return campaigns;
}

const std::string& WholeUpstream() {
  static const std::string report = Upstream().Report();
  return report;
}

const std::vector<std::string>& ThreeOfUpstream() {
  static const std::vector<std::string> shards = Upstream().Shards(3);
  return shards;
}

TEST(RangeOfShard, EveryCaseIsOfOneShard) {
  for (const std::uint64_t cases : {0u, 1u, 5u, 256u, 20'000u}) {
    for (const std::uint64_t shards : {1u, 3u, 16u, 256u}) {
      const WholeCampaign campaign{1, 7, cases, Family::kQatChain, {}, ""};
      std::uint64_t at = 7;
      for (std::uint64_t i = 1; i <= shards; ++i) {
        const CaseRange range = RangeOfShard(campaign, i, shards);
        EXPECT_EQ(range.begin, at);
        EXPECT_LE(range.end - range.begin, cases / shards + 1);
        at = range.end;
      }
      EXPECT_EQ(at, 7 + cases);
    }
  }
  // 10^15 cases and 2^16 shards, whose product is above 2^64.
  const WholeCampaign large{1, 0, 1'000'000'000'000'000, Family::kQatChain, {}, ""};
  EXPECT_EQ(RangeOfShard(large, 65'535, 65'536).end, 999'984'741'210'937u);
}

TEST(Shards, MergedAreTheReportOfOneProcess) {
  EXPECT_EQ(Upstream().Merged({Upstream().Shard(1, 1)}), WholeUpstream());
  EXPECT_EQ(Upstream().Merged(ThreeOfUpstream()), WholeUpstream());
  // Each cause is told apart with few draws of other shards, and the rest is shrunk here.
  EXPECT_EQ(Upstream().Merged(Upstream().Shards(16, true)), WholeUpstream());
  EXPECT_GT(Upstream().shrunk_late(), 10);
}

TEST(Shards, OfOneCaseEachAreMergedInAnyOrderTwiceAndNested) {
  std::vector<std::string> shards = Upstream().Shards(256, true);
  std::mt19937 random(1);
  std::ranges::shuffle(shards, random);
  const auto middle = shards.begin() + 100;
  const std::string some = Upstream().Merge({shards.begin(), middle});
  // Some of them once more, in a report that is nested twice.
  const std::string more = Upstream().Merge({shards.begin() + 50, shards.begin() + 150});
  const std::string both = Upstream().Merge({more, some});
  std::vector<std::string> all{both, some};
  all.insert(all.end(), middle, shards.end());
  all.push_back(shards.front());
  EXPECT_EQ(Upstream().Merged(all), WholeUpstream());
}

TEST(Shards, OfTheEngineAndFromAnotherFirstCase) {
  const Campaigns repair(fold::Policy::kRepair, 1000, 100);
  const std::string whole = repair.Report();
  EXPECT_NE(whole, Campaigns(fold::Policy::kRepair, 1001, 100).Report());
  for (const std::uint64_t n : {1u, 3u, 16u, 128u})
    EXPECT_EQ(repair.Merged(repair.Shards(n)), whole);
}

TEST(Shards, OfSeveralNumbersAreMerged) {
  const Campaigns& c = Upstream();
  // 1/2 is 1/4 and 2/4; 3/4 is both 5/8 and 6/8.
  const std::vector<std::string> all{c.Shard(1, 2, true), c.Shard(2, 4, true), c.Shard(3, 4, true),
                                     c.Shard(5, 8, true), c.Shard(4, 4, true)};
  EXPECT_EQ(c.Merged(all), WholeUpstream());
}

TEST(Shards, MergingIsCommutativeAssociativeAndIdempotentOfSomeToo) {
  const std::vector<std::string>& s = ThreeOfUpstream();
  const Campaigns& c = Upstream();
  EXPECT_EQ(c.Merged({s[0], s[2]}), c.Merged({s[2], s[0], s[2]}));
  EXPECT_EQ(c.Merged({c.Merge({s[0], s[2]}), s[0]}), c.Merged({s[0], s[2]}));
  EXPECT_EQ(c.Merged({c.Merge({s[0], s[1]}), c.Merge({s[1], s[2]})}), WholeUpstream());
  EXPECT_NE(c.Merged({s[0], s[2]}), WholeUpstream());
}

// Of a campaign's only case nothing is known by the shard that did not have it.
TEST(Shards, WithoutACaseAreUnproved) {
  const Campaigns one(fold::Policy::kRepair, 0, 1);
  std::vector<std::string> verdicts;
  for (const std::string& shard : one.Shards(2)) {
    const auto partial = Json::parse(one.Merge({shard}));
    verdicts.push_back(partial["cases"].dump() + " " + partial["verdict"].get<std::string>());
  }
  EXPECT_THAT(verdicts, testing::UnorderedElementsAre("0 unproved", "1 within"));
}

TEST(Shards, WhatIsMissingIsTold) {
  const auto partial = Json::parse(
      Upstream().Merge({Upstream().Shard(2, 16, true), Upstream().Shard(16, 16, true)}));
  EXPECT_EQ(partial["missing"].size(), 14u);
  EXPECT_EQ(partial["missing"][1], (Json{{"begin", 32}, {"end", 48}, {"shard", "3/16"}}));
  EXPECT_EQ(partial["cases"], 32);
  const Json whole = Json::parse(WholeUpstream());
  EXPECT_FALSE(whole.contains("missing") || whole.contains("shard"));
}

TEST(Shards, AReportOfTheWholeHasThemAll) {
  const Campaigns& c = Upstream();
  Json whole = Json::parse(WholeUpstream());
  whole["run"] = {{"version", kVersion}};
  EXPECT_EQ(c.Merged({ThreeOfUpstream()[1], whole.dump(), whole.dump()}), WholeUpstream());
  Json other = whole;
  other["proved"] = 0;
  EXPECT_THROW(c.Merged({whole.dump(), other.dump()}), Error);
  other = whole;
  other["failures"][0]["case"] = "elsewhere/case";
  EXPECT_EQ(c.Merged({whole.dump(), other.dump()}), WholeUpstream());
}

std::string WhyRefused(const std::vector<std::string>& reports) {
  try {
    Upstream().Merge(reports);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput);
    return error.what();
  }
  return "";
}

TEST(Shards, OfAnotherCampaignAreRefusedByName) {
  const struct {
    std::vector<const char*> way;
    Json value;
    const char* why;
  } kCases[] = {
      {{"seed"}, 6, "the seed 6, where the other has 5"},
      {{"pass"}, "repair", "the pass repair, where the other has upstream"},
      {{"run", "version"}, "0.2.0", "the version 0.2.0"},
      {{"shard", "cases"}, 512, "the number of cases 512"},
      {{"options", "properties"}, Json::array({"saturation"}), "--properties saturation"},
      {{"options", "known"}, Json::array({"saturation"}), "--known saturation"},
      {{"options", "shrinks"}, 10, "--shrinks 10"},
      {{"options", "weights"}, "rescale", "--weights"},
      {{"options", "pass_timeout"}, 9, "--pass-timeout 9"},
  };
  for (const auto& one : kCases) {
    Json other = Json::parse(ThreeOfUpstream()[1]);
    Json* at = &other;
    for (const char* step : one.way) at = &(*at)[step];
    *at = one.value;
    const std::string why = WhyRefused({ThreeOfUpstream()[0], other.dump()});
    EXPECT_THAT(why, HasSubstr("shard1.json: is no part of the campaign of shard0.json"));
    EXPECT_THAT(why, HasSubstr(one.why));
  }
}

TEST(Shards, ThatContradictEachOtherAreRefused) {
  const std::string& shard = ThreeOfUpstream()[1];
  Json other = Json::parse(shard);
  other["shard"]["ranges"][0]["proved"] = other["shard"]["ranges"][0]["proved"].get<int>() + 1;
  other["shard"]["ranges"][0]["refused"] = other["shard"]["ranges"][0]["refused"].get<int>() - 1;
  EXPECT_THAT(WhyRefused({shard, other.dump()}),
              HasSubstr("says something else of cases 85 to 169"));
  other = Json::parse(shard);
  other["shard"]["failing"].erase(0);
  other["shard"]["shrunk"] = Json::array();
  Json& range = other["shard"]["ranges"][0];
  const std::string cases = Json::parse(shard)["shard"]["failing"][0]["cases"];
  const auto lost = 1 + std::ranges::count(cases, ' ');
  range["failed"] = range["failed"].get<int>() - lost;
  range["proved"] = range["proved"].get<int>() + lost;
  EXPECT_THAT(WhyRefused({shard, other.dump()}), HasSubstr("says something else"));
  other = Json::parse(shard);
  other["shard"]["shrunk"][0]["detail"] = "something else";
  EXPECT_THAT(WhyRefused({shard, other.dump()}), HasSubstr("to another program"));
  // 1/3 ends at 85, within 2/4 of 64 to 127.
  EXPECT_THAT(WhyRefused({Upstream().Shard(1, 3, true), Upstream().Shard(2, 4, true)}),
              HasSubstr("has some and not all"));
}

TEST(Shards, ThatAreHalfWrittenOrForgedAreRefused) {
  const std::string& shard = ThreeOfUpstream()[1];
  PartReports parts;
  EXPECT_THROW(parts.Add("x", shard.substr(0, shard.size() / 2)), Error);
  const auto refused = [&](auto&& change) {
    Json other = Json::parse(shard);
    change(other["shard"]);
    try {
      PartReports().Add("x", other.dump());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Error::Code::kInput);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refused([](Json&) {}), "");
  EXPECT_THAT(refused([](Json& s) { s["ranges"][0]["end"] = 85; }), HasSubstr("end"));
  EXPECT_THAT(refused([](Json& s) { s["ranges"][0]["end"] = 300; }), HasSubstr("fewer cases"));
  EXPECT_THAT(refused([](Json& s) { s["ranges"][0]["failed"] = 3000; }), HasSubstr("more cases"));
  EXPECT_THAT(refused([](Json& s) { s["ranges"][0]["choices"] = "1 2"; }), HasSubstr("choices"));
  EXPECT_THAT(refused([](Json& s) { s["ranges"].push_back(s["ranges"][0]); }),
              HasSubstr("behind the one before"));
  EXPECT_THAT(refused([](Json& s) { s["cases"] = 100; }), HasSubstr("within the campaign's cases"));
  EXPECT_THAT(refused([](Json& s) { s["failing"][0]["cases"] = "84"; }), HasSubstr("no range"));
  EXPECT_THAT(refused([](Json& s) { s["failing"][0]["cases"] = "90 0"; }), HasSubstr("rise"));
  EXPECT_THAT(refused([](Json& s) { s["failing"][0]["cases"] = "90  1"; }), HasSubstr("spaces"));
  EXPECT_THAT(refused([](Json& s) { s["failing"][0]["cases"] = "-1"; }), HasSubstr("spaces"));
  EXPECT_THAT(refused([](Json& s) { s["failing"][0]["cases"] = ""; }),
              HasSubstr("rules and cases"));
  EXPECT_THAT(refused([](Json& s) { s["failing"].push_back(s["failing"][0]); }),
              HasSubstr("a second time"));
  EXPECT_THAT(refused([](Json& s) { s["shrunk"][0]["first"] = 84; }),
              HasSubstr("no case that fails"));
  EXPECT_THAT(refused([](Json& s) { s["shrunk"][0]["rule"] = "no-rule-of-it"; }),
              HasSubstr("none that the case fails by"));
  EXPECT_THAT(refused([](Json& s) { s["shrunk"].push_back(s["shrunk"][0]); }),
              HasSubstr("a second time"));
  EXPECT_THAT(refused([](Json& s) { s["failing"].erase(0), s["shrunk"] = Json::array(); }),
              HasSubstr("failed"));
  EXPECT_THAT(refused([](Json& s) { s["ranges"][0]["shard"] = "2/3\n"; }), HasSubstr("I/N"));
  EXPECT_THAT(refused([](Json& s) { s["ranges"][0]["shard"] = "1/65537"; }), HasSubstr("I/N"));
  EXPECT_THAT(refused([](Json& s) { s["pairs"] = "xyz"; }), HasSubstr("hexadecimal"));
  EXPECT_THAT(refused([](Json& s) { std::ranges::fill(s["pairs"].get_ref<std::string&>(), '0'); }),
              HasSubstr("lacks pairs of a choice that was drawn"));
  EXPECT_THAT(refused([](Json& s) { std::ranges::fill(s["pairs"].get_ref<std::string&>(), 'f'); }),
              HasSubstr("has a pair that no block draws"));
  EXPECT_THAT(refused([](Json& s) {
                std::string& choices = s["ranges"][0]["choices"].get_ref<std::string&>();
                choices = "1" + choices;
              }),
              HasSubstr("choices of"));
}

// A report of the whole campaign is believed as it stands, so it has to be of one piece.
TEST(Shards, AWholeReportThatContradictsItselfOrItsPartsIsRefused) {
  Json whole = Json::parse(WholeUpstream());
  whole["run"] = {{"version", kVersion}};
  const auto refused = [&](auto&& change) {
    Json other = whole;
    change(other);
    return WhyRefused({other.dump(), ThreeOfUpstream()[1]});
  };
  EXPECT_EQ(refused([](Json&) {}), "");
  EXPECT_THAT(refused([](Json& w) { w["proved"] = 0; }), HasSubstr("is not the sum"));
  EXPECT_THAT(refused([](Json& w) { w["exit_code"] = 0; }),
              HasSubstr("not what the cases came to"));
  EXPECT_THAT(refused([](Json& w) { w["verdict"] = "within"; }), HasSubstr("verdict"));
  EXPECT_THAT(refused([](Json& w) { w["coverage"]["dimensions"][3]["choices"][0]["count"] = 0; }),
              HasSubstr("dimensions[3]"));
  EXPECT_THAT(refused([](Json& w) {
                w["refused"] = w["refused"].get<int>() + w["failed"].get<int>();
                w["failed"] = 0;
                w["failures"] = Json::array();
                w["exit_code"] = 0;
                w["verdict"] = "within";
              }),
              HasSubstr("than its parts do"));
}

}  // namespace
}  // namespace foldproof::fuzz::shard_test
