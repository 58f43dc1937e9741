// SPDX-License-Identifier: BSD-3-Clause
//
// `foldproof report` as its caller meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli::report_test {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kReport = "golden/reports/default_conv2d_nobias.json";
const std::vector<std::string> kFormats{"junit", "sarif", "markdown", "github"};

TEST(Report, GoesToStandardOutputOrToAFile) {
  for (const std::string& format : kFormats) {
    const Scratch scratch;
    const Ran shown = RunFoldproof({"report", kReport, "--to", format});
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("saturation"));
    const Ran written = RunFoldproof({"report", kReport, "--to", format, "-o", scratch / "out"});
    EXPECT_EQ(written.code, 0);
    EXPECT_THAT(written.out, IsEmpty());
    EXPECT_EQ(ReadText(scratch / "out"), shown.out);
  }
}

// A report of today, with its block "run", as well as a recorded one without.
TEST(Report, ReadsWhatVerifyWrites) {
  const Scratch scratch;
  RunFoldproof({"verify", "golden/pt2/default_conv2d_nobias.before.pt2", "--fold", "upstream",
                "--quiet", "--json", scratch / "report.json"});
  const Ran ran = RunFoldproof({"report", scratch / "report.json", "--to", "markdown"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Repeat it: foldproof verify golden/pt2/default_conv2d_nobias"));
  EXPECT_THAT(ran.out, HasSubstr("DIFFERS"));
}

TEST(Report, TakesSeveral) {
  const Ran ran =
      RunFoldproof({"report", kReport, "golden/reports/hand_00_base.json", "--to", "junit"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("hand_00_base.after.pt2"));
  EXPECT_THAT(ran.out, HasSubstr("default_conv2d_nobias.after.pt2"));
}

TEST(Report, AnUnusableFileIsSaidInTheDocumentAndByTheExitCode) {
  const Scratch scratch;
  std::ofstream(scratch / "half.json")
      << ReadText(std::string(tests::kSourceFolder) + "/" + kReport).substr(0, 1000);
  for (const std::string& bad :
       {scratch / "half.json", scratch / "none.json", std::string("golden/pt2"),
        std::string("golden/pt2/hand_00_base.before.pt2")}) {
    for (const std::string& format : kFormats) {
      const Ran ran = RunFoldproof({"report", bad, kReport, "--to", format, "-o", scratch / "out"});
      ExpectOneLineError(ran, 3);
      EXPECT_THAT(ran.err, HasSubstr(bad));
      EXPECT_THAT(ReadText(scratch / "out"), HasSubstr("saturation"));
      std::filesystem::remove(scratch / "out");
    }
    const Ran junit = RunFoldproof({"report", bad, "--to", "junit"});
    EXPECT_EQ(junit.code, 3);
    EXPECT_THAT(junit.out, HasSubstr("errors=\"1\""));
  }
}

// As the build has d3 or not.
bool NoPages() {
  const Ran ran = RunFoldproof({"report", kReport, "--to", "html"});
  if (ran.code == 0) return false;
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("node-d3"));
  return true;
}

TEST(Report, APageIsAFileOfItsOwn) {
  if (NoPages()) GTEST_SKIP() << "built without d3 (Debian: node-d3)";
  const Scratch scratch;
  const Ran ran = RunFoldproof({"report", kReport, "--to", "html", "-o", scratch / "out.html"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const std::string page = ReadText(scratch / "out.html");
  EXPECT_THAT(page, StartsWith("<!doctype html>"));
  EXPECT_THAT(page, HasSubstr("saturation"));
  const Ran broken = RunFoldproof(
      {"report", scratch / "none.json", kReport, "--to", "html", "-o", scratch / "both.html"});
  ExpectOneLineError(broken, 3);
  EXPECT_THAT(ReadText(scratch / "both.html"), HasSubstr("cannot be read"));
  EXPECT_THAT(ReadText(scratch / "both.html"), HasSubstr("saturation"));
}

// The page of verify is that of its report, and asks nothing of the report that is beside it.
TEST(Report, VerifyWritesThePageInOneGo) {
  if (NoPages()) GTEST_SKIP() << "built without d3 (Debian: node-d3)";
  const Scratch scratch;
  const std::vector<std::string> pair{"golden/pt2/default_conv2d_nobias.before.pt2",
                                      "golden/pt2/default_conv2d_nobias.after.pt2"};
  const Ran ran = RunFoldproof({"verify", pair[0], pair[1], "--quiet", "--html", scratch / "v.html",
                                "--json", scratch / "v.json"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ReadText(scratch / "v.html"), HasSubstr("\"picture\":{"));
  EXPECT_FALSE(Json::parse(ReadText(scratch / "v.json")).contains("graphs"));
  RunFoldproof(
      {"verify", pair[0], pair[1], "--quiet", "--curves", "2", "--json", scratch / "c.json"});
  const Json curves = Json::parse(ReadText(scratch / "c.json"));
  EXPECT_TRUE(curves.contains("graphs"));
  EXPECT_EQ(curves["sites"][0]["tails"][0]["picture"]["curves"].size(), 2u);
  ExpectOneLineError(
      RunFoldproof({"verify", pair[0], pair[1], "--quiet", "--html", scratch / "no/such/v.html"}),
      4);
}

TEST(Report, AReportOfAFoldIsSaidToJudgeNothing) {
  const Scratch scratch;
  RunFoldproof({"fold", "golden/pt2/default_conv2d_nobias.before.pt2", "-o", scratch / "out.pt2",
                "--json", scratch / "fold.json", "--quiet"});
  const Ran ran =
      RunFoldproof({"report", scratch / "fold.json", "--to", "sarif", "-o", scratch / "s"});
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("judges no sites"));
}

TEST(Report, AWrongCommandLineIsUnusable) {
  ExpectOneLineError(RunFoldproof({"report"}), 3);
  ExpectOneLineError(RunFoldproof({"report", kReport}), 3);
  ExpectOneLineError(RunFoldproof({"report", kReport, "--to", "pdf"}), 3);
}

TEST(Report, SaysHowToRepeatIt) {
  const Scratch scratch;
  const std::vector<std::string> line{"verify",          "golden/pt2/hand_00_base.before.pt2",
                                      "--fold",          "repair",
                                      "--quiet",         "--json",
                                      scratch / "r.json"};
  RunFoldproof(line);
  const Json command = Json::parse(ReadText(scratch / "r.json"))["run"]["command"];
  ASSERT_EQ(command.size(), line.size() + 1);
  EXPECT_EQ(command[0], "foldproof");
  for (std::size_t i = 0; i < line.size(); ++i) EXPECT_EQ(command[i + 1], line[i]);
}

// A file's name need not be UTF-8; JSON has to be.
TEST(Report, ANameThatIsNoTextIsReplacedInJson) {
  const Scratch scratch;
  std::filesystem::copy_file(
      std::string(tests::kSourceFolder) + "/golden/pt2/hand_00_base.before.pt2",
      scratch / "\xff.pt2");
  const Ran ran = RunFoldproof({"verify", scratch / "\xff.pt2", scratch / "\xff.pt2", "--quiet",
                                "--json", scratch / "r.json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(Json::parse(ReadText(scratch / "r.json"))["before"]["file"].get<std::string>(),
              testing::EndsWith("\xef\xbf\xbd.pt2"));
}

TEST(ReportDiff, IsAGate) {
  const Scratch scratch;
  const std::string good = "golden/reports/default_conv2d_bias_relu.json";
  const Ran worse = RunFoldproof({"report", "diff", good, kReport, "--json", scratch / "d.json"});
  EXPECT_EQ(worse.code, 1) << worse.err;
  EXPECT_THAT(worse.out, StartsWith("WORSE: 1 worse"));
  const Json json = Json::parse(ReadText(scratch / "d.json"));
  EXPECT_EQ(json["counts"]["worse"], 1);
  EXPECT_EQ(json["changes"][0]["why"], "differs, was within");
  EXPECT_EQ(RunFoldproof({"report", "diff", kReport, good}).code, 0);
  const Ran same = RunFoldproof({"report", "diff", kReport, kReport});
  EXPECT_EQ(same.code, 0);
  EXPECT_THAT(same.out, StartsWith("SAME"));
}

TEST(ReportDiff, AnUnusableReportIsNoPass) {
  const Scratch scratch;
  for (const auto& [before, after] :
       {std::pair{kReport, scratch / "none.json"}, {scratch / "none.json", kReport}}) {
    const Ran ran = RunFoldproof({"report", "diff", before, after, "--json", scratch / "d.json"});
    ExpectOneLineError(ran, 3);
    EXPECT_EQ(scratch.count(), 0u);
  }
  ExpectOneLineError(RunFoldproof({"report", "diff", kReport}), 3);
}

}  // namespace
}  // namespace foldproof::cli::report_test
