// SPDX-License-Identifier: BSD-3-Clause
//
// The same rules on the files of this repository.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/imports/import_table.h"
#include "tests/imports/own_names.h"
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

// The folders that CMakeLists.txt makes a library of.
std::vector<std::string> Libraries() {
  std::ifstream stream(fs::path(tests::kSourceFolder) / "CMakeLists.txt");
  std::vector<std::string> folders = {"cli", "api", "harness/exec/torch", "fuzz/libfuzzer"};
  const std::regex call(R"(foldproof_library\(\w+ ([\w/]+).*)");
  std::smatch found;
  for (std::string line; std::getline(stream, line);) {
    if (std::regex_match(line, found, call)) folders.push_back(found[1]);
  }
  return folders;
}

TEST(Tree, FilesOfALibraryShareNoNameOfTheirOwn) {
  const std::vector<std::string> libraries = Libraries();
  ASSERT_GT(libraries.size(), 10u) << "CMakeLists.txt was not read";
  const Files files = SourcesOf({"src", "harness", "fuzz", "reports", "cli", "api", "include"});
  for (const std::string& fault : NameFaults(libraries, files)) ADD_FAILURE() << fault;
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
