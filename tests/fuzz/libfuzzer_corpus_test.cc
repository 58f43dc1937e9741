// SPDX-License-Identifier: BSD-3-Clause
//
// The seeds of libFuzzer's targets are files that the readers take: a corpus of refused files would
// leave the mutations at the door.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>

#include "fuzz/campaign_report.h"
#include "fuzz/case_files.h"
#include "fuzz/libfuzzer/model_archive.h"
#include "harness/compare/tolerance_file.h"
#include "harness/exec/arrays/npz.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"

namespace foldproof::fuzz {
namespace {

namespace fs = std::filesystem;

// `read` takes each file of corpus/NAME; there is at least one, and all are small.
void ExpectRead(const std::string& name, const std::function<void(std::string_view)>& read) {
  int files = 0;
  std::size_t bytes = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(tests::kSourceFolder) / "fuzz/libfuzzer/corpus" / name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(file), {});
    EXPECT_NO_THROW(read(content)) << entry.path();
    ++files;
    bytes += content.size();
  }
  EXPECT_GT(files, 0) << name;
  EXPECT_LT(bytes, std::size_t{256} << 10) << name;
}

TEST(LibFuzzerCorpus, ArchivesAreRead) {
  ExpectRead("archive", [](std::string_view file) { pt2::ParseProgram(file); });
}

TEST(LibFuzzerCorpus, ModelsAreReadInTheirArchive) {
  ExpectRead("graph", [](std::string_view file) { pt2::ParseProgram(ArchiveAround(file)); });
}

TEST(LibFuzzerCorpus, ArraysAreRead) {
  ExpectRead("npz", [](std::string_view file) { exec::ParseNpz(std::as_bytes(std::span(file))); });
}

TEST(LibFuzzerCorpus, ReportsCasesAndTolerancesAreRead) {
  ExpectRead("report", [](std::string_view file) {
    const std::string_view text = file.substr(1);
    switch (file.at(0)) {
      case 'f': ParseCampaignReport(text); break;
      case 'c': ParseCase(text); break;
      case 't': compare::ParseToleranceFile(text); break;
      default: ADD_FAILURE() << "no kind of file is called '" << file[0] << "'";
    }
  });
}

}  // namespace
}  // namespace foldproof::fuzz
