// SPDX-License-Identifier: BSD-3-Clause
//
// What the shells complete, asked of the shells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <set>

#include "tests/cli/program_run.h"

namespace foldproof::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

std::set<std::string> LinesOf(const std::string& text) {
  std::set<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.insert(line);
  return out;
}

// The replies of bash, with `words` typed and the cursor at the end of the last one.
std::set<std::string> InBash(const Words& words) {
  const Scratch scratch;
  std::ofstream(scratch / "script") << RunFoldproof({"completion", "bash"}).out;
  std::string typed;
  for (const std::string& word : words) typed += " '" + word + "'";
  std::ofstream(scratch / "ask") << "source " << scratch / "script"
                                 << "\nCOMP_WORDS=(foldproof" << typed
                                 << ")\nCOMP_CWORD=" << words.size()
                                 << "\n_foldproof\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
  EXPECT_EQ(std::system(("cd '" + scratch / "" + "' && bash ask >out 2>err").c_str()), 0);
  EXPECT_THAT(ReadText(scratch / "err"), IsEmpty());
  std::set<std::string> out = LinesOf(ReadText(scratch / "out"));
  out.erase("");
  return out;
}

std::set<std::string> LongOptionsOf(const Words& command) {
  Words help = command;
  help.push_back("--help");
  const std::string text = RunFoldproof(help).out;
  const std::string options = text.substr(0, text.find("\nExample"));
  std::set<std::string> out;
  const std::regex option("^  (-[a-z],)?(--[a-z-]+)");
  std::istringstream in(options);
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_search(line, match, option)) out.insert(match[2]);
  }
  return out;
}

TEST(Completion, KnowsEveryCommand) {
  const std::set<std::string> commands = InBash({""});
  EXPECT_THAT(commands, testing::IsSupersetOf({"verify", "fold", "report", "completion", "run"}));
  for (const std::string& command : commands) {
    EXPECT_THAT(RunFoldproof({command, "--help"}).out, HasSubstr("Usage: foldproof " + command));
  }
}

// Completion offers what each command's own help lists, so that no option is forgotten.
TEST(Completion, KnowsEveryOption) {
  std::vector<Words> commands{{"report", "diff"}};
  for (const std::string& command : InBash({""})) commands.push_back({command});
  for (const Words& command : commands) {
    Words typed = command;
    typed.push_back("--");
    const std::set<std::string> options = LongOptionsOf(command);
    EXPECT_THAT(options, Contains("--help"));
    EXPECT_EQ(InBash(typed), options) << command[0];
  }
}

TEST(Completion, KnowsTheValuesOfAnOption) {
  EXPECT_THAT(InBash({"verify", "a.pt2", "--fold", ""}),
              UnorderedElementsAre("upstream", "guarded", "repair"));
  EXPECT_THAT(InBash({"verify", "--domain", "c"}), ElementsAre("calibrated"));
  EXPECT_THAT(InBash({"verify", "--domain", "=", "c"}), ElementsAre("calibrated"));
  EXPECT_THAT(InBash({"verify", "--domain", "="}), Contains("calibrated"));
  EXPECT_THAT(InBash({"report", "--to", "m"}), ElementsAre("markdown"));
  EXPECT_THAT(InBash({"completion", ""}), UnorderedElementsAre("bash", "zsh", "fish"));
}

// An empty reply lets the shell complete files.
TEST(Completion, LeavesFilesToTheShell) {
  EXPECT_THAT(InBash({"verify", ""}), IsEmpty());
  EXPECT_THAT(InBash({"verify", "--json", ""}), IsEmpty());
  EXPECT_THAT(InBash({"report", "diff", ""}), IsEmpty());
  EXPECT_THAT(InBash({"report", ""}), UnorderedElementsAre("diff", "script", "ask", "out", "err"));
}

TEST(Completion, OfUnknownShellsIsUnusable) {
  ExpectOneLineError(RunFoldproof({"completion", "csh"}), 3);
  ExpectOneLineError(RunFoldproof({"completion"}), 3);
}

TEST(Completion, IsAScriptOfFishAndZsh) {
  const Scratch scratch;
  int tried = 0;
  for (const std::string shell : {"fish", "zsh"}) {
    if (std::system(("command -v " + shell + " >/dev/null").c_str()) != 0) continue;
    ++tried;
    std::ofstream(scratch / shell) << RunFoldproof({"completion", shell}).out;
    EXPECT_EQ(std::system((shell + " -n " + scratch / shell + " 2>/dev/null").c_str()), 0) << shell;
  }
  if (std::filesystem::exists(scratch / "fish")) {
    const std::string ask = "fish -c 'source " + scratch / "fish" +
                            "; complete -C \"foldproof report --to m\"' >" + scratch / "out";
    EXPECT_EQ(std::system(ask.c_str()), 0);
    EXPECT_THAT(ReadText(scratch / "out"), testing::StartsWith("markdown"));
  }
  if (tried == 0) GTEST_SKIP() << "SKIPPED: neither fish nor zsh is installed";
}

TEST(Help, ShowsAnExampleOfEveryCommand) {
  for (const std::string& command : InBash({""})) {
    const std::string help = RunFoldproof({command, "--help"}).out;
    EXPECT_THAT(help, testing::ContainsRegex("Examples?: .*foldproof " + command)) << command;
  }
}

}  // namespace
}  // namespace foldproof::cli
