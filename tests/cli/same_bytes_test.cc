// SPDX-License-Identifier: BSD-3-Clause
//
// A report without its block "run" is the same bytes from a second run, which is one on two
// threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli {
namespace {

namespace fs = std::filesystem;

struct ProgramPair {
  std::string before;
  std::string after;
};

// NAME.before.pt2 or NAME_before.pt2, and the same with after, in order.
std::vector<ProgramPair> PairsOf(const fs::path& folder) {
  std::map<std::string, ProgramPair> out;
  const std::string kind = "before.pt2";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string before = entry.path().string();
    if (!before.ends_with(kind)) continue;
    const std::string after = before.substr(0, before.size() - kind.size()) + "after.pt2";
    if (fs::exists(after)) out[before] = {before, after};
  }
  std::vector<ProgramPair> pairs;
  for (const auto& [name, pair] : out) pairs.push_back(pair);
  return pairs;
}

// The report that `arguments` write, up to "run", which is its last block.
std::string KeptReport(std::vector<std::string> arguments, const char* threads) {
  const Scratch scratch;
  arguments.insert(arguments.end(),
                   {"--quiet", "--threads", threads, "--json", scratch / "r.json"});
  const Ran ran = RunFoldproof(arguments);
  EXPECT_GE(ran.code, 0) << ran.err;
  EXPECT_LE(ran.code, 2) << ran.err;
  const std::string report = ReadText(scratch / "r.json");
  const std::size_t run = report.find("\n \"run\": {");
  EXPECT_NE(run, std::string::npos) << arguments[0];
  EXPECT_EQ(report.find("\n \"", run + 1), std::string::npos) << "run is not the last block";
  return report.substr(0, run);
}

void ExpectSameBytes(const std::vector<std::string>& arguments) {
  EXPECT_EQ(KeptReport(arguments, "1"), KeptReport(arguments, "2"))
      << testing::PrintToString(arguments);
}

void ExpectSameBytes(const ProgramPair& pair) {
  ExpectSameBytes({"verify", pair.before, pair.after});
  ExpectSameBytes({"compare", pair.before, pair.after, "--random", "3"});
}

TEST(SameBytes, OfEveryGoldenPair) {
  const auto pairs = PairsOf(fs::path(tests::kSourceFolder) / "golden/pt2");
  EXPECT_GT(pairs.size(), 15u);
  for (const ProgramPair& pair : pairs) ExpectSameBytes(pair);
}

TEST(SameBytes, OfFoldingHereWithAllThatVerifyCanSay) {
  ExpectSameBytes({"verify", "golden/pt2/hand_00_base.before.pt2", "--fold", "repair",
                   "--ideal-distance", "--domain", "observed", "--inputs",
                   "golden/trace/hand_00_base.io.npz"});
}

TEST(SameBytes, OfACampaign) {
  ExpectSameBytes({"fuzz", "--cases", "70", "--seed", "3", "--policy", "upstream"});
}

// Every 60th pair; all of them where FOLDPROOF_ALL_PAIRS is set, as the slow test does.
TEST(SameBytes, OfTheCorpus) {
  const fs::path corpus = fs::path(tests::kSourceFolder) / "../shared/corpus";
  if (!fs::exists(corpus)) GTEST_SKIP() << "SKIPPED: " << corpus << " is not there";
  const auto pairs = PairsOf(corpus);
  ASSERT_FALSE(pairs.empty());
  const std::size_t step = std::getenv("FOLDPROOF_ALL_PAIRS") == nullptr ? 60 : 1;
  for (std::size_t i = 0; i < pairs.size(); i += step) ExpectSameBytes(pairs[i]);
}

}  // namespace
}  // namespace foldproof::cli
