// SPDX-License-Identifier: BSD-3-Clause
#include "reports/report_of.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "reports/findings.h"
#include "reports/json_report.h"
#include "reports/report_reader.h"
#include "tests/paths.h"

namespace foldproof::reports {
namespace {

void ExpectSame(const ReportedFigures& a, const ReportedFigures& b) {
  EXPECT_EQ(a.lsb, b.lsb);
  EXPECT_EQ(a.channel, b.channel);
  EXPECT_EQ(a.accumulator, b.accumulator);
  EXPECT_EQ(a.share_over, b.share_over);
}

void ExpectSame(const ReportedTail& a, const ReportedTail& b) {
  EXPECT_EQ(a.output, b.output);
  EXPECT_EQ(a.place, b.place);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.tolerance_lsb, b.tolerance_lsb);
  EXPECT_EQ(a.derived_lsb, b.derived_lsb);
  ExpectSame(a.reachable, b.reachable);
  ExpectSame(a.calibrated, b.calibrated);
  EXPECT_EQ(a.observed.has_value(), b.observed.has_value());
  ASSERT_EQ(a.causes.size(), b.causes.size());
  for (std::size_t i = 0; i < a.causes.size(); ++i) {
    EXPECT_EQ(a.causes[i].rule, b.causes[i].rule);
    EXPECT_EQ(a.causes[i].node, b.causes[i].node);
    EXPECT_EQ(a.causes[i].channels, b.causes[i].channels);
    EXPECT_EQ(a.causes[i].share, b.causes[i].share);
    EXPECT_EQ(a.causes[i].detail, b.causes[i].detail);
  }
  ASSERT_EQ(a.witness.has_value(), b.witness.has_value());
  if (!a.witness) return;
  EXPECT_EQ(a.witness->level, b.witness->level);
  EXPECT_EQ(a.witness->channel, b.witness->channel);
  EXPECT_EQ(a.witness->accumulator, b.witness->accumulator);
  EXPECT_EQ(a.witness->claimed_lsb, b.witness->claimed_lsb);
  EXPECT_EQ(a.witness->file, b.witness->file);
  EXPECT_EQ(a.witness->confirmed, b.witness->confirmed);
}

void ExpectSame(const ReportedSite& a, const ReportedSite& b) {
  EXPECT_EQ(a.before_conv, b.before_conv);
  EXPECT_EQ(a.after_conv, b.after_conv);
  EXPECT_EQ(a.op, b.op);
  EXPECT_EQ(a.channels, b.channels);
  EXPECT_EQ(a.taps, b.taps);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.reason, b.reason);
  ASSERT_EQ(a.tails.size(), b.tails.size());
  for (std::size_t i = 0; i < a.tails.size(); ++i) ExpectSame(a.tails[i], b.tails[i]);
}

void ExpectSame(const Report& a, const Report& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.exit_code, b.exit_code);
  EXPECT_EQ(a.gate.domain, b.gate.domain);
  EXPECT_EQ(a.gate.semantics, b.gate.semantics);
  EXPECT_EQ(a.gate.tolerance_lsb, b.gate.tolerance_lsb);
  EXPECT_EQ(a.before_file, b.before_file);
  EXPECT_EQ(a.after_file, b.after_file);
  EXPECT_EQ(a.before_sha256, b.before_sha256);
  EXPECT_EQ(a.provisos, b.provisos);
  EXPECT_EQ(a.notes, b.notes);
  ASSERT_EQ(a.structure.size(), b.structure.size());
  for (std::size_t i = 0; i < a.structure.size(); ++i) {
    EXPECT_EQ(a.structure[i].rule, b.structure[i].rule);
    EXPECT_EQ(a.structure[i].node, b.structure[i].node);
    EXPECT_EQ(a.structure[i].op, b.structure[i].op);
    EXPECT_EQ(a.structure[i].detail, b.structure[i].detail);
    EXPECT_EQ(a.structure[i].only_after, b.structure[i].only_after);
  }
  ASSERT_EQ(a.unproved.size(), b.unproved.size());
  for (std::size_t i = 0; i < a.unproved.size(); ++i) {
    EXPECT_EQ(a.unproved[i].node, b.unproved[i].node);
    EXPECT_EQ(a.unproved[i].reason, b.unproved[i].reason);
  }
  ASSERT_EQ(a.sites.size(), b.sites.size());
  for (std::size_t i = 0; i < a.sites.size(); ++i) ExpectSame(a.sites[i], b.sites[i]);
}

// The gate judges values, and others the JSON that it writes of them: both say the same. The pairs
// differ by infinitely many LSB, by a witness, not at all, and in their structure.
TEST(ReportOf, SaysWhatTheReportSaysThatIsReadBack) {
  const std::string folder = std::string(tests::kSourceFolder) + "/golden/pt2/";
  int judged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string before = entry.path().string();
    const std::size_t stem = before.rfind("before.pt2");
    if (stem == std::string::npos || entry.file_size() > 60'000) continue;
    const std::string after = before.substr(0, stem) + "after.pt2";
    if (!std::filesystem::exists(after)) continue;
    SCOPED_TRACE(before);
    const verify::Verified verified =
        verify::Verify(before, verify::AfterFile{after}, {}, [] { return 0.0; });
    nlohmann::ordered_json report = VerifyReport(verified, {});
    std::string pieces;
    EXPECT_TRUE(VerifyReportPieces(verified, {}, Shows::kVerdicts)([&](std::string_view piece) {
      pieces += piece;
      return true;
    }));
    EXPECT_EQ(pieces, Written(report));
    EraseCost(report);
    ExpectSame(ReportOf(verified), ParseReport(Written(report)));
    ++judged;
  }
  EXPECT_GE(judged, 10);
}

}  // namespace
}  // namespace foldproof::reports
