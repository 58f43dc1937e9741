// SPDX-License-Identifier: BSD-3-Clause
//
// `foldproof compare` as its caller meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "harness/exec/arrays/npz.h"
#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli::compare_test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kBefore = "golden/pt2/default_conv2d_nobias.before.pt2";
const std::string kDiffers = "golden/pt2/default_conv2d_nobias.after.pt2";
const std::string kUnprovedBefore = "golden/pt2/hand_13_gamma0.before.pt2";
const std::string kUnprovedAfter = "golden/pt2/hand_13_gamma0.after.pt2";
const std::string kWithinBefore = "golden/pt2/fused_conv2d_bias_relu.torchao_before.pt2";
const std::string kWithinAfter = "golden/pt2/fused_conv2d_bias_relu.torchao_after.pt2";
const std::string kTwoBefore = "golden/pt2/fused_residual.before.pt2";
const std::string kTwoAfter = "golden/pt2/fused_residual.after.pt2";

Json ReportOf(std::vector<std::string> arguments, int code) {
  const Scratch scratch;
  arguments.insert(arguments.end(), {"--json", scratch / "r.json", "--quiet"});
  const Ran ran = RunFoldproof(arguments);
  EXPECT_EQ(ran.code, code) << ran.err;
  EXPECT_THAT(ran.out, IsEmpty());
  Json report = Json::parse(ReadText(scratch / "r.json"));
  EXPECT_EQ(report["exit_code"], code);
  return report;
}

exec::Tensor Input(float value) {
  return exec::Tensor::Of(ir::ScalarType::kFloat32, {2, 3, 12, 12}, std::vector<float>(864, value));
}

TEST(Compare, PutsTheObservedMaximumBesideTheProvedBound) {
  SKIP_WITHOUT_TORCH();
  const Json report = ReportOf({"compare", kBefore, kDiffers, "--executor", "torch"}, 1);
  EXPECT_EQ(report["report"], "compare");
  EXPECT_EQ(report["verdict"], "differs");
  EXPECT_TRUE(report["contradiction"].is_null());
  const Json& tail = report["sites"][0]["tails"][0];
  const Json& observed = tail["observed"];
  // The worst accumulator is among the inputs, and PyTorch shows there what the proof says.
  EXPECT_EQ(observed["lsb"], tail["reachable"]["lsb"]);
  EXPECT_LE(observed["p50"], observed["p99"]);
  EXPECT_LE(observed["p99"], observed["p999"]);
  EXPECT_LE(observed["p999"], observed["lsb"]);
  EXPECT_EQ(observed["runs"], 102);  // 100 made ones, two accumulators
  EXPECT_EQ(observed["elements"], 102 * 2 * 8 * 12 * 12);
  EXPECT_GT(observed["saturated_after"], observed["saturated_before"]);
  for (const Json& channel : tail["channels"])
    EXPECT_LE(channel["observed"]["lsb"], channel["reachable"]["lsb"]);
  std::int64_t in_bins = 0;
  for (const Json& bin : observed["histogram"]) in_bins += bin["count"].get<std::int64_t>();
  EXPECT_EQ(in_bins, observed["elements"]);
  EXPECT_EQ(report["first_divergence"]["node"], "batch_norm");
  EXPECT_EQ(report["growth"].size(), 1u);
  EXPECT_TRUE(report["executors"].is_null());
}

TEST(Compare, AnswersWithTheProofsVerdict) {
  EXPECT_EQ(RunFoldproof({"compare", kWithinBefore, kWithinAfter, "--random", "5"}).code, 0);
  EXPECT_EQ(RunFoldproof({"compare", kBefore, kBefore, "--random", "5"}).code, 0);
  EXPECT_EQ(RunFoldproof({"compare", kUnprovedBefore, kUnprovedAfter, "--random", "5"}).code, 2);
  const std::vector<std::string> allowed{"compare", kUnprovedBefore,   kUnprovedAfter, "--random",
                                         "5",       "--allow-unproved"};
  EXPECT_EQ(RunFoldproof(allowed).code, 0);
}

// Agreement on samples is no verdict: nothing is run here, and the proof answers.
TEST(Compare, WithoutASingleInputTheProofStillAnswers) {
  const Json report = ReportOf({"compare", kBefore, kDiffers, "--random", "0"}, 1);
  EXPECT_EQ(report["inputs"]["runs"][0]["kind"], "adversarial");
}

TEST(Compare, TheSummaryHasTheSitesAndWhereTheyPart) {
  const Ran ran = RunFoldproof({"compare", kTwoBefore, kTwoAfter, "--random", "10"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("DIFFERS. Runs in integer: 5 random, 1 uniform, 1 extreme, 1 "
                                 "one-hot, 2 boundary, 4 adversarial\n"));
  EXPECT_THAT(ran.out, HasSubstr("they part at dequantize_per_tensor_5"));
  EXPECT_THAT(ran.out, HasSubstr("conv2d_1"));
  EXPECT_THAT(ran.out, Not(HasSubstr("CONTRADICTION")));
}

TEST(Compare, RecordedInputsAreRunAlone) {
  const Scratch scratch;
  exec::WriteNpz(scratch / "x.npz", {{"x0", Input(1)}, {"x1", Input(-2)}});
  const Json report = ReportOf({"compare", kBefore, kDiffers, "--inputs", scratch / "x.npz"}, 1);
  EXPECT_EQ(report["inputs"]["runs"][0], Json({{"kind", "recorded"}, {"first", 0}, {"count", 2}}));
  EXPECT_EQ(report["inputs"]["runs"][1]["kind"], "adversarial");
  EXPECT_EQ(report["inputs"]["recorded"]["sha256"].get<std::string>().size(), 64u);
}

// 150 inputs in a folder of two files and a file beside it: three blocks of runs.
TEST(Compare, ManyFilesAreOneSample) {
  const Scratch scratch;
  const std::string folder = scratch / "inputs";
  fs::create_directory(folder);
  exec::Arrays first, second;
  for (int i = 0; i < 100; ++i) {
    const float value = static_cast<float>(i % 37) / 8 - 2;
    (i < 60 ? first : second).emplace("x" + std::to_string(i < 60 ? i : i - 60), Input(value));
  }
  exec::WriteNpz(folder + "/a.npz", first);
  exec::WriteNpz(folder + "/b.npz", second);
  exec::WriteNpz(scratch / "c.npz", {{"x0", Input(1)}, {"x1", Input(-2)}});
  const auto report = [&](const std::string& threads) {
    Json out = ReportOf(
        {"compare", "--inputs", folder, scratch / "c.npz", "--threads", threads, kBefore, kDiffers},
        1);
    out.erase("run");
    return out;
  };
  const Json one = report("1");
  EXPECT_EQ(one["inputs"]["runs"][0], Json({{"kind", "recorded"}, {"first", 0}, {"count", 102}}));
  EXPECT_EQ(one["inputs"]["files"], 3);
  EXPECT_EQ(one["shares"]["inputs"], 102);
  const Json& output = one["shares"]["outputs"][0];
  EXPECT_EQ(output["elements"], 102 * one["outputs"][0]["elements"].get<int>() /
                                    one["sites"][0]["tails"][0]["observed"]["runs"].get<int>());
  EXPECT_GE(output["share_over"], output["interval"][0]);
  EXPECT_LE(output["share_over"], output["interval"][1]);
  EXPECT_EQ(one, report("2"));
}

TEST(Compare, ClassesNeedAnOutputWithRowsOfNumbersAndInputs) {
  const Scratch scratch;
  exec::WriteNpz(scratch / "x.npz", {{"x0", Input(1)}});
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"compare", kBefore, kDiffers});
    return RunFoldproof(more);
  };
  ExpectOneLineError(with({"--inputs", scratch / "x.npz", "--classes", "7"}), 3);
  const Ran pixels = with({"--inputs", scratch / "x.npz", "--classes", "0"});
  ExpectOneLineError(pixels, 3);
  EXPECT_THAT(pixels.err, HasSubstr("[batch, classes]"));
  ExpectOneLineError(with({"--classes", "0"}), 3);
  ExpectOneLineError(with({"--inputs", scratch / "none"}), 3);
}

TEST(Compare, ASeedGivesTheSameBytesOnAnyNumberOfThreads) {
  const auto report = [](const std::string& threads, const std::string& seed) {
    Json out = ReportOf(
        {"compare", kTwoBefore, kTwoAfter, "--random", "20", "--seed", seed, "--threads", threads},
        1);
    out.erase("run");
    return out.dump();
  };
  EXPECT_EQ(report("1", "7"), report("2", "7"));
  EXPECT_NE(report("1", "7"), report("1", "8"));
}

TEST(Compare, TwoExecutorsAreComparedNodeByNode) {
  SKIP_WITHOUT_TORCH();
  const Json report =
      ReportOf({"compare", kBefore, kDiffers, "--executor", "torch,integer", "--random", "2"}, 1);
  EXPECT_EQ(report["executors"]["names"], Json({"torch", "integer"}));
  EXPECT_GT(report["executors"]["before"]["compared"], 4);
  // The first node that does not only round: the sum of floats.
  EXPECT_EQ(report["executors"]["before"]["first_divergence"]["node"], "conv2d");
  EXPECT_THAT(report["executors"]["after"]["not_run"], IsEmpty());
}

TEST(Compare, AToleranceFileIsForSingleSites) {
  const Scratch scratch;
  std::ofstream(scratch / "t.json")
      << R"({"sites": [{"match": "conv2d*", "tolerance": 60}], "default": 0})";
  for (const char* command : {"compare", "verify"}) {
    const Json report =
        ReportOf({command, kTwoBefore, kTwoAfter, "--tolerance", scratch / "t.json"}, 0);
    EXPECT_EQ(report["verdict"], "within") << command;
    EXPECT_EQ(report["gate"]["tolerance"], 0) << command;
    EXPECT_EQ(report["gate"]["site_tolerances"], Json({{"conv2d", 60}, {"conv2d_1", 60}}));
    EXPECT_EQ(report["sites"][1]["tails"][0]["tolerance_lsb"], 60) << command;
  }
}

TEST(Compare, AWrongToleranceFileIsNamed) {
  const Scratch scratch;
  std::ofstream(scratch / "t.json") << R"({"sites": [{"match": "conv2d"}]})";
  for (const char* command : {"compare", "verify"}) {
    const Ran ran =
        RunFoldproof({command, kTwoBefore, kTwoAfter, "--tolerance", scratch / "t.json"});
    ExpectOneLineError(ran, 3);
    EXPECT_THAT(ran.err, HasSubstr("t.json: sites[0]: has no 'tolerance'")) << command;
    ExpectOneLineError(
        RunFoldproof({command, kTwoBefore, kTwoAfter, "--tolerance", "none/such.json"}), 3);
    ExpectOneLineError(RunFoldproof({command, kTwoBefore, kTwoAfter, "--tolerance", "."}), 3);
  }
}

TEST(Compare, AnExecutorThatThereIsNotIsAUsageError) {
  const Ran ran = RunFoldproof({"compare", kBefore, kDiffers, "--executor", "abacus"});
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("'abacus' is no executor; there are integer, "));
  ExpectOneLineError(
      RunFoldproof({"compare", kBefore, kDiffers, "--executor", "torch,torch,torch"}), 3);
  ExpectOneLineError(RunFoldproof({"compare", kBefore, kDiffers, "--random", "-1"}), 3);
  ExpectOneLineError(RunFoldproof({"compare", kBefore, kDiffers, "--seed", "x"}), 3);
}

TEST(Compare, HostileInputsAreNamed) {
  const Scratch scratch;
  std::ofstream(scratch / "text.npz") << "this is no archive";
  exec::WriteNpz(scratch / "names.npz", {{"y0", Input(1)}});
  exec::WriteNpz(scratch / "gap.npz", {{"x0", Input(1)}, {"x2", Input(1)}, {"x3", Input(1)}});
  exec::WriteNpz(scratch / "shape.npz",
                 {{"x0", exec::Tensor::Of<float>(ir::ScalarType::kFloat32, {2, 3, 12, 11},
                                                 std::vector<float>(792))}});
  exec::WriteNpz(scratch / "dtype.npz",
                 {{"x0", exec::Tensor::Of<double>(ir::ScalarType::kFloat64, {2, 3, 12, 12},
                                                  std::vector<double>(864))}});
  for (const char* file :
       {"text.npz", "names.npz", "gap.npz", "shape.npz", "dtype.npz", "no.npz"}) {
    const Ran ran = RunFoldproof(
        {"compare", kBefore, kDiffers, "--inputs", scratch / file, "--json", scratch / "r.json"});
    ExpectOneLineError(ran, 3);
    EXPECT_EQ(nlohmann::json::parse(ReadText(scratch / "r.json"))["report"], "refusal") << file;
  }
}

// NaN and Inf are inputs like any other.
TEST(Compare, InputsThatAreNoNumbersAreRun) {
  const Scratch scratch;
  exec::WriteNpz(scratch / "x.npz", {{"x0", Input(std::numeric_limits<float>::quiet_NaN())},
                                     {"x1", Input(std::numeric_limits<float>::infinity())}});
  const Json report = ReportOf({"compare", kBefore, kDiffers, "--inputs", scratch / "x.npz"}, 1);
  EXPECT_TRUE(report["contradiction"].is_null());
}

}  // namespace
}  // namespace foldproof::cli::compare_test
