// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/case_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "fuzz/campaign_report.h"
#include "fuzz/case_files.h"
#include "src/base/error.h"
#include "src/base/file.h"

namespace foldproof::fuzz {
namespace {

namespace fs = std::filesystem;

fs::path EmptyFolder() {
  const fs::path folder = fs::path(testing::TempDir()) / "case_folder";
  fs::remove_all(folder);
  MakeFolder(folder);
  return folder;
}

template <typename Read>
std::string WhyNot(Read&& read) {
  try {
    read();
  } catch (const Error& error) {
    return error.what();
  }
  return "it was read";
}

// FNV-1a's own test vectors, "a" and "foobar".
TEST(CaseFolder, ItsNameHasTheHashOfWhatIsNeeded) {
  EXPECT_EQ(FolderNameOf("a", {}), "a-e40c292c");
  EXPECT_EQ(FolderNameOf("foo", {"b", "ar"}), "foo-bf9cf968");
}

// A name from a program may be any bytes.
TEST(CaseFolder, WritesWhatIsNoUtf8) {
  const fs::path folder = EmptyFolder();
  WriteCaseFile(folder, {{"detail", "a\xff"}});
  const nlohmann::json json = nlohmann::json::parse(ReadCaseFile(folder));
  EXPECT_EQ(json.at("detail"), "a\xef\xbf\xbd");
}

TEST(CaseFolder, RefusesWhatIsNoCase) {
  const fs::path folder = EmptyFolder();
  EXPECT_EQ(WhyNot([&] { ReadCaseFile(folder); }), "cannot be read; give a folder that fuzz wrote");
  WriteFile(CaseFileOf(folder), std::string((1 << 20) + 1, ' '));
  EXPECT_EQ(WhyNot([&] { ReadCaseFile(folder); }), "is above 1 MiB");
}

// DrawOf copied the draw, and a copy recurses once for each list: these ended in a full stack.
TEST(CaseFolder, RefusesADeepDraw) {
  const std::string draw = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const std::string report =
      R"({"seed": 1, "next": 1, "cases": 1, "refused": 0, "proved": 0, "unproved": 0, "failed": 1,
          "failures": [{"rule": "r", "node": "", "detail": "", "count": 1, "first": 0, "draw": )" +
      draw + "}]}";
  EXPECT_THROW(ParseCampaignReport(report), Error);
  EXPECT_THROW(ParseCase(R"({"pass": "p", "seed": 1, "index": 0, "rule": "r", "node": "",
                             "detail": "", "draw": )" +
                         draw + "}"),
               Error);
}

}  // namespace
}  // namespace foldproof::fuzz
