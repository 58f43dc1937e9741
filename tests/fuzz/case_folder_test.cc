// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/case_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

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
  EXPECT_EQ(TextOf(json, "detail"), "a\xef\xbf\xbd");
}

TEST(CaseFolder, RefusesWhatIsNoCase) {
  const fs::path folder = EmptyFolder();
  EXPECT_EQ(WhyNot([&] { ReadCaseFile(folder); }), "cannot be read; give a folder that fuzz wrote");
  WriteFile(CaseFileOf(folder), std::string((1 << 20) + 1, ' '));
  EXPECT_EQ(WhyNot([&] { ReadCaseFile(folder); }), "is above 1 MiB");
}

TEST(CaseFolder, RefusesFieldsThatAreMissingOrOfAnotherType) {
  const nlohmann::json json = {{"rule", 1}, {"seed", -1}};
  EXPECT_EQ(WhyNot([&] { TextOf(json, "node"); }), "node: is missing");
  EXPECT_EQ(WhyNot([&] { TextOf(json, "rule"); }), "rule: is no text");
  EXPECT_EQ(WhyNot([&] { NumberOf(json, "seed"); }), "seed: is no whole number");
}

}  // namespace
}  // namespace foldproof::fuzz
