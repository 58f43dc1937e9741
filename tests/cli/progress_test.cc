// SPDX-License-Identifier: BSD-3-Clause
//
// What a command that takes long tells. A pass that sleeps takes long without a processor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>

#include <string>

#include "tests/cli/program_run.h"

namespace foldproof::cli::progress_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Sleeping(const std::string& seconds) {
  return {"verify", "golden/pt2/default_conv2d_nobias.before.pt2", "--pass",
          "sh -c 'sleep " + seconds + "; cp {in} {out}'", "--quiet"};
}

// What the command writes on standard error, which is a terminal.
std::string OnTerminal(const std::vector<std::string>& arguments) {
  int own = -1, terminal = -1;
  if (::openpty(&own, &terminal, nullptr, nullptr, nullptr) != 0)
    throw std::runtime_error("no pseudo-terminal");
  std::string out;
  const Ran ran = RunFoldproof(arguments, {}, [&] {
    if (::dup2(terminal, STDERR_FILENO) < 0) ::_exit(126);
    ::close(own);
    ::close(terminal);
  });
  ::close(terminal);
  char piece[4096];
  for (ssize_t got; (got = ::read(own, piece, sizeof piece)) > 0;)
    out.append(piece, static_cast<std::size_t>(got));
  ::close(own);
  return out;
}

TEST(Progress, ATerminalHasALineAfterTwoSecondsThatIsTakenAway) {
  std::vector<std::string> arguments = Sleeping("3");
  arguments.pop_back();
  const std::string told = OnTerminal(arguments);
  EXPECT_TRUE(told.starts_with("\rfoldproof: running the pass, 2 s\033[K")) << told;
  EXPECT_TRUE(told.ends_with("\r\033[K")) << told;
  EXPECT_THAT(told, Not(HasSubstr("\n")));
}

TEST(Progress, AQuickCommandAndAQuietOneTellNothing) {
  EXPECT_THAT(OnTerminal({"verify", "golden/pt2/default_conv2d_nobias.before.pt2",
                          "golden/pt2/default_conv2d_nobias.before.pt2"}),
              IsEmpty());
  EXPECT_THAT(OnTerminal(Sleeping("2.5")), IsEmpty());
}

TEST(Progress, APipeHasALineEveryTenSecondsWhereItIsAskedFor) {
  std::vector<std::string> arguments = Sleeping("10.5");
  EXPECT_THAT(RunFoldproof(Sleeping("2.5")).err, IsEmpty());
  arguments.push_back("--progress");
  EXPECT_EQ(RunFoldproof(arguments).err, "foldproof: running the pass, 10 s\n");
}

// The line goes on while causes are shrunk, which may take longer than the cases themselves.
TEST(Progress, FuzzTellsHowFarItIsAndWhatItShrinks) {
  const std::vector<std::string> hangs{"fuzz",
                                       "--cases",
                                       "1",
                                       "--pass",
                                       "echo '{\"foldproof_worker\": 1}'; exec sleep 1000",
                                       "--pass-timeout",
                                       "1",
                                       "--properties",
                                       "pass-hangs"};
  const std::string told = OnTerminal(hangs);
  EXPECT_THAT(told, HasSubstr("\rfoldproof: 1 of 1 cases, 1 failed (0 causes), shrinking cause 1 "
                              "(pass-hangs), 2 s\033[K"));
  EXPECT_TRUE(told.ends_with("\r\033[K")) << told;
  EXPECT_THAT(RunFoldproof(hangs).err, IsEmpty());
  const Ran asked = RunFoldproof({"fuzz", "--cases", "1", "--pass", "sleep 10.5; true {in} {out}",
                                  "--properties", "pass-dies", "--progress"});
  EXPECT_EQ(asked.err, "foldproof: starting the pass, 10 s\n");
}

// Sites, pairs and inputs done of how many.
TEST(Progress, EveryCommandTakesTheOption) {
  const Scratch scratch;
  const std::string pair = "golden/pt2/fused_residual.";
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"compare", pair + "before.pt2", pair + "after.pt2", "--random", "1"},
           {"fold", pair + "before.pt2", "-o", scratch / "out.pt2"},
           {"gate", "--config", "golden/foldproof.toml"},
           {"golden", "check", "golden"},
           {"fuzz", "--cases", "3"}}) {
    std::vector<std::string> asked = arguments;
    asked.push_back("--progress");
    const Ran ran = RunFoldproof(asked);
    EXPECT_LE(ran.code, 2) << arguments[0];
    EXPECT_THAT(ran.err, IsEmpty()) << arguments[0];
  }
}

}  // namespace
}  // namespace foldproof::cli::progress_test
