// SPDX-License-Identifier: BSD-3-Clause
#include "reports/gate.h"

#include <gtest/gtest.h>

#include "reports/report_reader.h"
#include "tests/reports/hostile_names.h"

namespace foldproof::reports {
namespace {

// The recorded report, which differs by saturation alone.
GatedPair Saturated(const std::function<void(nlohmann::json&)>& change = [](nlohmann::json&) {}) {
  nlohmann::json report = Golden("default_conv2d_nobias");
  change(report);
  return {"pair", ParseReport(report.dump()), ""};
}

Gate Judged(GatedPair pair, std::vector<Waiver> waivers = {}) {
  return ApplyWaivers({"foldproof.toml", ""}, {std::move(pair)}, std::move(waivers), "2027-01-31");
}

const Waiver kSaturation{"*", "saturation", "", "known", "2027-01-31"};
const Waiver kUnproved{"*", "unproved", "", "known", "2027-01-31"};

void AddUnprovedPart(nlohmann::json& report) {
  report["unproved"].push_back({{"node", "conv2d_7"}, {"reason", "its weights are not constant"}});
}

TEST(ApplyWaivers, WhatIsUnprovedStaysWhereWhatDiffersIsWaived) {
  EXPECT_EQ(Judged(Saturated(AddUnprovedPart)).pairs[0].status, PairStatus::kDiffers);
  EXPECT_EQ(Judged(Saturated(AddUnprovedPart), {kUnproved}).pairs[0].status, PairStatus::kDiffers);
  const Gate left = Judged(Saturated(AddUnprovedPart), {kSaturation});
  EXPECT_EQ(left.pairs[0].status, PairStatus::kUnproved);
  EXPECT_EQ(left.exit_code, 2);
  GatedPair allowing = Saturated(AddUnprovedPart);
  allowing.allow_unproved = true;
  EXPECT_EQ(Judged(allowing, {kSaturation}).pairs[0].status, PairStatus::kWaived);
  EXPECT_EQ(Judged(Saturated(AddUnprovedPart), {kSaturation, kUnproved}).exit_code, 0);
}

TEST(ApplyWaivers, ReachNoVerdictThatHasNoFinding) {
  const auto silent = [](nlohmann::json& report) {
    report["sites"][0]["tails"][0]["verdict"] = "within";
    report["structure"].push_back({{"rule", "bias-length"},
                                   {"node", "conv2d"},
                                   {"op", "aten.conv2d.default"},
                                   {"detail", ""},
                                   {"only_after", true}});
  };
  const Waiver length{"*", "bias-length", "", "known", "2027-01-31"};
  EXPECT_EQ(Judged(Saturated(silent), {length}).pairs[0].status, PairStatus::kDiffers);
}

// What it waives is a finding of that report, by the same fingerprint.
TEST(ApplyWaivers, MarkTheFindingsOfTheReport) {
  const Gate gate = Judged(Saturated(), {kSaturation});
  for (const Finding& finding : FindingsOf(*gate.pairs[0].report)) {
    EXPECT_EQ(finding.waived.has_value(), finding.level == Level::kError);
    if (!finding.waived) continue;
    EXPECT_EQ(WaivedText(*finding.waived), "waived until 2027-01-31: known");
  }
  EXPECT_EQ(gate.standing[0].needed_by, std::vector<std::string>{"pair"});
}

}  // namespace
}  // namespace foldproof::reports
