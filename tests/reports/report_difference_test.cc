// SPDX-License-Identifier: BSD-3-Clause
#include "reports/report_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/report_reader.h"
#include "src/base/error.h"
#include "tests/reports/hostile_names.h"

namespace foldproof::reports::report_difference_test {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two sites; each has one tail of its own shape.
Json TwoSites() {
  Json json = Golden("hand_00_base");
  Json second = json["sites"][0];
  second["before_conv"] = second["after_conv"] = "conv2d_1";
  second["taps"] = second["taps"].get<int>() + 1;
  json["sites"].push_back(second);
  return json;
}

ReportDifference Diff(const Json& before, const Json& after) {
  return Compare(ParseReport(before.dump()), ParseReport(after.dump()));
}

Json& Tail(Json& report, int site = 0) { return report["sites"][site]["tails"][0]; }

void Verdict(Json& report, int site, const char* verdict, int exit_code) {
  report["sites"][site]["verdict"] = Tail(report, site)["verdict"] = verdict;
  report["verdict"] = verdict;
  report["exit_code"] = exit_code;
}

// The same with other names; operators are none.
Json Renamed(const std::string& name) {
  Json json = WithNames(TwoSites(), name);
  for (int site : {0, 1}) json["sites"][site]["op"] = TwoSites()["sites"][site]["op"];
  return json;
}

TEST(Difference, OfAReportToItselfIsNone) {
  for (const std::string& name : TellingNames()) {
    const ReportDifference same = Diff(Golden(name), Golden(name));
    EXPECT_THAT(same.changes, IsEmpty());
    EXPECT_GT(same.same, 0u);
    EXPECT_EQ(same.exit_code, 0);
  }
}

TEST(Difference, IgnoresNames) {
  EXPECT_THAT(Diff(TwoSites(), Renamed("renamed")).changes, IsEmpty());
}

TEST(Difference, AWorseVerdictIsWorse) {
  const std::vector<std::string> ranks{"equal", "within", "unproved", "differs"};
  for (std::size_t a = 0; a < ranks.size(); ++a) {
    for (std::size_t b = 0; b < ranks.size(); ++b) {
      Json before = TwoSites();
      Json after = TwoSites();
      Verdict(before, 1, ranks[a].c_str(), 0);
      Verdict(after, 1, ranks[b].c_str(), 0);
      const ReportDifference difference = Diff(before, after);
      EXPECT_EQ(difference.Count(Change::kWorse), b > a ? 1u : 0u) << ranks[a] << ranks[b];
      EXPECT_EQ(difference.Count(Change::kBetter), b < a ? 1u : 0u) << ranks[a] << ranks[b];
      EXPECT_EQ(difference.exit_code, b > a ? 1 : 0);
    }
  }
}

TEST(Difference, MoreLsbOnTheGateIsWorse) {
  Json after = TwoSites();
  Tail(after)["calibrated"]["lsb"] = 1 + 1e-8;
  EXPECT_EQ(Diff(TwoSites(), after).exit_code, 1);
  EXPECT_EQ(Diff(after, TwoSites()).Count(Change::kBetter), 1u);
  Tail(after)["calibrated"]["lsb"] = 1 + 1e-10;  // what another compiler may give
  EXPECT_THAT(Diff(TwoSites(), after).changes, IsEmpty());
  Tail(after)["calibrated"]["lsb"] = nullptr;
  EXPECT_EQ(Diff(TwoSites(), after).exit_code, 1);
  EXPECT_THAT(Diff(after, after).changes, IsEmpty());
  EXPECT_EQ(Diff(after, TwoSites()).exit_code, 0);
}

TEST(Difference, OnlyTheGateCounts) {
  Json after = TwoSites();
  Tail(after)["reachable"]["lsb"] = 1e6;
  EXPECT_THAT(Diff(TwoSites(), after).changes, IsEmpty());
  Json gate = TwoSites();
  gate["gate"]["domain"] = "reachable";
  after["gate"]["domain"] = "reachable";
  EXPECT_EQ(Diff(gate, after).exit_code, 1);
  EXPECT_THAT(Diff(gate, after).notes, IsEmpty());
  EXPECT_EQ(Diff(TwoSites(), after).notes.size(), 1u);
}

TEST(Difference, ALargerShareIsWorse) {
  Json before = TwoSites();
  Json after = TwoSites();
  Tail(before)["calibrated"]["share_over"] = 0.25;
  Tail(after)["calibrated"]["share_over"] = 0.5;
  EXPECT_EQ(Diff(before, after).exit_code, 1);
  EXPECT_EQ(Diff(after, before).exit_code, 0);
}

TEST(Difference, ANewSiteIsWrongWhereItDiffers) {
  const Json before = Golden("hand_00_base");
  for (const auto& [verdict, report_exit, exit_code] :
       std::vector<std::tuple<const char*, int, int>>{{"equal", 0, 0},
                                                      {"within", 0, 0},
                                                      {"unproved", 2, 2},
                                                      {"unproved", 0, 0},  // --allow-unproved
                                                      {"differs", 1, 1}}) {
    Json after = TwoSites();
    Verdict(after, 1, verdict, report_exit);
    const ReportDifference difference = Diff(before, after);
    ASSERT_EQ(difference.changes.size(), 1u);
    EXPECT_EQ(difference.changes[0].change, Change::kNew);
    EXPECT_EQ(difference.exit_code, exit_code) << verdict;
  }
}

TEST(Difference, ASiteThatIsGoneIsSaid) {
  const ReportDifference difference = Diff(TwoSites(), Golden("hand_00_base"));
  ASSERT_EQ(difference.changes.size(), 1u);
  EXPECT_EQ(difference.changes[0].change, Change::kGone);
  EXPECT_EQ(difference.changes[0].before->site, "conv2d_1");
  EXPECT_EQ(difference.exit_code, 0);
}

// A site that is equal by its number alone has no tails; one that is cut has.
TEST(Difference, ASiteWithoutTailsIsItsTails) {
  Json whole = TwoSites();
  whole["sites"][1]["tails"] = Json::array();
  whole["sites"][1]["verdict"] = "equal";
  const ReportDifference cut = Diff(whole, TwoSites());
  ASSERT_EQ(cut.changes.size(), 1u);
  EXPECT_EQ(cut.changes[0].change, Change::kWorse);
  EXPECT_EQ(cut.changes[0].why, "within, was equal");
  const ReportDifference joined = Diff(TwoSites(), whole);
  ASSERT_EQ(joined.changes.size(), 1u);
  EXPECT_EQ(joined.changes[0].change, Change::kBetter);
  EXPECT_EQ(joined.same, 1u);
}

TEST(Difference, ANewFaultOfStructureIsNewAndDiffers) {
  Json after = TwoSites();
  after["structure"].push_back({{"rule", "chain-survives"},
                                {"node", "div"},
                                {"op", "aten.div.Tensor"},
                                {"detail", "x"},
                                {"only_after", true}});
  EXPECT_EQ(Diff(TwoSites(), after).exit_code, 1);
  EXPECT_THAT(Diff(after, after).changes, IsEmpty());
  after["structure"][0]["only_after"] = false;  // before had it, too
  EXPECT_EQ(Diff(TwoSites(), after).exit_code, 0);
}

TEST(Difference, ObservedFiguresAreAskedFor) {
  Json after = TwoSites();
  after["gate"]["domain"] = "observed";
  for (int site : {0, 1}) Tail(after, site)["observed"] = Tail(after, site)["calibrated"];
  EXPECT_THROW(Diff(TwoSites(), after), Error);
  EXPECT_THAT(Diff(after, after).changes, IsEmpty());
}

TEST(Difference, WorseStandsFirstInTheTable) {
  Json before = TwoSites();
  Json after = TwoSites();
  Verdict(before, 0, "differs", 1);
  Verdict(after, 1, "differs", 1);
  const Report now = ParseReport(after.dump());
  const std::string table = DifferenceTable(Compare(ParseReport(before.dump()), now), now);
  EXPECT_THAT(table, testing::StartsWith("WORSE: 1 worse, 0 new, 1 better, 0 gone, 0 the same"));
  EXPECT_LT(table.find("  worse   conv2d_1"), table.find("  better  conv2d:"));
}

TEST(Difference, HostileNamesAreInertInTheTable) {
  for (const std::string& name : HostileNames()) {
    Json after = Renamed(name);
    Verdict(after, 1, "differs", 1);
    const Report now = ParseReport(after.dump());
    const std::string table = DifferenceTable(Compare(ParseReport(TwoSites().dump()), now), now);
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3) << table;
    EXPECT_EQ(table.find('\x1b'), std::string::npos);
    EXPECT_LT(table.size(), 1000u);
  }
}

}  // namespace
}  // namespace foldproof::reports::report_difference_test
