// SPDX-License-Identifier: BSD-3-Clause
//
// `foldproof golden`, and the folder golden/ held to it: every report there is what the program
// says of its pair today. After a change that is meant to change one, `foldproof golden check
// golden` shows what, and `foldproof golden update golden` accepts it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const fs::path kGolden = fs::path(tests::kSourceFolder) / "golden";

std::set<fs::path> FilesOf(const fs::path& folder, const std::string& extension) {
  std::set<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) out.insert(entry.path());
  }
  return out;
}

TEST(Golden, EveryPairHasItsReport) {
  std::set<std::string> pairs;
  const std::regex before(R"((.*)[._]before\.pt2)");
  for (const fs::path& file : FilesOf(kGolden / "pt2", ".pt2")) {
    const std::string name = file.filename().string();
    std::smatch match;
    if (!std::regex_match(name, match, before)) continue;
    const std::string stem = name.substr(0, name.size() - std::string("before.pt2").size());
    if (fs::exists(file.parent_path() / (stem + "after.pt2"))) pairs.insert(match[1]);
  }
  std::set<std::string> reports;
  for (const fs::path& file : FilesOf(kGolden / "reports", ".json")) reports.insert(file.stem());
  EXPECT_EQ(pairs, reports) << "golden.toml has all pairs, golden update their reports";
  EXPECT_GT(pairs.size(), 15u);
}

TEST(Golden, ReportsAreAsExpected) {
  for (const char* threads : {"1", "2"}) {
    const Ran ran = RunFoldproof({"golden", "check", "golden", "--threads", threads});
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    EXPECT_THAT(ran.out, testing::StartsWith("SAME: of 23 reports 23 same"));
  }
}

// The choice covers what a verdict can be, and the causes that users meet.
TEST(Golden, CoverEveryVerdictAndTheUsualCauses) {
  std::set<std::string> verdicts, rules;
  for (const fs::path& file : FilesOf(kGolden / "reports", ".json")) {
    const Json report = Json::parse(ReadText(file));
    verdicts.insert(report.at("verdict"));
    for (const Json& finding : report.at("structure")) rules.insert(finding.at("rule"));
    for (const Json& site : report.at("sites")) {
      for (const Json& tail : site.at("tails")) {
        for (const Json& cause : tail.at("causes")) rules.insert(cause.at("rule"));
      }
    }
  }
  EXPECT_THAT(verdicts, testing::ElementsAre("differs", "equal", "unproved", "within"));
  EXPECT_THAT(rules, testing::IsSupersetOf(
                         {"saturation", "eps-mismatch", "bias-wrap", "undefined-before"}));
}

// A golden folder of two pairs of the repository's, to be broken.
class GoldenFolder {
 public:
  GoldenFolder() {
    fs::create_directory(scratch_ / "reports");
    for (const char* name : {"hand_00_base", "default_conv2d_nobias"}) {
      fs::copy(kGolden / "reports" / (std::string(name) + ".json"), Report(name));
      for (const char* side : {".before.pt2", ".after.pt2"})
        fs::copy(kGolden / "pt2" / (std::string(name) + side),
                 scratch_ / (std::string(name) + side));
      pairs_ += "[[pair]]\nname = \"" + std::string(name) + "\"\nbefore = \"" + name +
                ".before.pt2\"\nafter = \"" + name + ".after.pt2\"\n";
    }
    Configure("");
    // The reports that the repository keeps have other paths; everything else is as it should be.
    EXPECT_EQ(Run("update").code, 0);
  }

  void Configure(const std::string& more) {
    std::ofstream(scratch_ / "golden.toml") << pairs_ << more;
  }
  std::string Report(const std::string& name) const {
    return scratch_ / ("reports/" + name + ".json");
  }
  Json Read(const std::string& name) const { return Json::parse(ReadText(Report(name))); }
  void Write(const std::string& name, const Json& report) const {
    std::ofstream(Report(name)) << report.dump(1) << "\n";
  }
  std::string File(const std::string& name) const { return scratch_ / name; }
  Ran Run(const std::string& verb, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"golden", verb, scratch_ / ""};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunFoldproof(arguments);
  }

 private:
  Scratch scratch_;
  std::string pairs_;
};

TEST(GoldenCheck, SaysWhatChangedWhereAndByHowMuch) {
  const GoldenFolder golden;
  EXPECT_EQ(golden.Run("check").code, 0);
  Json report = golden.Read("hand_00_base");
  report["verdict"] = "equal";
  report["sites"][0]["verdict"] = "equal";
  report["sites"][0]["tails"][0]["verdict"] = "equal";
  report["sites"][0]["tails"][0]["calibrated"]["lsb"] = 0.25;
  report["sites"][0]["tails"][0]["channels"][3]["reachable"]["lsb"] = 7.5;
  golden.Write("hand_00_base", report);
  const Ran ran = golden.Run("check", {"--json", golden.File("out.json")});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("CHANGED hand_00_base: within, was equal\n"));
  EXPECT_THAT(ran.out, HasSubstr("worse  conv2d: output 0  equal, 0.25 LSB"));
  EXPECT_THAT(ran.out, HasSubstr("sites[0].tails[0].channels[3].reachable.lsb: 7.5 -> "));
  EXPECT_THAT(ran.out, Not(HasSubstr("default_conv2d_nobias")));
  EXPECT_THAT(ran.out, HasSubstr("CHANGED: of 2 reports 1 same, 1 changed\n"));
  const Json told = Json::parse(ReadText(golden.File("out.json")));
  EXPECT_EQ(told.at("report"), "golden");
  EXPECT_EQ(told.at("counts").at("changed"), 1);
  EXPECT_EQ(golden.Read("hand_00_base"), report) << "check must not write";
}

TEST(GoldenUpdate, WritesWhatChangedAndNothingElse) {
  const GoldenFolder golden;
  const std::string right = ReadText(golden.Report("hand_00_base"));
  golden.Write("hand_00_base", {{"report", "verify"}});
  golden.Write("nobody", {{"report", "verify"}});
  const auto untouched = fs::last_write_time(golden.Report("default_conv2d_nobias"));
  EXPECT_EQ(golden.Run("check").code, 1);
  const Ran ran = golden.Run("update");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("GONE nobody"));
  EXPECT_THAT(ran.out, HasSubstr("UPDATED: of 3 reports 1 same, 1 changed, 1 gone\n"));
  EXPECT_EQ(ReadText(golden.Report("hand_00_base")), right);
  EXPECT_EQ(fs::last_write_time(golden.Report("default_conv2d_nobias")), untouched);
  EXPECT_FALSE(fs::exists(golden.Report("nobody")));
  EXPECT_EQ(golden.Run("check").code, 0);
}

TEST(GoldenCheck, AReportThatIsMissingIsNew) {
  const GoldenFolder golden;
  fs::remove(golden.Report("hand_00_base"));
  const Ran ran = golden.Run("check");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("NEW hand_00_base: within\n"));
}

TEST(GoldenUpdate, WritesNothingWhereAProgramIsUnusable) {
  const GoldenFolder golden;
  const Json wrong{{"report", "verify"}};
  golden.Write("default_conv2d_nobias", wrong);
  std::ofstream(golden.File("hand_00_base.after.pt2")) << "no archive";
  const Ran ran = golden.Run("update");
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("UNUSABLE hand_00_base: "));
  EXPECT_EQ(golden.Read("default_conv2d_nobias"), wrong);
}

TEST(GoldenCheck, AnExpectedReportThatIsNoReportIsUnusable) {
  const GoldenFolder golden;
  std::ofstream(golden.Report("hand_00_base")) << "{\"report\": ";
  const Ran ran = golden.Run("check");
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("UNUSABLE hand_00_base: the expected report is not JSON"));
  EXPECT_EQ(golden.Run("update").code, 0);
  EXPECT_EQ(golden.Run("check").code, 0);
}

TEST(GoldenCheck, RefusesWhatItDoesNotKnow) {
  GoldenFolder golden;
  golden.Configure(
      "[[waiver]]\npair = \"*\"\nrule = \"saturation\"\nreason = \"no\"\nexpires = 2027-01-31\n");
  ExpectOneLineError(golden.Run("check"), 3);
  golden.Configure("tolerence = 1\n");
  const Ran ran = golden.Run("check");
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("line 9: pair[1].tolerence: is no key"));
  ExpectOneLineError(RunFoldproof({"golden", "check", "docs"}), 3);
}

}  // namespace
}  // namespace foldproof::cli
