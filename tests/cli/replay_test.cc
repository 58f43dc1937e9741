// SPDX-License-Identifier: BSD-3-Clause
//
// `foldproof replay` of cases of --pass, with the pass and without it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli::replay_test {
namespace {

using testing::HasSubstr;

bool HasPython() { return std::system("python3 -c '' 2>/dev/null") == 0; }

nlohmann::json Json(const std::string& path) { return nlohmann::json::parse(ReadText(path)); }

TEST(ReplayPass, RunsNoCommandThatStandsInAFile) {
  const Scratch scratch;
  const std::string command = "touch " + (scratch / "ran") + "; exit 3 # {in} {out}";
  const Ran fuzzed = RunFoldproof({"fuzz", "--cases", "1", "--pass", command, "--json",
                                   scratch / "fuzz.json", "--out", scratch / "cases"});
  EXPECT_EQ(fuzzed.code, 1) << fuzzed.err;
  const std::string kept = Json(scratch / "fuzz.json")["failures"][0]["case"];
  std::filesystem::remove(scratch / "ran");
  const Ran told = RunFoldproof({"replay", kept});
  EXPECT_EQ(told.code, 1) << told.err;  // as it was kept
  EXPECT_THAT(told.out, HasSubstr("it failed by pass-raises; give --pass with the command"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "ran"));
  const Ran again = RunFoldproof({"replay", kept, "--pass", command});
  EXPECT_EQ(again.code, 1) << again.err;
  EXPECT_THAT(again.out, HasSubstr("it fails again by pass-raises"));
  EXPECT_EQ(RunFoldproof({"replay", kept, "--pass", "true {in} {out}"}).code, 0);
}

// Folds as `foldproof fold --policy upstream` does, holes included.
class ReplayBrokenWorker : public testing::Test {
 protected:
  // The folder of the first kept case, all of whose failures are by `rule`.
  std::string Kept(const std::string& command, const std::string& rule) {
    const Ran ran = RunFoldproof({"fuzz", "--cases", "40", "--pass", command, "--properties", rule,
                                  "--json", scratch_ / "fuzz.json", "--out", scratch_ / "cases"});
    EXPECT_EQ(ran.code, 1) << ran.err;
    return Json(scratch_ / "fuzz.json")["failures"].at(0)["case"];
  }

  Scratch scratch_;
};

TEST_F(ReplayBrokenWorker, ShowsAgainWithThePassAndWithoutIt) {
  if (!HasPython()) GTEST_SKIP() << "there is no python3";
  std::ofstream(scratch_ / "worker.py")
      << "import json, subprocess, sys\n"
         "print('{\"foldproof_worker\": 1}', flush=True)\n"
         "for line in sys.stdin:\n"
         "    request = json.loads(line)\n"
         "    subprocess.run([sys.argv[1], 'fold', request['in'], '-o', request['out'],\n"
         "                    '--policy', 'upstream', '--quiet'], check=True)\n"
         "    print(json.dumps({'id': request['id'], 'result': 'folded'}), flush=True)\n";
  const std::string command =
      "exec python3 -I -S " + (scratch_ / "worker.py") + " " + tests::kProgram;
  const std::string kept = Kept(command, "saturation");
  for (const char* executor : {"integer", "eigen"}) {
    const Ran with = RunFoldproof({"replay", kept, "--pass", command, "--executor", executor});
    EXPECT_EQ(with.code, 1) << with.err;
    EXPECT_THAT(with.out, HasSubstr("it fails again by saturation"));
    const Ran without = RunFoldproof({"replay", kept, "--executor", executor});
    EXPECT_EQ(without.code, 1) << without.err;
    EXPECT_THAT(without.out, HasSubstr("it fails again by saturation"));
    EXPECT_THAT(without.out, HasSubstr("left in " + kept + "/after.pt2"));
  }
  EXPECT_EQ(RunFoldproof({"replay", kept, "--pass", "cp {in} {out}"}).code, 0);
}

TEST_F(ReplayBrokenWorker, WhatRaisedAfterItWroteLeavesNoProgram) {
  const std::string kept = Kept("cp {in} {out}; echo no >&2; exit 5", "pass-raises");
  EXPECT_FALSE(std::filesystem::exists(kept + "/after.pt2"));
  // A folder of an older version has what it wrote.
  std::filesystem::copy_file(kept + "/before.pt2", kept + "/after.pt2");
  const Ran told = RunFoldproof({"replay", kept});
  EXPECT_EQ(told.code, 1) << told.err;
  EXPECT_THAT(told.out, HasSubstr("pass-raises: exit code 5: no"));
}

TEST_F(ReplayBrokenWorker, WhatWroteNothingIsToldAgain) {
  const std::string nothing =
      "echo '{\"foldproof_worker\": 1}'; while read -r l; do i=${l#*:}; "
      "echo \"{\\\"id\\\": ${i%%,*}, \\\"result\\\": \\\"folded\\\"}\"; done";
  const std::string kept = Kept(nothing, "program-unusable");
  const Ran told = RunFoldproof({"replay", kept});
  EXPECT_EQ(told.code, 1) << told.err;
  EXPECT_THAT(told.out, HasSubstr("it says that it folded, and wrote no file"));
  EXPECT_THAT(told.out, HasSubstr("it failed by program-unusable; give --pass with the command"));
}

// That a pass comes to nothing does not mend the case.
TEST_F(ReplayBrokenWorker, APassThatComesToNoProgramSaysNothingOfTheFault) {
  const std::string kept = Kept("head -c 900 {in} >{out}", "program-unusable");
  const std::string folds = Kept(
      std::string(tests::kProgram) + " fold {in} -o {out} --policy upstream --quiet", "saturation");
  const auto replay = [](const std::string& folder, std::vector<std::string> pass) {
    pass.insert(pass.begin(), {"replay", folder, "--pass"});
    return RunFoldproof(pass);
  };
  const Ran raised = replay(folds, {"echo no such file >&2; exit 2 # {in} {out}"});
  EXPECT_EQ(raised.code, 1) << raised.err;
  EXPECT_THAT(raised.out, HasSubstr("pass-raises: exit code 2: no such file"));
  EXPECT_THAT(raised.out, HasSubstr("the pass came to no program (pass-raises), so nothing says "
                                    "whether it still fails by saturation"));
  EXPECT_THAT(raised.out, Not(HasSubstr("no longer")));
  for (const std::string& never : {std::string("exit 4"), std::string("echo hi; sleep 1000")}) {
    const Ran ran = replay(folds, {never, "--pass-start-timeout", "0.5"});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr("--pass: cannot be started: "));
  }
  const Ran other = replay(kept, {"exit 5 # {in} {out}"});
  EXPECT_EQ(other.code, 1) << other.err;
  EXPECT_THAT(other.out, HasSubstr("it no longer fails by program-unusable, but by pass-raises"));
  const Ran left = replay(kept, {"true {in} {out}"});
  EXPECT_EQ(left.code, 0) << left.err;
}

TEST_F(ReplayBrokenWorker, KeepsAndShowsWhatNobodyCanUse) {
  const std::string kept = Kept("head -c 900 {in} >{out}", "program-unusable");
  EXPECT_EQ(std::filesystem::file_size(kept + "/after.pt2"), 900u);
  const Ran without = RunFoldproof({"replay", kept});
  EXPECT_EQ(without.code, 1) << without.err;
  EXPECT_THAT(without.out, HasSubstr("it fails again by program-unusable"));
}

}  // namespace
}  // namespace foldproof::cli::replay_test
