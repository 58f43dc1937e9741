// SPDX-License-Identifier: BSD-3-Clause
//
// `foldproof fold` and `foldproof verify --fold`, as their caller meets them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "src/ir/printer.h"
#include "src/pt2/reader.h"
#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kChain = "golden/pt2/default_conv2d_nobias.before.pt2";
const std::string kEps = "golden/pt2/hand_01_eps_mismatch_1e3.before.pt2";
const std::string kPlain = "golden/pt2/w8a32_conv1d_nobias.before.pt2";

std::string Root(const std::string& file) { return tests::kSourceFolder + ("/" + file); }

Json FoldedReport(const std::string& in, const std::string& policy) {
  const Scratch scratch;
  const Ran ran = RunFoldproof(
      {"fold", in, "-o", scratch / "out.pt2", "--policy", policy, "--json", scratch / "fold.json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  return Json::parse(ReadText(scratch / "fold.json"), nullptr, false);
}

TEST(Fold, WritesAProgramThatIsReadAgain) {
  const Scratch scratch;
  const Ran ran = RunFoldproof({"fold", kChain, "-o", scratch / "out.pt2"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("batch_norm: folded into the bias of conv2d"));
  const ir::Program program = pt2::ReadProgram(scratch / "out.pt2");
  for (const ir::Node& node : program.graph.nodes()) {
    EXPECT_FALSE(std::holds_alternative<ir::BatchNorm>(node.op));
  }
}

TEST(Fold, GivesTheSameBytesEachTime) {
  const Scratch scratch;
  for (const char* name : {"a.pt2", "b.pt2"}) {
    EXPECT_EQ(RunFoldproof({"fold", kChain, "-o", scratch / name, "--quiet"}).code, 0);
  }
  EXPECT_EQ(ReadText(scratch / "a.pt2"), ReadText(scratch / "b.pt2"));
}

TEST(Fold, OfNothingToFoldComesBackEqual) {
  const Scratch scratch;
  EXPECT_EQ(RunFoldproof({"fold", kPlain, "-o", scratch / "out.pt2", "--quiet"}).code, 0);
  const ir::Program before = pt2::ReadProgram(Root(kPlain));
  const ir::Program after = pt2::ReadProgram(scratch / "out.pt2");
  EXPECT_EQ(ir::Print(after), ir::Print(before));
  ASSERT_EQ(after.constants.size(), before.constants.size());
  for (const auto& [name, constant] : before.constants) {
    EXPECT_EQ(after.BytesOf(after.constants.at(name)), before.BytesOf(constant)) << name;
  }
}

TEST(Fold, TellsWhatWasLeftAndWhy) {
  const Json report = FoldedReport(kEps, "guarded");
  const Json& fold = report["passes"].back();
  EXPECT_THAT(fold["rewritten"], IsEmpty());
  EXPECT_EQ(fold["missed"][0]["rule"], "eps-mismatch");
  EXPECT_EQ(fold["missed"][0]["node"], "batch_norm");
  EXPECT_EQ(report["changed"], false);
  EXPECT_EQ(report["policy"], "guarded");
}

TEST(Fold, PipelinesGiveTheSameBias) {
  const Scratch scratch;
  for (const char* pipeline : {"post-export", "pre-export"}) {
    EXPECT_EQ(RunFoldproof({"fold", kChain, "-o", scratch / pipeline, "--pipeline", pipeline}).code,
              0);
  }
  EXPECT_EQ(RunFoldproof({"verify", scratch / "post-export", scratch / "pre-export", "--tolerance",
                          "0", "--quiet"})
                .code,
            0);
}

TEST(Fold, AFaultOfTheInputLeavesNoOutput) {
  const Scratch scratch;
  ExpectOneLineError(RunFoldproof({"fold", "no/such.pt2", "-o", scratch / "out.pt2"}), 3);
  EXPECT_EQ(scratch.count(), 0u);
}

TEST(Fold, AnOutputThatCannotBeWrittenIsSaid) {
  ExpectOneLineError(RunFoldproof({"fold", kChain, "-o", "no/such/folder/out.pt2"}), 4);
}

// The same verdicts as over the recorded after-program, and the report says what made it.
TEST(VerifyFold, FoldsAndJudgesInOneGo) {
  const Scratch scratch;
  const Ran upstream =
      RunFoldproof({"verify", kChain, "--fold", "upstream", "--json", scratch / "report.json"});
  EXPECT_EQ(upstream.code, 1) << upstream.err;
  EXPECT_THAT(upstream.out, HasSubstr("because: saturation"));
  const Json report = Json::parse(ReadText(scratch / "report.json"));
  const Json recorded = Json::parse(ReadText(Root("golden/reports/default_conv2d_nobias.json")));
  EXPECT_EQ(report["sites"][0]["tails"][0]["calibrated"],
            recorded["sites"][0]["tails"][0]["calibrated"]);
  EXPECT_EQ(report["after"]["fold"]["policy"], "upstream");
  EXPECT_TRUE(report["after"]["file"].is_null());
  EXPECT_EQ(RunFoldproof({"verify", kChain, "--fold", "repair"}).code, 0);
}

// What was folded already has no chain: nobody judged a fold then.
TEST(VerifyFold, OneThatFoldsNothingIsNoProof) {
  const std::string folded = "golden/pt2/default_conv2d_nobias.after.pt2";
  const Ran ran = RunFoldproof({"verify", folded, "--fold", "repair"});
  EXPECT_EQ(ran.code, 2) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("UNCHANGED: the fold changed nothing"));
  EXPECT_THAT(ran.out, testing::Not(HasSubstr("HOLDS")));
  EXPECT_EQ(RunFoldproof({"verify", folded, "--fold", "repair", "--allow-unchanged"}).code, 0);
}

// A bias was quantized, and the one batch_norm is left: a proof of the bias is none of the fold.
TEST(VerifyFold, OneThatLeavesEveryBatchNormIsNoProof) {
  const std::string chain = "golden/pt2/xnn_pc_padsame.before.pt2";
  const Ran ran = RunFoldproof({"verify", chain, "--fold", "repair"});
  EXPECT_EQ(ran.code, 2) << ran.err;
  EXPECT_THAT(ran.out, testing::StartsWith("nothing folded: 1 batch norm left\n"));
  EXPECT_THAT(ran.out, HasSubstr("nothing folded: 1 batch norm left; --allow-unfolded"));
  EXPECT_THAT(ran.out, testing::Not(HasSubstr("HOLDS")));
  EXPECT_EQ(RunFoldproof({"verify", chain, "--fold", "repair", "--allow-unfolded"}).code, 0);
}

TEST(VerifyFold, NeedsOneOfAfterAndFold) {
  ExpectOneLineError(RunFoldproof({"verify", kChain}), 3);
  ExpectOneLineError(RunFoldproof({"verify", kChain, kChain, "--fold", "repair"}), 3);
}

// A residual, two convolutions: the repaired fold holds where ExecuTorch's saturates.
TEST(VerifyFold, RepairsAFoldInsideANetwork) {
  const std::string residual = "golden/pt2/fused_residual.before.pt2";
  EXPECT_EQ(RunFoldproof({"verify", residual, "--fold", "upstream", "--quiet"}).code, 1);
  EXPECT_EQ(RunFoldproof({"verify", residual, "--fold", "repair", "--quiet"}).code, 0);
}

const std::string kCodes = "golden/weight_folds/conv_channel.int8.pt2";

TEST(Fold, IntoWeightsIsReportedAndHolds) {
  const Scratch scratch;
  const Ran folded =
      RunFoldproof({"fold", kCodes, "-o", scratch / "out.pt2", "--fold-pass", "conv-bn",
                    "--weights", "rescale", "--json", scratch / "f.json"});
  ASSERT_EQ(folded.code, 0) << folded.err;
  EXPECT_THAT(folded.out, HasSubstr("batch_norm: folded into weight and bias of conv2d"));
  const Json report = Json::parse(ReadText(scratch / "f.json"), nullptr, false);
  EXPECT_EQ(report["fold_pass"], "conv-bn");
  EXPECT_EQ(report["weights"], "rescale");
  EXPECT_EQ(report["passes"][0]["pass"], "FoldConvBN");
  const Ran judged = RunFoldproof({"verify", kCodes, "--fold", "repair", "--fold-pass", "conv-bn"});
  EXPECT_EQ(judged.code, 0) << judged.out;
}

TEST(Fold, IntoWeightsPreparesNoBiases) {
  const Scratch scratch;
  const Ran ran = RunFoldproof(
      {"fold", kCodes, "-o", scratch / "out.pt2", "--fold-pass", "conv-bn", "--until", "biases"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("prepares no biases"));
}

}  // namespace
}  // namespace foldproof::cli
