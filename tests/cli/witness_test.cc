// SPDX-License-Identifier: BSD-3-Clause
//
// verify --witness: the input that shows the difference, and who ran it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kBefore = "golden/pt2/default_conv2d_nobias.before.pt2";
const std::string kDiffers = "golden/pt2/default_conv2d_nobias.after.pt2";
const std::string kWithinBefore = "golden/pt2/hand_00_base.before.pt2";
const std::string kWithinAfter = "golden/pt2/hand_00_base.after.pt2";

TEST(Witness, WithoutWitnessNothingIsRun) {
  const Scratch scratch;
  RunFoldproof({"verify", kBefore, kDiffers, "--json", scratch / "report.json"});
  const Json witness =
      Json::parse(ReadText(scratch / "report.json"))["sites"][0]["tails"][0]["witness"];
  EXPECT_EQ(witness["level"], "program");
  EXPECT_TRUE(witness["file"].is_null() && witness["confirmed"].is_null() &&
              witness["observed_lsb"].is_null());
}

constexpr char kInteger[] = "integer, float32 tails with FMA";

TEST(Witness, AWitnessIsWrittenAndConfirmed) {
  const Scratch scratch;
  const Ran ran = RunFoldproof({"verify", kBefore, kDiffers, "--witness", scratch / "new/folder",
                                "--json", scratch / "report.json"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("(before -6.12589, after -4.42647; confirmed by integer"));
  const Json tail = Json::parse(ReadText(scratch / "report.json"))["sites"][0]["tails"][0];
  const Json& witness = tail["witness"];
  EXPECT_EQ(witness["confirmed"], true);
  EXPECT_EQ(witness["confirmed_by"][0], kInteger);
  EXPECT_GT(witness["observed_lsb"].get<double>(), tail["tolerance_lsb"].get<double>());
  EXPECT_TRUE(fs::exists(witness["file"].get<std::string>()));
}

Json WitnessBy(const std::vector<std::string>& more, const std::string& program) {
  const Scratch scratch;
  std::vector<std::string> arguments{
      "verify", kBefore, kDiffers, "--witness", scratch / "w", "--json", scratch / "report.json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Ran ran = RunFoldproof(
      arguments, {}, [] {}, program);
  EXPECT_EQ(ran.code, 1) << ran.err;
  return Json::parse(ReadText(scratch / "report.json"))["sites"][0]["tails"][0]["witness"];
}

// The module lies beside the program, so that a copy of the program alone has none.
TEST(Witness, AWitnessNeedsNoLibtorch) {
  const Scratch scratch;
  const std::string alone = scratch / "foldproof";
  fs::copy_file(tests::kProgram, alone);
  const Json witness = WitnessBy({}, alone);
  EXPECT_EQ(witness["confirmed"], true);
  EXPECT_EQ(witness["confirmed_by"], Json::array({kInteger}));
  EXPECT_EQ(witness["not_run_by"],
            Json::array({"torch: programs cannot be run, this build has no libtorch"}));
}

TEST(Witness, LibtorchConfirmsAsWell) {
  SKIP_WITHOUT_TORCH();
  const Json both = WitnessBy({}, tests::kProgram);
  ASSERT_EQ(both["confirmed_by"].size(), 2u);
  EXPECT_THAT(both["confirmed_by"][1].get<std::string>(), StartsWith("torch "));
  EXPECT_FALSE(both.contains("not_run_by"));
  const Json torch = WitnessBy({"--executor", "torch"}, tests::kProgram);
  EXPECT_EQ(torch["confirmed_by"], Json::array({both["confirmed_by"][1]}));
  const Json integer = WitnessBy({"--executor", "integer"}, tests::kProgram);
  EXPECT_EQ(integer["confirmed_by"], Json::array({kInteger}));
}

// The witness is an input file as `run` reads it, so that anybody can replay it.
TEST(Witness, AWitnessIsAnInputForRun) {
  SKIP_WITHOUT_TORCH();
  const Scratch scratch;
  RunFoldproof({"verify", kBefore, kDiffers, "--witness", scratch / "w"});
  for (const std::string& program : {kBefore, kDiffers}) {
    const Ran ran = RunFoldproof(
        {"run", program, "--inputs", scratch / "w/site0_tail0.npz", "--out", scratch / "y.npz"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_TRUE(fs::exists(scratch / "y.npz"));
  }
}

TEST(Witness, WhereNothingDiffersNoWitnessFolderIsMade) {
  const Scratch scratch;
  EXPECT_EQ(RunFoldproof({"verify", kWithinBefore, kWithinAfter, "--witness", scratch / "w"}).code,
            0);
  EXPECT_FALSE(fs::exists(scratch / "w"));
}

}  // namespace
}  // namespace foldproof::cli
