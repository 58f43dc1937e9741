// SPDX-License-Identifier: BSD-3-Clause
//
// The same rules on the files of this repository.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/imports/import_table.h"
#include "tests/paths.h"

namespace foldproof::imports {
namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;  // text by path from the root

// Every file of `folder` that a C++ compiler would be given, whatever its suffix is called.
void AddSources(const fs::path& root, const std::string& folder, Files& files) {
  static const std::set<std::string> suffixes = {".h",   ".hh", ".hpp", ".hxx", ".inc", ".inl",
                                                 ".ipp", ".c",  ".cc",  ".cpp", ".cxx"};
  if (!fs::exists(root / folder)) return;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
    if (!entry.is_regular_file() || !suffixes.contains(entry.path().extension())) continue;
    std::ifstream stream(entry.path(), std::ios::binary);
    files[entry.path().lexically_relative(root).generic_string()] =
        std::string(std::istreambuf_iterator<char>(stream), {});
  }
}

Files SourcesOf(const std::vector<std::string>& folders) {
  Files files;
  for (const std::string& folder : folders) AddSources(tests::kSourceFolder, folder, files);
  return files;
}

TEST(Tree, IncludesFollowTheImportTable) {
  const Files files = SourcesOf({"src", "harness", "fuzz", "reports", "cli", "api", "include"});
  ASSERT_TRUE(files.contains("src/base/error.h")) << "the sources were not found";
  for (const auto& [path, text] : files) {
    for (const std::string& fault : IncludeFaults(path, text)) ADD_FAILURE() << fault;
  }
}

TEST(Tree, NoUnitIncludesItselfByAWay) {
  const Files files = SourcesOf({"src", "harness", "fuzz", "reports", "cli", "api", "include"});
  ASSERT_TRUE(files.contains("src/base/error.h")) << "the sources were not found";
  for (const std::string& cycle : IncludeCycles(files)) ADD_FAILURE() << cycle;
}

TEST(Tree, FilesKeepTheirForm) {
  const Files files =
      SourcesOf({"src", "harness", "fuzz", "reports", "cli", "api", "include", "tests"});
  ASSERT_TRUE(files.contains("tests/imports/tree_test.cc")) << "the sources were not found";
  for (const auto& [path, text] : files) {
    for (const std::string& fault : FormFaults(path, text)) ADD_FAILURE() << fault;
  }
}

}  // namespace
}  // namespace foldproof::imports
