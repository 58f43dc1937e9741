// SPDX-License-Identifier: BSD-3-Clause
//
// Every report in golden/reports is what the program says of its pair today. After a change that is
// meant to change one: script/golden shows what, script/golden update accepts it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tests/cli/program_run.h"

namespace foldproof::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kGolden = fs::path(FOLDPROOF_SOURCE_DIR) / "golden";

std::set<fs::path> FilesOf(const fs::path& folder, const std::string& extension) {
  std::set<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) out.insert(entry.path());
  }
  return out;
}

// What a person needs to see where two reports differ: the first places, both values.
std::string Differences(const Json& expected, const Json& actual) {
  constexpr std::size_t kMost = 10;
  const Json patch = Json::diff(expected, actual);
  std::ostringstream out;
  for (std::size_t i = 0; i < patch.size() && i < kMost; ++i) {
    const Json::json_pointer at(patch[i].at("path").get<std::string>());
    out << "  " << at.to_string() << ": "
        << (expected.contains(at) ? expected.at(at).dump() : "(absent)") << " -> "
        << (actual.contains(at) ? actual.at(at).dump() : "(absent)") << "\n";
  }
  if (patch.size() > kMost) out << "  ... and " << patch.size() - kMost << " more\n";
  return out.str();
}

// What two runs, or two ways to search, may disagree on.
void EraseEffort(Json& report) {
  report.erase("run");
  for (Json& site : report.at("sites")) site.erase("evaluations");
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
  EXPECT_EQ(pairs, reports) << "script/golden update writes the reports of all pairs";
  EXPECT_GT(pairs.size(), 15u);
}

TEST(Golden, ReportsAreAsExpected) {
  for (const fs::path& file : FilesOf(kGolden / "reports", ".json")) {
    const Json expected = Json::parse(ReadText(file));
    const Scratch scratch;
    const Ran ran =
        RunFoldproof({"verify", expected.at("before").at("file"), expected.at("after").at("file"),
                      "--json", scratch / "report.json", "--quiet"});
    EXPECT_EQ(ran.code, expected.at("exit_code")) << file << ": " << ran.err;
    Json actual = Json::parse(ReadText(scratch / "report.json"), nullptr, false);
    ASSERT_TRUE(actual.is_object()) << file << ": no report was written";
    EraseEffort(actual);
    EXPECT_TRUE(actual == expected) << file << ", expected -> now:\n"
                                    << Differences(expected, actual);
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

}  // namespace
}  // namespace foldproof::cli
