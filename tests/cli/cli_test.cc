// SPDX-License-Identifier: BSD-3-Clause
//
// The program as its caller meets it: exit codes, one-line errors, files whole or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/exec/arrays/npz.h"
#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// Pairs by their verdict.
const std::string kBefore = "golden/pt2/default_conv2d_nobias.before.pt2";
const std::string kDiffers = "golden/pt2/default_conv2d_nobias.after.pt2";
const std::string kUnprovedBefore = "golden/pt2/hand_13_gamma0.before.pt2";
const std::string kUnprovedAfter = "golden/pt2/hand_13_gamma0.after.pt2";
const std::string kWithinBefore = "golden/pt2/hand_00_base.before.pt2";
const std::string kWithinAfter = "golden/pt2/hand_00_base.after.pt2";
const std::string kNoFile = "there/is/no/such.pt2";

TEST(Input, AMissingFileIsNamed) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"verify", kNoFile, kDiffers},
                                             {"verify", kBefore, kNoFile},
                                             {"show", kNoFile},
                                             {"tails", kNoFile}}) {
    const Ran ran = RunFoldproof(arguments);
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr(kNoFile));
  }
}

TEST(Input, WhatIsNoArchiveIsNamed) {
  const Scratch scratch;
  std::ofstream(scratch / "text.pt2") << "this is no archive";
  std::ofstream(scratch / "empty.pt2");
  for (const std::string& file :
       {scratch / "text.pt2", scratch / "empty.pt2", std::string("golden/pt2")}) {
    const Ran ran = RunFoldproof({"verify", file, kDiffers});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr(file));
  }
}

TEST(Input, ATruncatedArchiveIsNamed) {
  const Scratch scratch;
  const std::string whole = ReadText(std::string(tests::kSourceFolder) + "/" + kBefore);
  for (const std::size_t part : {whole.size() / 4, whole.size() / 2, whole.size() - 1}) {
    const std::string file = scratch / "part.pt2";
    std::ofstream(file, std::ios::binary | std::ios::trunc)
        .write(whole.data(), static_cast<std::streamsize>(part));
    const Ran ran = RunFoldproof({"show", file});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr("part.pt2"));
  }
}

TEST(Input, AHostileNameReachesNoTerminal) {
  for (const std::string& name :
       {std::string("\x1b[31mred\x1b[0m.pt2"), std::string("two\nlines.pt2"),
        std::string("\xff\xfe.pt2"), std::string("bell\a\r\x7f.pt2")}) {
    const Ran ran = RunFoldproof({"show", name});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr(".pt2"));
  }
}

TEST(Input, AHostileNameOfAGoodFileReachesNoTerminal) {
  const Scratch scratch;
  const std::string hostile = scratch / "\x1b[31m\n.pt2";
  fs::copy_file(fs::path(tests::kSourceFolder) / kBefore, hostile);
  const Ran ran = RunFoldproof({"verify", hostile, kBefore});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
}

TEST(Verify, EveryVerdictHasItsExitCode) {
  EXPECT_EQ(RunFoldproof({"verify", kBefore, kDiffers}).code, 1);
  EXPECT_EQ(RunFoldproof({"verify", kWithinBefore, kWithinAfter}).code, 0);
  EXPECT_EQ(RunFoldproof({"verify", kUnprovedBefore, kUnprovedAfter}).code, 2);
}

TEST(Verify, AllowUnprovedForgivesOnlyTheUnproved) {
  EXPECT_EQ(RunFoldproof({"verify", kUnprovedBefore, kUnprovedAfter, "--allow-unproved"}).code, 0);
  EXPECT_EQ(RunFoldproof({"verify", kBefore, kDiffers, "--allow-unproved"}).code, 1);
}

TEST(Verify, AProgramIsEqualToItself) {
  for (const auto& entry :
       fs::directory_iterator(fs::path(tests::kSourceFolder) / "golden" / "pt2")) {
    const Scratch scratch;
    const std::string file = entry.path().string();
    const Ran ran =
        RunFoldproof({"verify", file, file, "--json", scratch / "report.json", "--allow-unproved"});
    const Json report = Json::parse(ReadText(scratch / "report.json"), nullptr, false);
    ASSERT_TRUE(report.is_object()) << file << ": " << ran.err;
    EXPECT_EQ(ran.code, 0) << file;
    for (const Json& site : report["sites"]) {
      // Where the program itself is undefined there is nothing to be equal to.
      EXPECT_THAT(site["verdict"], testing::AnyOf("equal", "unproved")) << file;
      for (const Json& tail : site["tails"]) {
        if (tail["verdict"] == "equal") continue;
        EXPECT_THAT(tail["reason"].dump(), HasSubstr("undefined")) << file;
      }
    }
  }
}

TEST(Verify, ThreadsDoNotChangeTheReport) {
  const Scratch scratch;
  RunFoldproof({"verify", kBefore, kDiffers, "--json", scratch / "one.json"});
  RunFoldproof({"verify", kBefore, kDiffers, "--json", scratch / "three.json", "--threads", "3"});
  Json one = Json::parse(ReadText(scratch / "one.json"));
  Json three = Json::parse(ReadText(scratch / "three.json"));
  one.erase("run");
  three.erase("run");
  EXPECT_EQ(one, three);
}

TEST(Verify, QuietPrintsNothing) {
  const Ran ran = RunFoldproof({"verify", kBefore, kDiffers, "--quiet"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, IsEmpty());
}

TEST(Verify, TheSummaryLeadsWithTheVerdict) {
  EXPECT_THAT(RunFoldproof({"verify", kBefore, kDiffers}).out, StartsWith("DIFFERS"));
  EXPECT_THAT(
      RunFoldproof({"verify", kWithinBefore, kWithinAfter}).out,
      StartsWith("HOLDS (within) for every input that clipped nothing before the fold; up to "
                 "11 LSB where something was clipped already."));
  EXPECT_THAT(RunFoldproof({"verify", kWithinBefore, kWithinAfter, "--tolerance", "11"}).out,
              StartsWith("HOLDS (within) for every input: "));
  EXPECT_THAT(
      RunFoldproof({"compare", kWithinBefore, kWithinAfter}).out,
      StartsWith("HOLDS (within) for every input that clipped nothing before the fold; up to "
                 "11 LSB"));
  EXPECT_THAT(RunFoldproof({"verify", kUnprovedBefore, kUnprovedAfter}).out,
              StartsWith("UNPROVED"));
}

TEST(Verify, ExplainsWhatItFound) {
  const Ran ran = RunFoldproof({"verify", kBefore, kDiffers, "--explain"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("does not hold the sum, which reaches ["));
  EXPECT_THAT(ran.out, HasSubstr("What it means, and what to do:\n  saturation\n"));
  EXPECT_THAT(ran.out, HasSubstr("Where the steps part:\n"));
  EXPECT_THAT(ran.out, HasSubstr(" clipped"));
  EXPECT_THAT(ran.out, HasSubstr("`foldproof fold --policy repair` would do"));
  EXPECT_THAT(ran.out, Not(HasSubstr("--explain says")));
  EXPECT_THAT(RunFoldproof({"verify", kBefore, kDiffers}).out, HasSubstr("--explain says"));
}

// A pair of sums has no trace, whatever is found there.
TEST(Verify, ExplainsWhatItFoundAtAPairOfSums) {
  const Ran ran = RunFoldproof({"verify", "golden/quantized/net.float.pt2",
                                "golden/quantized/net.int8.pt2", "--tolerance", "1", "--explain"});
  EXPECT_TRUE(ran.code == 1 || ran.code == 2) << ran.code << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("What it means, and what to do:\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("Where the steps part:\n")));
  EXPECT_THAT(ran.out, HasSubstr("There is no trace where a fold changes weights"));
}

// The tolerance is policy on a proved figure: 11 LSB over all inputs, 1 where nothing was clipped.
TEST(Verify, TheGateIsWhatTheOptionsSay) {
  EXPECT_EQ(RunFoldproof({"verify", kWithinBefore, kWithinAfter, "--domain", "reachable"}).code, 1);
  EXPECT_EQ(RunFoldproof({"verify", kWithinBefore, kWithinAfter, "--domain", "reachable",
                          "--tolerance", "11"})
                .code,
            0);
  EXPECT_EQ(RunFoldproof({"verify", kWithinBefore, kWithinAfter, "--tolerance", "0.5"}).code, 1);
}

TEST(Verify, IdealDistanceSaysWhichOfTheTwoIsNearer) {
  const Scratch scratch;
  const Ran asked = RunFoldproof(
      {"verify", kBefore, kDiffers, "--ideal-distance", "--json", scratch / "asked.json"});
  EXPECT_EQ(asked.code, 1);
  EXPECT_THAT(asked.out, HasSubstr("; before is nearer\n"));
  const Json tail = Json::parse(ReadText(scratch / "asked.json"))["sites"][0]["tails"][0];
  std::vector<Json> places{tail.at("ideal")};
  for (const Json& channel : tail.at("channels")) places.push_back(channel.at("ideal"));
  for (const Json& ideal : places) {
    // Where nothing clips, half a step of before's one quantizer; after's clips.
    EXPECT_LT(std::abs(ideal.at("before_calibrated_lsb").get<double>() - 0.5), 1e-4);
    EXPECT_GT(ideal.at("after_calibrated_lsb").get<double>(), 10);
    EXPECT_GE(ideal.at("before_lsb"), ideal.at("before_calibrated_lsb"));
    EXPECT_GE(ideal.at("after_lsb"), ideal.at("after_calibrated_lsb"));
  }
  RunFoldproof({"verify", kBefore, kDiffers, "--json", scratch / "plain.json", "--quiet"});
  const Json plain = Json::parse(ReadText(scratch / "plain.json"))["sites"][0]["tails"][0];
  EXPECT_FALSE(plain.at("ideal").contains("before_lsb"));
  EXPECT_FALSE(plain.at("channels")[0].at("ideal").contains("after_lsb"));
}

TEST(Output, AReportThatCannotBeWrittenIsNoVerdict) {
  const Scratch scratch;
  const Ran ran = RunFoldproof(
      {"verify", kBefore, kDiffers, "--quiet", "--json", scratch / "no/folder/report.json"});
  ExpectOneLineError(ran, 4);
  EXPECT_THAT(ran.err, HasSubstr("report.json"));
  EXPECT_EQ(scratch.count(), 0u);
  ExpectOneLineError(RunFoldproof({"tails", kBefore, "--json", scratch / "no/folder/tails.json"}),
                     4);
}

TEST(Output, AReportThatIsAFolderIsNoVerdict) {
  const Scratch scratch;
  fs::create_directory(scratch / "folder");
  ExpectOneLineError(
      RunFoldproof({"verify", kBefore, kDiffers, "--quiet", "--json", scratch / "folder"}), 4);
  EXPECT_EQ(scratch.count(), 1u);
}

TEST(Output, AFullDeviceIsNoVerdict) {
  struct stat device {};
  if (::stat("/dev/full", &device) != 0 || !S_ISCHR(device.st_mode))
    GTEST_SKIP() << "SKIPPED: no /dev/full here";
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"verify", kBefore, kBefore}, {"show", kBefore}, {"tails", kBefore}}) {
    ExpectOneLineError(RunFoldproof(arguments, "/dev/full"), 4);
  }
  // Written to, not replaced by a file of that name.
  ExpectOneLineError(RunFoldproof({"verify", kBefore, kBefore, "--quiet", "--json", "/dev/full"}),
                     4);
  ASSERT_EQ(::stat("/dev/full", &device), 0);
  EXPECT_TRUE(S_ISCHR(device.st_mode));
}

TEST(Output, AReportCanGoToStandardOutput) {
  const Ran ran = RunFoldproof({"verify", kBefore, kDiffers, "--quiet", "--json", "/dev/stdout"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_EQ(Json::parse(ran.out, nullptr, false).value("verdict", ""), "differs");
}

TEST(Output, AnInputErrorLeavesARefusalAlone) {
  const Scratch scratch;
  std::ofstream(scratch / "text.pt2") << "this is no archive";
  ExpectOneLineError(
      RunFoldproof({"verify", kBefore, scratch / "text.pt2", "--json", scratch / "report.json"}),
      3);
  EXPECT_EQ(scratch.count(), 2u);  // the text and the report, and no part of one
  EXPECT_EQ(Json::parse(ReadText(scratch / "report.json"))["report"], "refusal");
}

TEST(Output, AnOldReportIsReplacedWhole) {
  const Scratch scratch;
  std::ofstream(scratch / "report.json") << std::string(1 << 16, 'x');
  RunFoldproof({"verify", kBefore, kDiffers, "--quiet", "--json", scratch / "report.json"});
  EXPECT_TRUE(Json::accept(ReadText(scratch / "report.json")));
  EXPECT_EQ(scratch.count(), 1u);
}

TEST(Show, PrintsTheProgramAndItsSites) {
  const Ran ran = RunFoldproof({"show", kBefore});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("conv2d"));
  EXPECT_THAT(ran.out, HasSubstr("batch_norm"));
}

TEST(Tails, ListsEveryChannelInJson) {
  const Scratch scratch;
  const Ran ran =
      RunFoldproof({"tails", kBefore, "--reach", "interval", "--json", scratch / "tails.json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, IsEmpty());
  const Json tails = Json::parse(ReadText(scratch / "tails.json"));
  ASSERT_EQ(tails.at("sites").size(), 1u);
  EXPECT_EQ(tails.at("sites")[0].at("tails")[0].at("channels").size(), 8u);
}

TEST(Run, WritesTheOutputs) {
  SKIP_WITHOUT_TORCH();
  const Scratch scratch;
  const Ran ran = RunFoldproof({"run", "golden/trace/hand_00_base.before.pt2", "--inputs",
                                "golden/trace/hand_00_base.io.npz", "--out", scratch / "y.npz"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_GT(fs::file_size(scratch / "y.npz"), 0u);
}

// What ExecuTorch's fused operators gave in PyTorch is what `run` writes, bit for bit.
TEST(Run, RunsFusedOperators) {
  SKIP_WITHOUT_TORCH();
  const Scratch scratch;
  const std::string stem = "golden/quant_fusion/conv_then_add_two_dq";
  const std::string recorded = stem + ".io.npz";
  const Ran ran =
      RunFoldproof({"run", stem + ".after.pt2", "--inputs", recorded, "--out", scratch / "y.npz"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const exec::Arrays got = exec::ReadNpz(scratch / "y.npz");
  const exec::Arrays wanted = exec::ReadNpz(fs::path(tests::kSourceFolder) / recorded);
  ASSERT_EQ(got.size(), 3u);
  for (const std::string run : {"0", "1", "2"}) {
    EXPECT_TRUE(got.at("y" + run) == wanted.at("after" + run)) << run;
  }
}

TEST(Run, AnUnusableInputIsNamedAndLeavesNothing) {
  const Scratch scratch;
  for (const std::string& inputs : {std::string("no/such.npz"), kBefore}) {
    const Ran ran = RunFoldproof({"run", kBefore, "--inputs", inputs, "--out", scratch / "y.npz"});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr(inputs));
    EXPECT_EQ(scratch.count(), 0u);
  }
}

}  // namespace
}  // namespace foldproof::cli
