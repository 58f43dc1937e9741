// SPDX-License-Identifier: BSD-3-Clause
#include "reports/compare_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "reports/compare_summary.h"

namespace foldproof::reports {
namespace {

using ::testing::HasSubstr;

// One site of one tail with one channel, proved within 2 LSB, of which a run showed `lsb`.
verify::Compared Seen(double lsb) {
  verify::Compared compared;
  compared.executors = {"integer"};
  compare::Comparison& out = compared.comparison;
  prove::TailVerdict tail;
  tail.place = "output 0";
  tail.verdict = prove::Verdict::kWithin;
  tail.channels.resize(1);
  tail.channels[0].reachable.lsb = 2;
  tail.channels[0].reachable.accumulator = 7;
  prove::SiteVerdict site;
  site.before_conv = site.after_conv = "conv2d";
  site.channels = 1;
  site.verdict = prove::Verdict::kWithin;
  site.reach.resize(1);
  site.tails.push_back(tail);
  out.proof.verification.sites.push_back(site);
  out.proof.verification.verdict = out.verdict = prove::Verdict::kWithin;
  compare::TailObservation seen;
  seen.runs = 1;
  seen.channels.resize(1);
  seen.channels[0].lsb.Add(0, 3);
  seen.channels[0].lsb.Add(lsb);
  out.sites.push_back({seen});
  return compared;
}

nlohmann::ordered_json ReportOf(const verify::Compared& compared) {
  return CompareReport(compared, {});
}

TEST(CompareReport, PutsWhatWasSeenBesideWhatIsProved) {
  const auto tail = ReportOf(Seen(1))["sites"][0]["tails"][0];
  EXPECT_EQ(tail["reachable"]["lsb"], 2.0);
  EXPECT_EQ(tail["channels"][0]["reachable"]["lsb"], 2.0);
  EXPECT_EQ(tail["observed"]["lsb"], 1.0);
  EXPECT_EQ(tail["observed"]["mean"], 0.25);
  EXPECT_EQ(tail["observed"]["elements"], 4);
  EXPECT_EQ(tail["observed"]["saturated_before"], nullptr);  // no quantizer
  EXPECT_EQ(tail["channels"][0]["observed"]["lsb"], 1.0);
}

TEST(CompareReport, WhatIsInfiniteIsNull) {
  const auto observed =
      ReportOf(Seen(std::numeric_limits<double>::infinity()))["sites"][0]["tails"][0]["observed"];
  EXPECT_EQ(observed["lsb"], nullptr);
  EXPECT_EQ(observed["mean"], nullptr);
  EXPECT_EQ(observed["p50"], 0.0);
  EXPECT_EQ(observed["histogram"][1]["up_to"], nullptr);
  EXPECT_EQ(observed["histogram"][1]["count"], 1);
}

TEST(CompareReport, SaysWhyATailWasNotSeen) {
  verify::Compared compared = Seen(1);
  compare::Comparison& comparison = compared.comparison;
  comparison.sites[0][0].why_not = "its element type is not read here";
  const auto tail = ReportOf(compared)["sites"][0]["tails"][0];
  EXPECT_EQ(tail["observed"], nullptr);
  EXPECT_EQ(tail["not_observed"], "its element type is not read here");
}

TEST(CompareReport, AContradictionIsLoud) {
  verify::Compared compared = Seen(3);
  compare::Comparison& comparison = compared.comparison;
  comparison.verdict = prove::Verdict::kDiffers;
  comparison.findings.push_back({"observed-over-proved", "conv2d", "output 0", 17, 0, -1234, 3, 2});
  const auto report = ReportOf(compared);
  EXPECT_EQ(report["verdict"], "differs");
  EXPECT_EQ(report["proved_verdict"], "within");
  EXPECT_EQ(report["contradiction"]["site"], "conv2d");
  EXPECT_EQ(report["contradiction"]["run"], 17);
  EXPECT_EQ(report["contradiction"]["accumulator"], -1234);
  EXPECT_THAT(CompareSummary(compared, prove::Domain::kCalibrated),
              HasSubstr("CONTRADICTION (observed-over-proved) at conv2d, output 0: run 17, channel "
                        "0, accumulator -1234 differs by 3 LSB, and the proof says at most 2"));
}

// Growth begins at the first node that differs; what is equal behind it stays.
TEST(CompareReport, GrowthBeginsWhereTheyPart) {
  verify::Compared compared = Seen(1);
  compare::Comparison& comparison = compared.comparison;
  const auto node = [](const char* name, std::int64_t differing) {
    compare::NodeDistance out;
    out.node = name;
    out.elements = 4;
    out.differing = differing;
    out.lsb_max = differing > 0 ? 5 : 0;
    out.run = 2;
    return out;
  };
  comparison.nodes = {node("a", 0), node("b", 1), node("c", 0)};
  const auto report = ReportOf(compared);
  EXPECT_EQ(report["first_divergence"],
            nlohmann::ordered_json({{"node", "b"}, {"run", 2}, {"lsb", 5.0}}));
  ASSERT_EQ(report["growth"].size(), 2u);
  EXPECT_EQ(report["growth"][0]["share_differing"], 0.25);
  EXPECT_EQ(report["growth"][1]["node"], "c");
}

}  // namespace
}  // namespace foldproof::reports
