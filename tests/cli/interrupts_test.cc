// SPDX-License-Identifier: BSD-3-Clause
//
// Ctrl-C and SIGTERM while a pass runs that does not end by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli::interrupts_test {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

constexpr char kBefore[] = "golden/pt2/default_conv2d_nobias.before.pt2";

// A child of the program that sends it `signal` once `flag` is there, or after a minute.
void SignalWhenThere(const std::string& flag, int signal) {
  ::signal(SIGINT, SIG_DFL);  // whatever whoever started the tests does about it
  const pid_t program = ::getpid();
  if (::fork() != 0) return;
  for (int i = 0; i < 600 && !std::filesystem::exists(flag); ++i) ::usleep(100'000);
  ::usleep(300'000);
  ::kill(program, signal);
  ::_exit(0);
}

// Whether the process whose number is in the file ends within some seconds.
bool Ends(const std::string& file) {
  const pid_t process = std::stoi(ReadText(file));
  for (int i = 0; i < 50; ++i) {
    if (process <= 0 || ::kill(process, 0) != 0) return true;
    // Whoever adopts it may never ask how it ended.
    const std::string status = ReadText("/proc/" + std::to_string(process) + "/stat");
    if (status.find(") Z") != std::string::npos) return true;
    std::this_thread::sleep_for(milliseconds(100));
  }
  return false;
}

// A one-shot pass whose own child hangs; it notes that child, and says that it is there.
std::string Hanging(const Scratch& scratch) {
  return "sleep 1000 & echo $! > " + (scratch / "child") + "; touch " + (scratch / "there") +
         "; wait; cp {in} {out}";
}

// The program ends by the signal, and leaves neither a process of the pass nor its files.
void ExpectEndsBy(int signal, const std::vector<std::string>& line, const Scratch& scratch) {
  const std::string files = scratch / (line[0] + line[1] + std::to_string(signal));
  std::filesystem::create_directories(files);
  std::filesystem::remove(scratch / "there");
  const Ran ran = RunFoldproof(line, {}, [&] {
    ::setenv("TMPDIR", files.c_str(), 1);
    SignalWhenThere(scratch / "there", signal);
  });
  EXPECT_EQ(ran.code, -1) << line[0];
  EXPECT_EQ(ran.err, "foldproof: interrupted\n") << line[0];
  EXPECT_TRUE(Ends(scratch / "child")) << line[0] << signal;
  EXPECT_TRUE(std::filesystem::is_empty(files)) << line[0] << signal;
}

TEST(Interrupts, EndAReplay) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Scratch scratch;
    ExpectEndsBy(signal, {"replay", "golden/holes/saturation", "--pass", Hanging(scratch)},
                 scratch);
  }
}

// While it shrinks what no part has shrunk: the pass failed at once then, and hangs now.
TEST(Interrupts, EndAMergeWithoutAReport) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Scratch scratch;
    const std::string pass = "test -e " + (scratch / "hangs") + " || exit 5; " + Hanging(scratch);
    const Ran part = RunFoldproof({"fuzz", "--cases", "2", "--shard", "1/1", "--shrink-later",
                                   "--pass", pass, "--json", scratch / "part.json"});
    ASSERT_EQ(part.code, 1) << part.err;
    std::ofstream(scratch / "hangs") << "now";
    ExpectEndsBy(signal,
                 {"fuzz", "merge", scratch / "part.json", "--pass", pass, "--json",
                  scratch / "fuzz.json", "--out", scratch / "cases"},
                 scratch);
    EXPECT_FALSE(std::filesystem::exists(scratch / "fuzz.json"));
  }
}

TEST(Interrupts, EndThePassAndItsFiles) {
  const Scratch scratch;
  const std::string configuration = scratch / "gate.toml";
  for (const std::string command : {"verify", "gate"}) {
    for (const int signal : {SIGINT, SIGTERM}) {
      const std::string files = scratch / (command + std::to_string(signal));
      std::filesystem::create_directory(files);
      std::filesystem::remove(scratch / "there");
      std::ofstream(configuration)
          << "[[pair]]\nname = \"p\"\nbefore = \""
          << (std::filesystem::path(tests::kSourceFolder) / kBefore).string() << "\"\npass = '''"
          << Hanging(scratch) << "'''\n";
      const std::vector<std::string> line =
          command == "gate"
              ? std::vector<std::string>{"gate", "--config", configuration}
              : std::vector<std::string>{"verify", kBefore, "--pass", Hanging(scratch)};
      const auto start = steady_clock::now();
      const Ran ran = RunFoldproof(line, {}, [&] {
        ::setenv("TMPDIR", files.c_str(), 1);
        SignalWhenThere(scratch / "there", signal);
      });
      EXPECT_EQ(ran.code, -1);  // by the signal
      EXPECT_LT(duration<double>(steady_clock::now() - start).count(), 30);
      EXPECT_EQ(ran.err, "foldproof: interrupted\n");
      EXPECT_TRUE(Ends(scratch / "child")) << command << signal;
      EXPECT_TRUE(std::filesystem::is_empty(files)) << command << signal;
    }
  }
}

TEST(Interrupts, SigtermEndsACampaignWithItsReport) {
  const Scratch scratch;
  const std::string files = scratch / "files";
  std::filesystem::create_directory(files);
  const Ran ran = RunFoldproof(
      {"fuzz", "--cases", "5", "--pass", Hanging(scratch), "--json", scratch / "fuzz.json"}, {},
      [&] {
        ::setenv("TMPDIR", files.c_str(), 1);
        SignalWhenThere(scratch / "there", SIGTERM);
      });
  EXPECT_EQ(ran.code, -1);
  EXPECT_THAT(ran.err, HasSubstr("foldproof: interrupted\n"));
  EXPECT_TRUE(std::filesystem::exists(scratch / "fuzz.json"));
  EXPECT_TRUE(Ends(scratch / "child"));
  EXPECT_TRUE(std::filesystem::is_empty(files));
}

// One is enough, before the first case and while a hang is shrunk.
TEST(Interrupts, AHangingPassDoesNotHoldUpACampaign) {
  const Scratch scratch;
  const std::string first = Hanging(scratch);
  const std::string later = "echo x >> " + (scratch / "count") + "; test $(wc -l < " +
                            (scratch / "count") + ") -lt 3 || touch " + (scratch / "there") +
                            "; exec sleep 1000 # {in} {out}";
  for (const auto& [pass, timeout] : {std::pair(first, "60"), std::pair(later, "8")}) {
    std::filesystem::remove(scratch / "there");
    const Ran ran =
        RunFoldproof({"fuzz", "--cases", "1", "--pass", pass, "--pass-timeout", timeout}, {},
                     [&] { SignalWhenThere(scratch / "there", SIGINT); });
    const double after = duration<double>(std::filesystem::file_time_type::clock::now() -
                                          std::filesystem::last_write_time(scratch / "there"))
                             .count();
    EXPECT_GE(ran.code, 0) << ran.err;
    EXPECT_LT(after, 7) << pass;
  }
}

}  // namespace
}  // namespace foldproof::cli::interrupts_test
