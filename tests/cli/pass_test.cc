// SPDX-License-Identifier: BSD-3-Clause
//
// --pass of verify, fuzz and replay, as a user gives it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/program_run.h"

namespace foldproof::cli {
namespace {

using testing::HasSubstr;

constexpr char kBefore[] = "golden/pt2/default_conv2d_nobias.before.pt2";
constexpr char kAfter[] = "golden/pt2/default_conv2d_nobias.after.pt2";
// A worker of a few lines of shell that dies on its third program, and so again and again.
constexpr char kMortal[] =
    "echo '{\"foldproof_worker\": 1}'; for n in 1 2 3; do read -r l || exit 0; "
    "test $n = 3 && kill -9 $$; i=${l#*:}; echo \"{\\\"id\\\": ${i%%,*}, \\\"result\\\": "
    "\\\"unchanged\\\"}\"; done";

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
  EXPECT_EQ(Json(scratch / "report.json")["structure"][0]["rule"], "pass-raises");
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
    if (!failures.empty()) EXPECT_EQ(report["failures"].dump(), failures);
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

TEST(ReplayPass, RunsNoCommandThatStandsInAFile) {
  const Scratch scratch;
  const std::string command = "touch " + (scratch / "ran") + "; exit 3 # {in} {out}";
  const Ran fuzzed = RunFoldproof({"fuzz", "--cases", "1", "--pass", command, "--json",
                                   scratch / "fuzz.json", "--out", scratch / "cases"});
  EXPECT_EQ(fuzzed.code, 1) << fuzzed.err;
  const std::string kept = Json(scratch / "fuzz.json")["failures"][0]["case"];
  std::filesystem::remove(scratch / "ran");
  const Ran refused = RunFoldproof({"replay", kept});
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("give --pass with it"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "ran"));
  const Ran again = RunFoldproof({"replay", kept, "--pass", command});
  EXPECT_EQ(again.code, 1) << again.err;
  EXPECT_THAT(again.out, HasSubstr("it fails again by pass-raises"));
  EXPECT_EQ(RunFoldproof({"replay", kept, "--pass", "true {in} {out}"}).code, 0);
}

}  // namespace
}  // namespace foldproof::cli
