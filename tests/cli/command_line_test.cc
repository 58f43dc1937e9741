// SPDX-License-Identifier: BSD-3-Clause
//
// What the program says of its words: help, and what is wrong with a command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/cli/program_run.h"

namespace foldproof::cli::command_line_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kBefore = "golden/pt2/default_conv2d_nobias.before.pt2";
const std::string kDiffers = "golden/pt2/default_conv2d_nobias.after.pt2";

TEST(Help, IsPrintedWithExitCodeZero) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"verify", "--help"},
                                             {"tails", "--help"},
                                             {"show", "--help"},
                                             {"run", "--help"},
                                             {"fold", "--help"},
                                             {"compare", "--help"}}) {
    const Ran ran = RunFoldproof(arguments);
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, HasSubstr("Usage: foldproof"));
    EXPECT_THAT(ran.err, IsEmpty());
  }
}

// What is wider is broken in the middle of its sentence.
TEST(Help, FitsEightyColumnsAsItIs) {
  const std::string help = RunFoldproof({"--help"}).out;
  EXPECT_THAT(help, HasSubstr("which folds\na quantized Conv-BatchNorm chain keeps a network's"));
  EXPECT_THAT(help, HasSubstr("--witness DIR --json report.json\n"));
}

TEST(Help, NamesTheExitCodes) {
  EXPECT_THAT(RunFoldproof({"--help"}).out, HasSubstr("Exit codes: 0 holds, 1 differs"));
}

TEST(Version, IsOneLine) {
  const Ran ran = RunFoldproof({"--version"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+\\+[0-9a-f]{12}\n"));
}

TEST(Usage, AWrongCommandLineIsUnusable) {
  ExpectOneLineError(RunFoldproof({}), 3);
  ExpectOneLineError(RunFoldproof({"nonsense"}), 3);
  ExpectOneLineError(RunFoldproof({"verify", kBefore}), 3);
  ExpectOneLineError(RunFoldproof({"verify", kBefore, kDiffers, "--nonsense"}), 3);
  ExpectOneLineError(RunFoldproof({"verify", kBefore, kDiffers, "surplus"}), 3);
  ExpectOneLineError(RunFoldproof({"run", kBefore}), 3);
}

TEST(Usage, AWrongValueNamesItsOption) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"--tolerance", "much"},    {"--tolerance", "nan"},    {"--tolerance", "1e999"},
      {"--ideal-gap", "1x"},      {"--domain", "nowhere"},   {"--reach", "far"},
      {"--semantics", "kernel:"}, {"--batch-norm", "maybe"}, {"--threads", "0"},
      {"--threads", "two"},       {"--tolerance", ""}};
  for (const auto& [option, value] : wrong) {
    const Ran ran = RunFoldproof({"verify", kBefore, kDiffers, option + "=" + value});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr(option)) << value;
  }
  const Ran negative = RunFoldproof({"verify", kBefore, kDiffers, "--tolerance", "-1"});
  ExpectOneLineError(negative, 3);
}

TEST(CommandLine, AMisspelledWordIsToldWithTheRightOne) {
  const auto told = [](std::vector<std::string> line) {
    const Ran ran = RunFoldproof(line);
    EXPECT_EQ(ran.code, 3) << ran.out;
    return ran.err;
  };
  EXPECT_THAT(told({"verfiy", kBefore, kDiffers}),
              HasSubstr("there is no command 'verfiy'; did you mean 'verify'?"));
  EXPECT_THAT(told({"quantum"}), Not(HasSubstr("did you mean")));
  EXPECT_THAT(told({"verify", kBefore, kDiffers, "--toleranse", "1"}),
              HasSubstr("did you mean '--tolerance'?; foldproof verify --help shows"));
  EXPECT_THAT(told({"verify", kBefore, kDiffers, "--domain", "all"}),
              HasSubstr("foldproof verify --help shows"));
  EXPECT_THAT(told({"fuzz", "--zzzzz"}), HasSubstr("foldproof fuzz --help shows"));
}

// Words of a command's own, those behind help, and values of options.
TEST(CommandLine, EveryMisspelledWordIsToldWithTheRightOne) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
      {{"golden", "chek"}, "there is no command 'golden chek'; did you mean 'check'?; foldproof "},
      {{"golden", "chek", "golden"}, "'golden chek'; did you mean 'check'?; foldproof golden --h"},
      {{"cache", "xyz"}, "there is no command 'cache xyz'; foldproof cache --help shows"},
      {{"fuzz", "merg"}, "there is no command 'fuzz merg'; did you mean 'merge'?"},
      {{"gate", "mrege"}, "there is no command 'gate mrege'; did you mean 'merge'?"},
      {{"report", "dif", "a", "b"}, "diff OLD NEW; did you mean 'diff'?"},
      {{"help", "shrink"}, "there is no command 'shrink'; foldproof --help shows"},
      {{"help", "replya"}, "there is no command 'replya'; did you mean 'replay'?"},
      {{"help", "golden", "chek"}, "there is no command 'golden chek'; did you mean 'check'?"},
      {{"verify", kBefore, kDiffers, "--domain", "calibratd"},
       "--domain: must be one of calibrated, reachable, observed, not 'calibratd'; did you mean "
       "'calibrated'?"},
      {{"run", kBefore, "--executor", "torc"}, "not 'torc'; did you mean 'torch'?"},
      {{"--json", "x", "verify", kBefore, kDiffers},
       "--json is an option of verify and stands behind it: foldproof verify --json ...; foldproof "
       "verify --help shows"},
      {{"fuzz", "merge", "x", "--jsn", "y"},
       "did you mean '--json'?; foldproof fuzz merge --help"}};
  for (const auto& [line, said] : lines) {
    const Ran ran = RunFoldproof(line);
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr(said));
  }
  EXPECT_EQ(RunFoldproof({"help", "golden", "check"}).out,
            RunFoldproof({"golden", "check", "--help"}).out);
}

TEST(CommandLine, ANumberThatIsNoneIsToldWithWhatIsAllowed) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
      {{"fuzz", "--cases", "1.5"},
       "--cases: must be a whole number from 1 to 1000000000000000, not 1.5"},
      {{"fuzz", "--cases", "1e6"}, "not 1e6"},
      {{"fuzz", "--cases", "0"}, "--cases: must be a whole number from 1 to"},
      {{"fuzz", "--cases", "1", "--seed", "-3"},
       "--seed: must be a whole number from 0 to 18446744073709551615, not -3"},
      {{"fuzz", "--cases", "1", "--first", "x"}, "--first: must be a whole number from 0 to"},
      {{"fuzz", "--cases", "1", "--threads", "300"},
       "must be a whole number from 1 to 256, not 300"},
      {{"fuzz", "--cases", "1", "--threads", "two"}, "from 1 to 256, not two"},
      {{"fuzz", "--cases", "1", "--shrinks", "0"}, "--shrinks: must be a whole number from 1 to"},
      {{"fuzz", "--seconds", "-1"}, "--seconds: must be a number above 0, not -1"},
      {{"fuzz", "--cases", "9", "--shard", "0/3"},
       "--shard: must be I/N, where I is 1 to N and N at most 65536, as 1/4; not '0/3'"},
      {{"fuzz", "--cases", "9", "--shard", "4"}, "as 1/4; not '4'"},
      {{"verify", kBefore, kBefore, "--threads", "0"}, "from 1 to 1024, not 0"},
      {{"compare", kBefore, kBefore, "--random", "-1"}, "from 0 to 10000000, not -1"}};
  for (const auto& [line, said] : lines) {
    const Ran ran = RunFoldproof(line);
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr(said));
  }
}

TEST(CommandLine, HelpOfACommandIsItsOwn) {
  const Ran help = RunFoldproof({"help", "verify"});
  EXPECT_EQ(help.code, 0) << help.err;
  EXPECT_EQ(help.out, RunFoldproof({"verify", "--help"}).out);
  EXPECT_EQ(RunFoldproof({"help"}).out, RunFoldproof({"--help"}).out);
}

}  // namespace
}  // namespace foldproof::cli::command_line_test
