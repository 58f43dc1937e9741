// SPDX-License-Identifier: BSD-3-Clause
#include "reports/held_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace foldproof::reports {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

Report ReportWith(double reachable_lsb, double share_over, double tolerance_lsb) {
  ReportedTail tail;
  tail.verdict = prove::Verdict::kWithin;
  tail.reachable.lsb = reachable_lsb;
  tail.reachable.share_over = share_over;
  tail.tolerance_lsb = tolerance_lsb;
  Report report;
  report.verdict = prove::Verdict::kWithin;
  report.sites.emplace_back();
  report.sites[0].tails = {tail};
  return report;
}

TEST(HeldText, NamesTheDomainInPlainWords) {
  EXPECT_EQ(HeldText("calibrated", 190.0),
            "for every input that clipped nothing before the fold; up to 190 LSB where something "
            "was clipped already");
  EXPECT_EQ(HeldText("calibrated", kInfinite),
            "for every input that clipped nothing before the fold; infinitely many LSB where "
            "something was clipped already");
  EXPECT_EQ(HeldText("observed", 3.0),
            "for what the given inputs produce; up to 3 LSB on other inputs");
  EXPECT_EQ(HeldText("reachable", std::nullopt),
            "for every input: no site moves by more than its tolerance");
}

TEST(HeldText, SaysWhatFloatsAreTakenToLieIn) {
  EXPECT_EQ(HeldText("calibrated", std::nullopt, {{-1, 2.5}}),
            "for every input: no site moves by more than its tolerance, where every float that a "
            "conv reads lies in [-1, 2.5]");
}

// "For every input" needs every accumulator of every tail within its tolerance.
TEST(HeldText, SaysForEveryInputOnlyWhereItIsSo) {
  EXPECT_EQ(BeyondTolerance(ReportWith(1, 0, 1)), std::nullopt);
  EXPECT_EQ(BeyondTolerance(ReportWith(1.5, 0.1, 1)), 1.5);
  EXPECT_EQ(BeyondTolerance(ReportWith(1, 0.1, 2)), 1.0);  // of a channel with a smaller tolerance
  EXPECT_EQ(BeyondTolerance(ReportWith(kInfinite, 0, 1)), kInfinite);
  Report rooted = ReportWith(1, 0, 1);
  rooted.sites[0].tails[0].reachable.lsb_root_step = 2;
  EXPECT_EQ(BeyondTolerance(rooted), 2.0);
}

}  // namespace
}  // namespace foldproof::reports
