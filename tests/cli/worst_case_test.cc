// SPDX-License-Identifier: BSD-3-Clause
//
// What verify says of real programs, against figures that were found with PyTorch by enumerating
// every accumulator between the ends of the reach.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Recorded distances have six digits. Where an operator's bits depend on the kernel, what a kernel
// gave is no bound: the proof's may be larger by `more`.
void ExpectDistance(const Json& actual, const Json& expected, double more,
                    const std::string& where) {
  ASSERT_EQ(actual.is_null(), expected.is_null()) << where;  // null: infinite
  if (expected.is_null()) return;
  const double want = expected.get<double>();
  const double rounding = 5.1e-6 * want;
  EXPECT_GE(actual.get<double>(), want - rounding) << where;
  EXPECT_LE(actual.get<double>(), want + rounding + more) << where;
}

// Recorded shares are means in float32.
void ExpectShare(const Json& actual, double expected, const std::string& where) {
  EXPECT_LE(std::abs(actual.get<double>() - expected), 0x1p-20 * expected)
      << where << ": " << actual << ", enumeration says " << expected;
}

// The tail of an output of BEFORE and AFTER, judged over every integer of the reach at 1.5 LSB.
std::optional<Json> TailOf(const std::string& before, const std::string& after,
                           std::size_t output) {
  const Scratch scratch;
  const Ran ran = RunFoldproof({"verify", before, after, "--reach=interval", "--tolerance=1.5",
                                "--ideal-distance", "--quiet", "--json", scratch / "r.json"});
  EXPECT_LE(ran.code, 2) << before << ": " << ran.err;
  const Json report = Json::parse(ReadText(scratch / "r.json"));
  std::optional<Json> found;
  for (const Json& site : report.at("sites")) {
    for (const Json& tail : site.at("tails")) {
      if (tail.at("output") == output) found = tail;
    }
  }
  return found;
}

struct Recorded {
  std::string name;
  std::size_t output;
  double before_calibrated_lsb;
  double after_calibrated_lsb;
  double share_over;
  double calibrated_share_over;
};

// From the corpus's worst_case.json: before_error_lsb and after_error_lsb, which are over the
// calibrated domain, and share_over_1p5 of both domains; by PyTorch 2.13.0 on a CPU with FMA.
const Recorded kGolden[] = {
    {"default_conv1d_bias.", 0, 0.499991, 25.1453, 0.2579347789287567, 0.0330968014895916},
    {"default_conv2d_bias_relu.", 0, 3.22095, 3.22095, 0.05812118202447891, 0.21011509001255035},
    {"default_conv2d_nobias.", 0, 0.499998, 51.9452, 0.718110978603363, 0.13134877383708954},
    {"default_negvar.", 0, 0.500008, 22.8809, 0.3301575779914856, 0.03894423320889473},
    {"fused_conv2d_bias_relu.torchao_", 0, 1001.6, 1001.6, 0, 0},
    {"hand_00_base.", 0, 11.7723, 11.7723, 0.34634101390838623, 0},
    {"hand_01_eps_mismatch_1e3.", 0, 11.6459, 11.6459, 0.34634336829185486, 0},
    {"hand_04_dq_other_user.", 0, 11.7723, 11.7723, 0.34634101390838623, 0},
    {"hand_04_dq_other_user.", 1, 0.500009, 11.772, 0.15399794280529022, 0.49853515625},
    {"hand_06_overflow_neg.", 0, 0.430673, 29.8858, 1, 1},
    {"hand_06_overflow_pos.", 0, 0.474874, 19.377, 1, 1},
    {"hand_08_unbatched_c_eq_h.", 0, 6.35781e-05, 6.35781e-05, 0, 0},
    {"hand_08_unbatched_h1.", 0, 6.35781e-05, 6.35781e-05, 0, 0},
    {"hand_09_alpha_bias.", 0, 12.6494, 12.6494, 0.5724842548370361, 0.737917959690094},
    {"hand_13_gamma0.", 0, 5.68264, 5.68264, 0.2515048086643219, 0},
    {"xnn_pc_conv2d_nobias.torchao_", 0, 502.207, 502.207, 0, 0},
    {"xnn_pc_padsame.", 0, 0.824926, 0.824926, 0, 0},
    {"xnn_pt_conv1d_nobias.torchao_", 0, 441.951, 441.951, 0, 0},
};

TEST(WorstCase, OfTheGoldenPairsIsWhatEnumerationFound) {
  for (const Recorded& want : kGolden) {
    const std::string stem = "golden/pt2/" + want.name;
    const auto tail = TailOf(stem + "before.pt2", stem + "after.pt2", want.output);
    ASSERT_TRUE(tail) << stem;
    const Json& ideal = tail->at("ideal");
    ExpectDistance(ideal.at("before_calibrated_lsb"), want.before_calibrated_lsb, 0, stem);
    ExpectDistance(ideal.at("after_calibrated_lsb"), want.after_calibrated_lsb, 0, stem);
    ExpectShare(tail->at("reachable").at("share_over"), want.share_over, stem);
    ExpectShare(tail->at("calibrated").at("share_over"), want.calibrated_share_over, stem);
  }
}

// By PyTorch 2.13.0, its operators run one by one at every accumulator; the ideal in float64 by
// hand: (A s_x s_w / d - mean) / sqrt(var + eps) * gamma + beta, d = gamma / sqrt(var + 1e-5).
TEST(WorstCase, DistancesFromTheIdealOverTheReachAreWhatEnumerationFound) {
  const double expected[][2] = {
      {186.60669112439174, 214.71664879016825}, {470.7637653103345, 520.081713169469},
      {310.06851361046427, 348.1983252868616},  {617.2560449325937, 630.5592857633967},
      {109.59912123164914, 141.0729178952427},  {100.49608471174511, 120.41196419061839},
      {386.00862618620664, 407.7380925134248},  {24.44179085690089, 43.584871626733154}};
  const std::string stem = "golden/pt2/default_conv2d_nobias.";
  const auto tail = TailOf(stem + "before.pt2", stem + "after.pt2", 0);
  ASSERT_TRUE(tail && tail->at("channels").size() == std::size(expected));
  for (std::size_t c = 0; c < std::size(expected); ++c) {
    const Json& ideal = tail->at("channels")[c].at("ideal");
    // Float64 itself: some sixty roundings of numbers below 1024.
    const double rounding = 64 * 0x1p-53 * 1024;
    EXPECT_LE(std::abs(ideal.at("before_lsb").get<double>() - expected[c][0]), rounding) << c;
    EXPECT_LE(std::abs(ideal.at("after_lsb").get<double>() - expected[c][1]), rounding) << c;
  }
}

TEST(WorstCase, OfTheCorpusIsWhatEnumerationFound) {
  const fs::path corpus = fs::path(tests::kSourceFolder) / "../shared/corpus";
  if (!fs::exists(corpus / "worst_case.json")) GTEST_SKIP() << "no ../shared/corpus";
  int compared = 0;
  const Json recorded = Json::parse(ReadText(corpus / "worst_case.json"));
  for (const auto& [name, program] : recorded.items()) {
    const std::string stem = (corpus / name).string() + (name.ends_with(".torchao") ? "_" : ".");
    if (!fs::exists(stem + "after.pt2")) continue;
    for (std::size_t output = 0; output < program.at("outputs").size(); ++output) {
      const Json& want = program.at("outputs").at(output);
      if (want.is_null()) continue;  // its elements are not one to one with the accumulators
      const std::string where = name + " output " + std::to_string(output);
      const auto tail = TailOf(stem + "before.pt2", stem + "after.pt2", output);
      ASSERT_TRUE(tail) << where;
      ExpectShare(tail->at("reachable").at("share_over"), want.at("share_over_1p5"), where);
      ExpectShare(tail->at("calibrated").at("share_over"),
                  want.at("calibrated").at("share_over_1p5"), where + " calibrated");
      if (want.at("ideal").is_null()) continue;
      const Json& ideal = tail->at("ideal");
      // Three float32 steps either way of a sigmoid, say, some 1e-7 each.
      const double more = want.contains("crc32") ? 0 : 4e-7 / want.at("scale").get<double>() * 2;
      ExpectDistance(ideal.at("before_calibrated_lsb"), want["ideal"]["before_error_lsb"], more,
                     where + " before");
      ExpectDistance(ideal.at("after_calibrated_lsb"), want["ideal"]["after_error_lsb"], more,
                     where + " after");
      ++compared;
    }
  }
  EXPECT_GT(compared, 130);
}

}  // namespace
}  // namespace foldproof::cli
