// SPDX-License-Identifier: BSD-3-Clause
//
// Output that cannot be written, wholly or at all: one line or nothing, exit code 4, no half file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "harness/exec/arrays/npz.h"
#include "tests/cli/program_run.h"
#include "tests/cli/terminal.h"
#include "tests/paths.h"

namespace foldproof::cli::output_test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kBefore = "golden/pt2/default_conv2d_nobias.before.pt2";
const std::string kAfter = "golden/pt2/default_conv2d_nobias.after.pt2";
const std::string kReport = "golden/reports/default_conv2d_nobias.json";
const std::string kTraced = "golden/pt2/hand_00_base.before.pt2";
const std::string kInputs = "golden/trace/hand_00_base.io.npz";

using Arguments = std::vector<std::string>;

// Every command that writes a file, but for where: that is the last argument.
std::vector<Arguments> Writing() {
  return {{"verify", kBefore, kAfter, "--quiet", "--json"},
          {"compare", kBefore, kAfter, "--random", "3", "--quiet", "--json"},
          {"fold", kBefore, "--quiet", "-o"},
          {"fold", kBefore, "--quiet", "-o", "/dev/null", "--json"},
          {"fuzz", "--cases", "3", "--quiet", "--json"},
          {"gate", "--config", "golden/foldproof.toml", "--quiet", "--json"},
          {"golden", "check", "golden", "--quiet", "--json"},
          {"run", kTraced, "--inputs", kInputs, "--executor", "integer", "--out"},
          {"tails", kBefore, "--json"},
          {"report", kReport, "--to", "sarif", "-o"},
          {"report", kReport, "--to", "junit", "-o"},
          {"report", "diff", kReport, kReport, "--quiet", "--json"}};
}

// Every command that writes files into a folder, which is the last argument.
std::vector<Arguments> Filling() {
  return {{"verify", kBefore, kAfter, "--executor", "integer", "--quiet", "--witness"},
          {"fuzz", "--cases", "20", "--policy", "upstream", "--quiet", "--out"},
          {"fuzz", "--cases", "3", "--quiet", "--dump"},
          {"golden", "update", "--quiet"}};
}

// A folder that `arguments` may fill: for golden, one with cases.
std::string FolderFor(const Arguments& arguments, const Scratch& scratch) {
  const std::string folder = scratch / "folder";
  if (arguments[0] != "golden") return folder;
  fs::create_directory(folder);
  const std::string root = std::string(tests::kSourceFolder) + "/";
  std::ofstream(folder + "/golden.toml")
      << "[[pair]]\nname = \"a\"\nbefore = \"" << root << kBefore << "\"\nafter = \"" << root
      << kAfter << "\"\n[[pair]]\nname = \"b\"\nbefore = \"" << root << kTraced
      << "\"\nfold = \"repair\"\n";
  return folder;
}

// The files below `folder` but for golden's configuration, by their way there.
std::vector<std::string> FilesBelow(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(folder, none)) {
    if (entry.is_regular_file() && entry.path().filename() != "golden.toml")
      out.push_back(entry.path());
  }
  return out;
}

// Every command that writes to standard output.
std::vector<Arguments> Printing() {
  return {{"verify", kBefore, kAfter},
          {"compare", kBefore, kAfter, "--random", "3"},
          {"fold", kBefore, "-o", "/dev/null"},
          {"fuzz", "--cases", "3"},
          {"gate", "--config", "golden/foldproof.toml"},
          {"golden", "check", "golden"},
          {"show", kBefore},
          {"tails", kBefore},
          {"report", kReport, "--to", "markdown"},
          {"report", "diff", kReport, kReport},
          {"completion", "bash"},
          {"completion", "zsh"},
          {"completion", "fish"},
          {"--help"},
          {"--version"}};
}

Arguments With(Arguments arguments, const std::string& last) {
  arguments.push_back(last);
  return arguments;
}

// No file may grow beyond 200 bytes, which what is written here all are above. The first write that
// would is answered by `at_limit`: SIG_DFL ends the program there and then, as a kill would;
// SIG_IGN fails the write, as a full disk does.
std::function<void()> NoRoom(void (*at_limit)(int)) {
  return [at_limit] {
    const rlimit limit{200, 200};
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(SIGXFSZ, at_limit);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(125);
  };
}

TEST(OutputFile, AFullDiskLeavesTheOldFile) {
  for (const auto& arguments : Writing()) {
    const Scratch scratch;
    ExpectOneLineError(RunFoldproof(With(arguments, scratch / "out"), {}, NoRoom(SIG_IGN)), 4);
    EXPECT_EQ(scratch.count(), 0u) << arguments[0];
    std::ofstream(scratch / "out") << "old";
    ExpectOneLineError(RunFoldproof(With(arguments, scratch / "out"), {}, NoRoom(SIG_IGN)), 4);
    EXPECT_EQ(ReadText(scratch / "out"), "old");
    EXPECT_EQ(scratch.count(), 1u) << arguments[0];
  }
}

TEST(OutputFile, BeingKilledInTheMiddleLeavesTheOldFile) {
  for (const auto& arguments : Writing()) {
    const Scratch scratch;
    std::ofstream(scratch / "out") << "old";
    const Ran ran = RunFoldproof(With(arguments, scratch / "out"), {}, NoRoom(SIG_DFL));
    EXPECT_EQ(ran.code, -1) << arguments[0] << ": was not killed";
    EXPECT_EQ(ReadText(scratch / "out"), "old");
    EXPECT_EQ(scratch.count(), 1u) << arguments[0] << ": a part was left behind";
  }
}

TEST(OutputFolder, AFullDiskOrAKillLeavesNoHalfFile) {
  for (const auto& arguments : Filling()) {
    for (const bool killed : {false, true}) {
      const Scratch scratch;
      const std::string folder = FolderFor(arguments, scratch);
      const Ran ran = RunFoldproof(With(arguments, folder), {}, NoRoom(killed ? SIG_DFL : SIG_IGN));
      if (killed)
        EXPECT_EQ(ran.code, -1) << arguments[0] << ": was not killed";
      else
        ExpectOneLineError(ran, 4);
      EXPECT_THAT(FilesBelow(folder), IsEmpty()) << arguments[0];
    }
  }
}

// What `arguments` write is whole or not there when they are killed after some milliseconds.
void KilledAfter(int milliseconds, const Arguments& arguments) {
  std::vector<char*> argv{const_cast<char*>("foldproof")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chdir(tests::kSourceFolder) != 0) ::_exit(126);
    ::execv(tests::kProgram, argv.data());
    ::_exit(127);
  }
  ::usleep(static_cast<useconds_t>(milliseconds) * 1000);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST(OutputFile, BeingKilledAtAnyTimeLeavesAWholeFileOrNone) {
  const Arguments run{"run", kTraced, "--inputs", kInputs, "--executor", "integer", "--out"};
  for (const auto& arguments : {Writing()[0], run}) {
    const Scratch scratch;
    for (int after = 0; after < 30; ++after) {
      KilledAfter(after, With(arguments, scratch / "out"));
      if (!fs::exists(scratch / "out")) continue;
      EXPECT_EQ(scratch.count(), 1u);
      if (arguments[0] == "verify")
        EXPECT_TRUE(Json::accept(ReadText(scratch / "out")));
      else
        EXPECT_NO_THROW(exec::ReadNpz(scratch / "out"));
      fs::remove(scratch / "out");
    }
  }
}

TEST(OutputFolder, BeingKilledAtAnyTimeLeavesWholeFiles) {
  const Scratch scratch;
  const std::string folder = FolderFor({"golden"}, scratch);
  for (int after = 0; after < 30; ++after) {
    KilledAfter(after, {"golden", "update", "--quiet", folder});
    for (const std::string& file : FilesBelow(folder)) {
      EXPECT_THAT(file, testing::EndsWith(".json"));
      EXPECT_TRUE(Json::accept(ReadText(file)));
      fs::remove(file);
    }
  }
}

// A path below a file, where nobody can write, not even root.
TEST(OutputFile, ARefusedProgramIsToldInThePlaceOfAnOldReport) {
  const std::string none = "there/is/no/such.pt2";
  for (const Arguments& arguments :
       {Arguments{"verify", kBefore, none, "--json"}, Arguments{"compare", none, kAfter, "--json"},
        Arguments{"fold", none, "-o", "/dev/null", "--json"}, Arguments{"tails", none, "--json"}}) {
    const Scratch scratch;
    std::ofstream(scratch / "out") << "old";
    const Ran ran = RunFoldproof(With(arguments, scratch / "out"));
    ExpectOneLineError(ran, 3);
    const Json report = Json::parse(ReadText(scratch / "out"));
    EXPECT_EQ(report["report"], "refusal") << arguments[0];
    EXPECT_EQ(report["exit_code"], 3);
    EXPECT_TRUE(report.at("verdict").is_null());
    EXPECT_EQ("foldproof: " + report["why"].get<std::string>() + "\n", ran.err);
    const Ran told = RunFoldproof({"report", scratch / "out", "--to", "junit"});
    EXPECT_EQ(told.code, 3);
    EXPECT_NE(told.out.find("no/such.pt2"), std::string::npos) << told.out;
  }
}

TEST(OutputFile, APlaceThatCannotBeIsSaid) {
  const Scratch scratch;
  std::ofstream(scratch / "file") << "a file";
  for (const auto& arguments : Writing()) {
    const Ran ran = RunFoldproof(With(arguments, scratch / "file/out"));
    ExpectOneLineError(ran, 4);
    EXPECT_THAT(ran.err, HasSubstr("file/out: cannot be written"));
  }
  for (const auto& arguments : Filling()) {
    if (arguments[0] == "golden") continue;  // has no configuration there
    ExpectOneLineError(RunFoldproof(With(arguments, scratch / "file/out")), 4);
  }
  EXPECT_EQ(ReadText(scratch / "file"), "a file");
  const std::string folder = FolderFor({"golden"}, scratch);
  std::ofstream(folder + "/reports") << "a file";
  ExpectOneLineError(RunFoldproof({"golden", "update", folder, "--quiet"}), 4);
}

TEST(OutputFile, AReadOnlyFolderIsSaid) {
  const Scratch scratch;
  std::string folder = scratch / "locked";
  fs::create_directory(folder);
  ::chmod(folder.c_str(), 0555);
  if (::access(folder.c_str(), W_OK) == 0) folder = "/sys";  // read-only for root, too
  if (::access(folder.c_str(), W_OK) == 0 && ::geteuid() != 0)
    GTEST_SKIP() << "SKIPPED: no folder that cannot be written";
  for (const auto& arguments : Writing()) {
    const Ran ran = RunFoldproof(With(arguments, folder + "/out"));
    ExpectOneLineError(ran, 4);
    EXPECT_THAT(ran.err, HasSubstr(folder + "/out"));
  }
}

TEST(StandardOutput, AFullDeviceIsSaid) {
  struct stat device {};
  if (::stat("/dev/full", &device) != 0 || !S_ISCHR(device.st_mode))
    GTEST_SKIP() << "SKIPPED: no /dev/full here";
  for (const auto& arguments : Printing()) {
    const Ran ran = RunFoldproof(arguments, "/dev/full");
    ExpectOneLineError(ran, 4);
    EXPECT_THAT(ran.err, HasSubstr("standard output"));
  }
}

TEST(StandardOutput, AReaderThatHasGoneIsNoNoise) {
  for (const auto& arguments : Printing()) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ::close(ends[0]);
    const Ran ran = RunFoldproof(arguments, {}, [&] { ::dup2(ends[1], 1); });
    ::close(ends[1]);
    EXPECT_EQ(ran.code, 4) << arguments[0];
    EXPECT_THAT(ran.err, IsEmpty());
  }
}

// More than a pipe holds, to a reader that stops after the first line.
TEST(StandardOutput, IsCutByHeadWithoutNoise) {
  const Scratch scratch;
  const std::string command = std::string("cd ") + tests::kSourceFolder + " && { " +
                              tests::kProgram + " report " + kReport + " --to sarif; echo $? >" +
                              (scratch / "code") + "; } 2>" + (scratch / "err") +
                              " | head -c 1 >/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_THAT(ReadText(scratch / "err"), IsEmpty());
  // 0 where everything fitted into the pipe before head was gone.
  EXPECT_THAT(ReadText(scratch / "code"), testing::AnyOf("4\n", "0\n"));
}

TEST(Colours, AreForTerminalsAlone) {
  const std::vector<std::string> verify{"verify", kBefore, kAfter};
  const auto colourful = [] {
    ::setenv("TERM", "xterm", 1);
    ::unsetenv("NO_COLOR");
  };
  const std::string shown = OnATerminal(verify, colourful);
  if (shown.empty()) GTEST_SKIP() << "SKIPPED: no pseudo-terminal here";
  EXPECT_THAT(shown, StartsWith("\033[1;31mDIFFERS\033[0m: "));
  EXPECT_THAT(OnATerminal({"verify", kBefore, kBefore}, colourful),
              StartsWith("\033[1;32mHOLDS\033[0m"));
  EXPECT_THAT(OnATerminal({"report", "diff", kReport, kReport}, colourful),
              StartsWith("\033[1;32mSAME\033[0m"));
  EXPECT_THAT(OnATerminal(verify, [&] { colourful(), ::setenv("NO_COLOR", "1", 1); }),
              StartsWith("DIFFERS: "));
  EXPECT_THAT(OnATerminal(verify, [&] { colourful(), ::setenv("NO_COLOR", "", 1); }),
              StartsWith("\033[1;31m"));
  EXPECT_THAT(OnATerminal(verify, [&] { colourful(), ::setenv("TERM", "dumb", 1); }),
              StartsWith("DIFFERS: "));
  EXPECT_THAT(RunFoldproof(verify, {}, colourful).out, StartsWith("DIFFERS: "));
}

}  // namespace
}  // namespace foldproof::cli::output_test
