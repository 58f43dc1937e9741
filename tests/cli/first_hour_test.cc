// SPDX-License-Identifier: BSD-3-Clause
//
// What somebody meets who uses the program for the first time: what is shown in 80 columns, the
// names of their own, files that are mixed up, and a campaign that is to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/program_run.h"
#include "tests/cli/terminal.h"
#include "tests/paths.h"

namespace foldproof::cli::first_hour_test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kBefore = "golden/pt2/default_conv2d_nobias.before.pt2";
const std::string kAfter = "golden/pt2/default_conv2d_nobias.after.pt2";
// Their convs come from the modules a.0 and b.0.
const std::string kNamedBefore = "golden/reported/chunk.xpc.tao.before.pt2";
const std::string kNamedAfter = "golden/reported/chunk.xpc.tao.after.pt2";

const std::string kFloatNet = "golden/weight_folds/conv2d_nobias.before.pt2";

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out.push_back(line);
  return out;
}

nlohmann::json JsonIn(const std::string& path) { return nlohmann::json::parse(ReadText(path)); }

// A word that is wider than a line, such as a path, stands by itself.
testing::AssertionResult Fits(const std::string& text, std::size_t columns) {
  for (const std::string& line : LinesOf(text)) {
    const std::size_t word = std::min(line.find_first_not_of(' '), line.size());
    if (line.size() > columns && line.find(' ', word) != std::string::npos)
      return testing::AssertionFailure() << line.size() << " columns: " << line;
  }
  return testing::AssertionSuccess();
}

TEST(Columns, HelpFitsEighty) {
  for (const char* command : {"", "verify", "compare", "fold", "fuzz", "replay", "gate", "golden",
                              "tails", "show", "run", "report", "completion"}) {
    std::vector<std::string> line{"--help"};
    if (*command != '\0') line.insert(line.begin(), command);
    EXPECT_TRUE(Fits(RunFoldproof(line).out, 80)) << command;
  }
}

TEST(Columns, WhatIsSaidInATerminalIsBrokenAtWords) {
  const auto plain = [] { ::setenv("NO_COLOR", "1", 1); };
  const Scratch scratch;
  const std::string part = scratch / "part.json";
  RunFoldproof({"fuzz", "--cases", "40", "--policy", "upstream", "--shard", "1/2", "--quiet",
                "--json", part});
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"verify", kBefore, kAfter, "--explain"},
        {"compare", kBefore, kAfter, "--random", "3"},
        {"gate", "--config", "golden/foldproof.toml"},
        {"fuzz", "--cases", "20", "--policy", "upstream"},
        {"fuzz", "merge", part, "--allow-missing"},
        {"replay", "golden/holes/saturation"}}) {
    for (const unsigned short columns : {80, 60}) {
      const std::string shown = OnATerminal(line, plain, columns);
      if (shown.empty()) GTEST_SKIP() << "SKIPPED: no pseudo-terminal here";
      EXPECT_TRUE(Fits(shown, columns)) << line.front();
    }
  }
  // Elsewhere a line stays one, so that it can be searched.
  EXPECT_FALSE(Fits(RunFoldproof({"verify", kBefore, kAfter}).out, 80));
}

// In 80 columns a row of a table is a row.
TEST(Columns, TheTableOfCompareFits) {
  const Ran ran = RunFoldproof({"compare", kBefore, kAfter, "--random", "3"});
  bool has_row = false;
  for (const std::string& line : LinesOf(ran.out)) {
    if (!line.starts_with("  conv2d ")) continue;
    has_row = true;
    EXPECT_LE(line.size(), 80u) << line;
  }
  EXPECT_TRUE(has_row) << ran.out;
}

TEST(Names, OfTheUsersOwnStandEverywhere) {
  const Scratch scratch;
  const Ran ran = RunFoldproof({"verify", kNamedBefore, kNamedAfter, "--tolerance", "0.1", "--json",
                                scratch / "r.json", "--explain"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("  conv2d (a.0) -> conv2d, "));
  EXPECT_THAT(ran.out, HasSubstr(" where chunk (aten.chunk.default) reads it: at most "));
  const auto told = [&](const char* format) {
    return RunFoldproof({"report", scratch / "r.json", "--to", format}).out;
  };
  EXPECT_THAT(told("markdown"), HasSubstr("conv2d (a.0)"));
  EXPECT_THAT(told("junit"), HasSubstr("name=\"conv2d (a.0): chunk (aten.chunk.default)\""));
  EXPECT_THAT(told("github"), HasSubstr("conv2d (a.0)"));
  const auto sarif = nlohmann::json::parse(told("sarif"));
  const auto& result = sarif["runs"][0]["results"][0];
  EXPECT_THAT(result["message"]["text"].get<std::string>(), StartsWith("conv2d (a.0): "));
  EXPECT_THAT(result["locations"][0]["logicalLocations"],
              Contains(nlohmann::json{
                  {"name", "a.0"}, {"fullyQualifiedName", "module/a.0"}, {"kind", "module"}}));
  EXPECT_THAT(RunFoldproof({"compare", "golden/reported/linbn.aofloat.before.pt2",
                            "golden/reported/linbn.aofloat.after.pt2", "--random", "3"})
                  .out,
              HasSubstr("  conv2d (c.0) "));
  std::ofstream(scratch / "gate.toml")
      << "[[pair]]\nname = \"p\"\nbefore = \"" << tests::kSourceFolder << "/" << kNamedBefore
      << "\"\nafter = \"" << tests::kSourceFolder << "/" << kNamedAfter << "\"\ntolerance = 0.1\n";
  EXPECT_THAT(RunFoldproof({"gate", "--config", scratch / "gate.toml"}).out,
              HasSubstr("conv2d (a.0)"));
}

// A witness is what a program reads, or what a convolution inside of it reads instead of computing
// it.
TEST(Names, OfAValueAreWhereItsWitnessIsPut) {
  const Scratch scratch;
  const std::string before = "golden/reported/edge_qb.before.pt2";
  const Ran said = RunFoldproof({"verify", before, "golden/reported/edge_qb.after.pt2",
                                 "--tolerance", "0.1", "--witness", scratch / "w"});
  EXPECT_THAT(said.out, HasSubstr("witness: an input of the program that makes accumulator "));
  EXPECT_THAT(said.out, HasSubstr("witness: a tensor for what aten_convolution_default_1 reads "));
  for (const char* witness : {"w/site0_tail0.npz", "w/site1_tail0.npz"}) {
    const auto run = [&](const std::string& program) {
      return RunFoldproof({"run", program, "--inputs", scratch / witness, "--executor", "integer",
                           "--out", scratch / "y.npz"});
    };
    const Ran ran = run(before);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(run("golden/pt2/hand_00_base.before.pt2").code, 3);  // of another program
  }
}

TEST(Words, AFloatNetworkHasUnitsThatSayWhatTheyAre) {
  const Ran ran = RunFoldproof({"compare", "golden/pt2/w8a32_conv1d_nobias.before.pt2",
                                "golden/pt2/w8a32_conv1d_nobias.after.pt2", "--random", "3"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("one LSB is a float32 step there, "));
}

TEST(Words, ARepairedFoldSaysWhyItIsFurtherApartWhereBeforeClips) {
  const Ran repaired = RunFoldproof({"verify", kBefore, "--fold", "repair"});
  EXPECT_EQ(repaired.code, 0) << repaired.err;
  EXPECT_THAT(repaired.out, HasSubstr("gives a quantizer more room"));
  EXPECT_THAT(RunFoldproof({"verify", kBefore, "--fold", "upstream"}).out,
              Not(HasSubstr("more room")));
}

TEST(Words, ACommandCanBeGivenToAShellAgain) {
  const Scratch scratch;
  RunFoldproof({"verify", kBefore, "--pass", "cp {in} {out}", "--allow-unchanged", "--json",
                scratch / "r.json", "--quiet"});
  EXPECT_THAT(RunFoldproof({"report", scratch / "r.json", "--to", "markdown"}).out,
              HasSubstr("--pass &#39;cp &#123;in&#125; &#123;out&#125;&#39; "));
}

TEST(Mistakes, FilesThatAreMixedUpAreNamed) {
  const Ran program = RunFoldproof({"report", kBefore, "--to", "sarif"});
  EXPECT_EQ(program.code, 3);
  EXPECT_THAT(program.err, HasSubstr("is an archive, as a program (.pt2) is, and no report"));
  const std::string report = "golden/reports/hand_00_base.json";
  const Ran json = RunFoldproof({"verify", report, kAfter});
  EXPECT_EQ(json.code, 3);
  EXPECT_THAT(json.err, HasSubstr("is JSON, such as a report, not an exported program"));
  const Ran parent = RunFoldproof({"replay", "golden/holes"});
  EXPECT_EQ(parent.code, 3);
  EXPECT_THAT(parent.err, HasSubstr("folders below it have one; give one of them, such as "
                                    "golden/holes/alpha"));
}

TEST(Mistakes, InputsAreToldFromProgramsAndTensors) {
  const Scratch scratch;
  RunFoldproof({"verify", kBefore, kAfter, "--witness", scratch / "w", "--quiet"});
  const std::string inputs = scratch / "w/site0_tail0.npz";
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"show", inputs}, {"verify", inputs, kAfter}}) {
    const Ran ran = RunFoldproof(line);
    EXPECT_EQ(ran.code, 3);
    EXPECT_THAT(ran.err, HasSubstr("is inputs (.npz), no program"));
  }
  const std::string saved = scratch / "x.pt";
  const std::string save =
      "python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "
      "\"w\").writestr(\"x/data.pkl\", b\"\")' " +
      saved;
  if (std::system(save.c_str()) != 0) GTEST_SKIP() << "SKIPPED: no python3 here";
  const Ran ran = RunFoldproof({"verify", kBefore, kAfter, "--inputs", saved});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("is a torch.save file; numpy.savez writes one that is read"));
}

TEST(Mistakes, AReportOfACampaignSaysWhatTakesIt) {
  const Scratch scratch;
  RunFoldproof({"fuzz", "--cases", "2", "--quiet", "--json", scratch / "fuzz.json"});
  const Ran ran = RunFoldproof({"report", scratch / "fuzz.json", "--to", "markdown"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("is 'fuzz', which judges no sites; --to html alone takes it"));
  EXPECT_EQ(RunFoldproof({"report", scratch / "fuzz.json", "--to", "html"}).code, 0);
}

// A copy of the program in a folder of its own has no libtorch beside it.
TEST(Words, ARunWithoutPyTorchNamesWhatNeedsNone) {
  const Scratch scratch;
  const std::string alone = scratch / "foldproof";
  std::filesystem::copy_file(tests::kProgram, alone);
  RunFoldproof({"verify", kBefore, kAfter, "--witness", scratch / "w", "--quiet"});
  std::vector<std::string> line{
      "run", kBefore, "--inputs", scratch / "w/site0_tail0.npz", "--out", scratch / "o.npz"};
  const auto without = [] { ::unsetenv("FOLDPROOF_PYTORCH"); };
  const Ran ran = RunFoldproof(line, {}, without, alone);
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.err, HasSubstr("; --executor integer runs it without PyTorch\n"));
  line.insert(line.end(), {"--executor", "integer"});
  EXPECT_EQ(RunFoldproof(line, {}, without, alone).code, 0);
}

TEST(Words, AFoldOfTheChainNamesTheOtherPassWhereThatFolds) {
  const Ran float_net = RunFoldproof({"verify", kFloatNet, "--fold", "repair"});
  EXPECT_THAT(float_net.out, HasSubstr("left: no-chain"));
  EXPECT_THAT(float_net.out, HasSubstr("--fold-pass conv-bn folds 1 batch_norm of them into"));
  const Scratch scratch;
  const Ran alone = RunFoldproof({"fold", kFloatNet, "-o", scratch / "folded.pt2"});
  EXPECT_THAT(alone.out, HasSubstr("--fold-pass conv-bn folds 1 batch_norm of them into"));
  const Ran folded =
      RunFoldproof({"verify", kFloatNet, "--fold", "repair", "--fold-pass", "conv-bn"});
  EXPECT_THAT(folded.out, Not(HasSubstr("--fold-pass")));
}

// No tolerance moves what the ideal gap finds.
TEST(Words, AConstantThatIsOffIsToldWithItsOwnLimit) {
  const std::vector<std::string> line{"verify", "golden/pt2/hand_09_alpha_bias.before.pt2",
                                      "golden/pt2/hand_09_alpha_bias.after.pt2", "--tolerance",
                                      "3e4"};
  const Ran ran = RunFoldproof(line);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("; allowed 3e+04 LSB\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("a right fold may cost")));
  EXPECT_THAT(ran.out, HasSubstr("the constant is off: without any rounding the two are 8.89"));
  EXPECT_THAT(ran.out, HasSubstr("--tolerance does not move this limit, --ideal-gap does\n"));
  std::vector<std::string> moved = line;
  moved.insert(moved.end(), {"--ideal-gap", "10"});
  EXPECT_EQ(RunFoldproof(moved).code, 0);
  const Ran derived = RunFoldproof({"verify", kBefore, kAfter});
  EXPECT_THAT(derived.out, HasSubstr("; a right fold may cost 1.002 LSB\n"));
  EXPECT_THAT(derived.out, Not(HasSubstr("the constant is off")));
}

TEST(Words, AToleranceOfNothingIsCalledSo) {
  const Ran same = RunFoldproof({"verify", kBefore, kBefore});
  EXPECT_THAT(same.out, Not(HasSubstr("may cost 0 LSB")));
}

// The seconds that `work` takes.
template <typename Work>
double SecondsOf(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// A pass that never answers, and notes which process it is.
std::string Hanging(const std::string& file) {
  return "echo $$ >" + file + "; exec sleep 1000 # {in} {out}";
}

// Whether the process whose number stands in `file` is gone.
bool IsGone(const std::string& file) {
  const int process = std::atoi(ReadText(file).c_str());
  return process > 0 && ::kill(process, 0) != 0;
}

TEST(Time, IsKeptWhereThePassHangs) {
  const Scratch scratch;
  Ran ran;
  const double seconds = SecondsOf([&] {
    ran = RunFoldproof({"fuzz", "--seconds", "1", "--pass", Hanging(scratch / "process"), "--json",
                        scratch / "fuzz.json", "--out", scratch / "cases"});
  });
  EXPECT_LT(seconds, 15);  // 3 of an idle machine; the pass has 60
  EXPECT_TRUE(IsGone(scratch / "process"));
  const auto report = JsonIn(scratch / "fuzz.json");
  EXPECT_EQ(report["cases"], 0);
  EXPECT_EQ(report["verdict"], "unproved");  // of nothing nothing is known
  EXPECT_EQ(ran.code, 2) << ran.err;
}

// However little time there was, each rule that a case failed by is listed, with a case of it.
TEST(Time, IsKeptWhileCausesWaitAndEachRuleIsListed) {
  const Scratch scratch;
  // Raises or writes half a file, by what the program is, and takes its time.
  const std::string command =
      "sleep 0.05; test $(($(wc -c <{in}) % 2)) = 0 && exit 5; head -c 900 {in} >{out}";
  Ran ran;
  const double seconds = SecondsOf([&] {
    ran =
        RunFoldproof({"fuzz", "--seconds", "3", "--pass", command, "--json", scratch / "fuzz.json",
                      "--out", scratch / "cases", "--outcomes", scratch / "outcomes.tsv"});
  });
  EXPECT_LT(seconds, 20);                                  // 5 of an idle machine
  EXPECT_THAT(ran.code, testing::AnyOf(1, 2)) << ran.err;  // 2: it was too busy for one case
  std::set<std::string> failed, listed;
  for (const std::string& line : LinesOf(ReadText(scratch / "outcomes.tsv"))) {
    const std::size_t rule = line.find("\tfailed\t");
    if (rule != std::string::npos)
      failed.insert(line.substr(rule + 8, line.find('\t', rule + 8) - rule - 8));
  }
  const auto report = JsonIn(scratch / "fuzz.json");  // a loop over a part would not keep the whole
  for (const auto& failure : report["failures"]) {
    listed.insert(failure["rule"]);
    EXPECT_TRUE(failure["shrunk"].is_boolean());
    EXPECT_TRUE(std::filesystem::exists(failure["case"].get<std::string>() + "/case.json"));
  }
  EXPECT_EQ(listed, failed);
}

TEST(CtrlC, AnswersAtOnceAndTheSecondIsObeyed) {
  const Scratch scratch;
  const std::string line = "cd " + std::string(tests::kSourceFolder) + "; " + tests::kProgram +
                           " fuzz --cases 100 --pass '" + Hanging(scratch / "process") +
                           "' --json " + (scratch / "fuzz.json") + " 2>" + (scratch / "err") +
                           " & p=$!; n=0; until test -s " + (scratch / "process") +
                           " || test $n = 200; do sleep 0.1; n=$((n + 1)); done; kill -INT $p; " +
                           "sleep 0.5; cp " + (scratch / "err") + " " + (scratch / "first") +
                           "; kill -INT $p; wait $p";
  int code = 0;
  EXPECT_LT(SecondsOf([&] { code = std::system(line.c_str()); }), 30);
  EXPECT_EQ(WEXITSTATUS(code), 2);
  EXPECT_THAT(ReadText(scratch / "first"),
              HasSubstr("stopping; the causes found so far are made plainer, Ctrl-C again"));
  EXPECT_TRUE(IsGone(scratch / "process"));
  EXPECT_EQ(JsonIn(scratch / "fuzz.json")["cases"], 0);
}

}  // namespace
}  // namespace foldproof::cli::first_hour_test
