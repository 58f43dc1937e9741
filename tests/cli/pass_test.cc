// SPDX-License-Identifier: BSD-3-Clause
//
// --pass of verify and fuzz, as a user gives it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli::pass_test {
namespace {

using testing::HasSubstr;

constexpr char kBefore[] = "golden/pt2/default_conv2d_nobias.before.pt2";
constexpr char kAfter[] = "golden/pt2/default_conv2d_nobias.after.pt2";
// A worker of a few lines of shell that dies on its third program, and so again and again.
constexpr char kMortal[] =
    "echo '{\"foldproof_worker\": 1}'; for n in 1 2 3; do read -r l || exit 0; "
    "test $n = 3 && kill -9 $$; i=${l#*:}; echo \"{\\\"id\\\": ${i%%,*}, \\\"result\\\": "
    "\\\"unchanged\\\"}\"; done";

// A worker in Python that says it folded: `body` makes the file `out` of the file `inn`, for the
// third of every three programs alone; the others stay as they are.
std::string PythonWorker(const std::string& path, const std::string& body) {
  std::ofstream(path)
      << "import json, os, signal, subprocess, sys, time\n"
         "print('{\"foldproof_worker\": 1}', flush=True)\n"
         "for count, line in enumerate(sys.stdin, 1):\n"
         "    request = json.loads(line)\n"
         "    inn, out, result = request['in'], request['out'], 'unchanged'\n"
         "    if count % 3 == 0:\n"
         "        result = 'folded'\n        " +
             body +
             "\n    print(json.dumps({'id': request['id'], 'result': result}), flush=True)\n";
  return "exec python3 -I -S " + path;
}

bool HasPython() { return std::system("python3 -c '' 2>/dev/null") == 0; }

nlohmann::json Json(const std::string& path) { return nlohmann::json::parse(ReadText(path)); }

TEST(VerifyPass, JudgesWhatTheCommandMakes) {
  const Scratch scratch;
  const std::string copy = std::string("cp ") + kAfter + " {out} # {in}";
  const Ran ran =
      RunFoldproof({"verify", kBefore, "--pass", copy, "--json", scratch / "report.json"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("because: saturation at quantize_per_tensor_1"));
  const auto after = Json(scratch / "report.json")["after"];
  EXPECT_EQ(after["pass"]["command"], copy);
  EXPECT_EQ(after["pass"]["result"], "folded");
}

TEST(VerifyPass, WhatMakesNoProgramDiffers) {
  const Scratch scratch;
  const Ran ran = RunFoldproof({"verify", kBefore, "--pass", "echo why >&2; exit 3 # {in} {out}",
                                "--json", scratch / "report.json"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("pass: pass-raises: exit code 3: why"));
  EXPECT_THAT(ran.out, HasSubstr("DIFFERS: the pass made no program that could be judged.\n"));
  EXPECT_THAT(ran.out, HasSubstr("structure pass-raises: exit code 3: why"));
  EXPECT_THAT(ran.out, Not(HasSubstr("--explain")));
  EXPECT_THAT(ran.out, Not(HasSubstr("bit for bit")));
  const auto report = Json(scratch / "report.json");
  EXPECT_EQ(report["structure"][0]["rule"], "pass-raises");
  EXPECT_TRUE(report["sites"].empty());
}

TEST(VerifyPass, ACommandThatIsNotThereIsAnError) {
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"verify", kBefore}, {"fuzz", "--cases", "20"}}) {
    std::vector<std::string> words = line;
    words.insert(words.end(), {"--pass", "foldproof_nosuchcmd {in} {out}"});
    const Ran ran = RunFoldproof(words);
    EXPECT_EQ(ran.code, 3) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr("--pass: cannot be started: "));
    EXPECT_THAT(ran.err, HasSubstr("foldproof_nosuchcmd: not found"));
    EXPECT_EQ(ran.out, "");
  }
}

TEST(VerifyPass, ACommandThatIsNeitherFormIsToldBoth) {
  const Ran ran = RunFoldproof({"verify", kBefore, "--pass", "echo hi"});
  EXPECT_EQ(ran.code, 3) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("exit code 0 before its handshake"));
  EXPECT_THAT(ran.err, HasSubstr("docs/worker.md"));
  EXPECT_THAT(ran.err, HasSubstr("{in} and {out}"));
}

// A worker that hangs on each program, and comes up after so many seconds.
std::string HangingWorker(const std::string& start) {
  return "sleep " + start + "; echo '{\"foldproof_worker\": 1}'; exec sleep 1000";
}

TEST(FuzzPass, ASlowStartIsNoHangOfAProgram) {
  const Scratch scratch;
  const Ran slow =
      RunFoldproof({"fuzz", "--cases", "1", "--pass", "sleep 1.2; " + std::string(kMortal),
                    "--pass-timeout", "0.5", "--properties", "pass-hangs"});
  EXPECT_EQ(slow.code, 0) << slow.out << slow.err;
  const Ran never = RunFoldproof({"fuzz", "--cases", "3", "--pass", HangingWorker("1000"),
                                  "--pass-start-timeout", "0.5", "--out", scratch / "cases"});
  ExpectOneLineError(never, 3);
  EXPECT_THAT(never.err, HasSubstr("--pass: cannot be started: no handshake after 0.5 seconds"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "cases"));  // no program is to blame
}

// Each draw that is tried costs its time-out.
TEST(FuzzPass, HangsAreShrunkWithinBounds) {
  const Scratch scratch;
  const Ran ran =
      RunFoldproof({"fuzz", "--cases", "9", "--pass", HangingWorker("0"), "--pass-timeout", "0.05",
                    "--properties", "pass-hangs", "--json", scratch / "fuzz.json"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  const auto report = Json(scratch / "fuzz.json");
  EXPECT_EQ(report["failed"], 9);
  EXPECT_LE(report["failures"].size(), 3u);
  for (const auto& failure : report["failures"]) EXPECT_LE(failure["draws_tried"], 4);
}

TEST(FuzzOptions, NumbersThatMustBeAboveZeroSaySo) {
  for (const std::string text : {"0", "-1", "nan", "inf", "ten"}) {
    const Ran ran = RunFoldproof({"fuzz", "--seconds", text});
    EXPECT_EQ(ran.code, 3) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr("--seconds: must be a number above 0, not " + text));
  }
}

TEST(VerifyPass, OneThatChangesNothingIsNoProof) {
  const Ran ran = RunFoldproof({"verify", kBefore, "--pass", "true {in} {out}"});
  EXPECT_EQ(ran.code, 2) << ran.err;
  EXPECT_THAT(ran.out, testing::StartsWith("UNCHANGED: the pass changed nothing"));
  EXPECT_THAT(ran.out, Not(HasSubstr("HOLDS")));
  const Scratch scratch;
  const Ran allowed = RunFoldproof({"verify", kBefore, "--pass", "true {in} {out}",
                                    "--allow-unchanged", "--json", scratch / "r.json"});
  EXPECT_EQ(allowed.code, 0) << allowed.err;
  RunFoldproof(
      {"verify", kBefore, "--pass", "true {in} {out}", "--quiet", "--json", scratch / "r.json"});
  const Ran told = RunFoldproof({"report", scratch / "r.json", "--to", "markdown"});
  EXPECT_THAT(told.out, HasSubstr("foldproof: UNPROVED"));
  EXPECT_THAT(told.out, HasSubstr("the pass changed nothing"));
}

TEST(VerifyPass, OneThatChangesNothingSaysHow) {
  const Scratch scratch;
  std::ofstream(scratch / "refuses.py")
      << "import json, sys\nprint('{\"foldproof_worker\": 1}', flush=True)\n"
         "for line in sys.stdin:\n"
         "    print(json.dumps({'id': json.loads(line)['id'], 'result': 'refused',\n"
         "                      'reason': 'not today'}), flush=True)\n";
  std::vector<std::pair<std::string, std::string>> passes{
      {"true {in} {out}", "it wrote no file"}, {"cp {in} {out}", "it wrote the same program"}};
  if (HasPython())
    passes.emplace_back("exec python3 -I -S " + (scratch / "refuses.py"), "it refused: not today");
  for (const auto& [command, how] : passes) {
    const Ran ran = RunFoldproof({"verify", kBefore, "--pass", command});
    EXPECT_THAT(ran.out, HasSubstr("UNCHANGED: the pass changed nothing (" + how + "), so"));
  }
}

TEST(VerifyPass, InAGateOneThatChangesNothingIsUnprovedUnlessAllowed) {
  const Scratch scratch;
  const std::string pair = "[[pair]]\nname = \"p\"\nbefore = \"" +
                           (std::filesystem::path(tests::kSourceFolder) / kBefore).string() +
                           "\"\npass = \"true {in} {out}\"\n";
  std::ofstream(scratch / "gate.toml") << pair;
  const Ran held = RunFoldproof({"gate", "--config", scratch / "gate.toml"});
  EXPECT_EQ(held.code, 2) << held.err;
  EXPECT_THAT(held.out, HasSubstr("the pass changed nothing"));
  std::ofstream(scratch / "gate.toml") << pair << "unchanged = \"allowed\"\n";
  EXPECT_EQ(RunFoldproof({"gate", "--config", scratch / "gate.toml"}).code, 0);
}

TEST(VerifyPass, WantsOneOfThree) {
  EXPECT_EQ(RunFoldproof({"verify", kBefore, kAfter, "--pass", "cp {in} {out}"}).code, 3);
  EXPECT_EQ(RunFoldproof({"verify", kBefore, "--pass", "cp {in} x"}).code, 3);
}

TEST(FuzzPass, GoesOnAndIsTheSameForAnyNumberOfWorkers) {
  const Scratch scratch;
  // Refuses by what the program is, not by what came before: its file's size.
  const std::string command =
      "test $(($(wc -c <{in}) % 3)) = 0 && { echo odd >&2; exit 5; }; true # {out}";
  std::string failures;
  for (const char* workers : {"1", "2"}) {
    const Ran ran = RunFoldproof({"fuzz", "--cases", "80", "--pass", command, "--workers", workers,
                                  "--json", scratch / "fuzz.json", "--properties", "pass-raises"});
    EXPECT_EQ(ran.code, 1) << ran.err;
    const auto report = Json(scratch / "fuzz.json");
    EXPECT_EQ(report["cases"], 80);
    EXPECT_GT(report["failed"], 0);
    EXPECT_LT(report["failed"], 80);
    if (!failures.empty()) {
      EXPECT_EQ(report["failures"].dump(), failures);
    }
    failures = report["failures"].dump();
  }
}

TEST(FuzzPass, ADyingWorkerLosesNoCase) {
  const Scratch scratch;
  const Ran ran = RunFoldproof({"fuzz", "--cases", "9", "--pass", kMortal, "--json",
                                scratch / "fuzz.json", "--properties", "pass-dies"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  const auto report = Json(scratch / "fuzz.json");
  EXPECT_EQ(report["cases"], 9);
  EXPECT_EQ(report["failed"], 3);
  EXPECT_THAT(report["failures"][0]["detail"].get<std::string>(), HasSubstr("signal 9 (Killed)"));
}

// What a worker does wrong with its third program, and what that is called.
struct Misdeed {
  const char* name;
  const char* body;
  const char* rule;
  const char* detail;
};

class FuzzMisdeed : public testing::TestWithParam<Misdeed> {};

TEST_P(FuzzMisdeed, IsAFindingAndTheRunGoesOn) {
  if (!HasPython()) GTEST_SKIP() << "there is no python3";
  const Scratch scratch;
  const std::string command = PythonWorker(scratch / "worker.py", GetParam().body);
  const Ran ran =
      RunFoldproof({"fuzz", "--cases", "7", "--pass", command, "--pass-timeout", "2", "--shrinks",
                    "1", "--properties", GetParam().rule, "--json", scratch / "fuzz.json",
                    "--outcomes", scratch / "outcomes.tsv", "--out", scratch / "cases"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  const auto report = Json(scratch / "fuzz.json");
  EXPECT_EQ(report["cases"], 7);
  EXPECT_EQ(report["failed"], 2);  // its third and sixth, also where it was started again
  EXPECT_EQ(report["failures"][0]["rule"], GetParam().rule);
  EXPECT_THAT(ReadText(scratch / "outcomes.tsv"),
              HasSubstr("2\tfailed\t" + std::string(GetParam().rule) + "\t"));
  EXPECT_THAT(ReadText(scratch / "outcomes.tsv"), HasSubstr(GetParam().detail));
}

INSTANTIATE_TEST_SUITE_P(
    Of, FuzzMisdeed,
    testing::Values(
        Misdeed{"Killed", "os.kill(os.getpid(), signal.SIGKILL)", "pass-dies", "signal 9"},
        Misdeed{"Hangs", "time.sleep(1000)", "pass-hangs", "no answer after 2 seconds"},
        Misdeed{"Rubbish", "print('hello', flush=True)", "pass-prints-rubbish", "'hello'"},
        Misdeed{"HalfAFile", "open(out, 'wb').write(open(inn, 'rb').read()[:1000])",
                "program-unusable", "out.pt2"},
        Misdeed{"NoFile", "pass", "program-unusable", "wrote no file"},
        Misdeed{"OtherSignature",
                "open(out, 'wb').write(open('golden/pt2/w8a32_conv1d_nobias.after.pt2', "
                "'rb').read())",
                "signature-changed", " became "}),
    [](const testing::TestParamInfo<Misdeed>& given) { return given.param.name; });

TEST(FuzzPass, KnownRulesAreNoFailures) {
  const Scratch scratch;
  const auto fuzz = [&](const std::string& known) {
    std::vector<std::string> line{"fuzz",
                                  "--cases",
                                  "20",
                                  "--policy",
                                  "upstream",
                                  "--shrinks",
                                  "1",
                                  "--outcomes",
                                  scratch / "outcomes.tsv",
                                  "--json",
                                  scratch / "fuzz.json"};
    if (!known.empty()) line.insert(line.end(), {"--known", known});
    RunFoldproof(line);
    return ReadText(scratch / "outcomes.tsv");
  };
  const std::string all = fuzz("");
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 20);
  EXPECT_THAT(all, HasSubstr("\tfailed\tchain-survives\t"));
  const std::string rest = fuzz("chain-survives,pass-raises");
  EXPECT_THAT(rest, Not(HasSubstr("chain-survives")));
  EXPECT_THAT(rest, HasSubstr("\tfailed\t"));
}

TEST(Fuzz, AMisspelledRuleIsRefused) {
  for (const char* option : {"--properties", "--known"}) {
    const Ran ran = RunFoldproof({"fuzz", "--cases", "1", option, "saturaton"});
    EXPECT_EQ(ran.code, 3);
    EXPECT_THAT(ran.err, HasSubstr("did you mean 'saturation'?"));
  }
  EXPECT_EQ(RunFoldproof({"fuzz", "--cases", "1", "--known", "needlessly-coarse"}).code, 0);
}

TEST(Fuzz, OptionsThatAskingTheJudgeWouldNotHeedAreRefused) {
  for (const auto& [option, value] :
       {std::pair{"--resume", kBefore}, {"--policy", "guarded"}, {"--shrinks", "3"}}) {
    const Ran ran = RunFoldproof({"fuzz", "--judge", "--cases", "1", option, value});
    EXPECT_EQ(ran.code, 3);
    EXPECT_THAT(ran.err, HasSubstr(option));
  }
}

}  // namespace
}  // namespace foldproof::cli::pass_test
