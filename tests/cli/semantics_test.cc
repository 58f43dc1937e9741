// SPDX-License-Identifier: BSD-3-Clause
//
// verify --semantics: the after-program as an integer kernel computes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/cli/program_run.h"

namespace foldproof::cli::semantics_test {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

const std::string kBefore = "golden/pt2/hand_00_base.before.pt2";
const std::string kAfter = "golden/pt2/hand_00_base.after.pt2";

struct Verified {
  int code;
  std::string out;
  Json report;
};

Verified Verify(const std::vector<std::string>& arguments) {
  const Scratch scratch;
  std::vector<std::string> all{"verify", "--json", scratch / "r.json"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const Ran ran = RunFoldproof(all);
  EXPECT_LE(ran.code, 2) << ran.err;
  return {ran.code, ran.out, Json::parse(ReadText(scratch / "r.json"))};
}

TEST(Semantics, AnUnknownOneIsAUsageError) {
  const Ran ran = RunFoldproof({"verify", kBefore, kAfter, "--semantics", "kernel:q15"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("--semantics"));
}

TEST(Semantics, IsNamedInTheReportAndTheSummary) {
  for (const std::string semantics : {"kernel:q31", "kernel:tosa"}) {
    const Verified v = Verify({kAfter, kAfter, "--semantics", semantics});
    EXPECT_EQ(v.report["gate"]["semantics"], semantics);
    EXPECT_EQ(v.report["assumptions"]["semantics"], semantics);
    EXPECT_TRUE(v.report["assumptions"].contains("kernel"));
    EXPECT_THAT(v.out, HasSubstr("the program after as " + semantics));
    // The same file, but not the same arithmetic: nothing is taken as equal for its number.
    EXPECT_EQ(v.report["verdict"], "within");
    EXPECT_EQ(v.code, 0);
  }
  const Verified integer = Verify({kAfter, kAfter});
  EXPECT_EQ(integer.report["gate"]["semantics"], "integer");
  EXPECT_EQ(integer.report["verdict"], "equal");
}

// One code between PyTorch's rounding and the kernel's: both are run, each side in its arithmetic.
TEST(Semantics, WitnessesAreRunByTheKernelsExecutor) {
  for (const std::string kernel : {"q31", "tosa"}) {
    const Scratch scratch;
    const Verified v = Verify({kAfter, kAfter, "--semantics", "kernel:" + kernel, "--tolerance",
                               "0.5", "--ideal-gap", "off", "--witness", scratch / "w"});
    EXPECT_EQ(v.code, 1);
    const Json& witness = v.report["sites"][0]["tails"][0]["witness"];
    EXPECT_TRUE(std::filesystem::exists(witness["file"].get<std::string>()));
    EXPECT_EQ(witness["confirmed"], true);
    // One code, as the difference of two float32 numbers below 256 codes.
    EXPECT_LT(std::abs(witness["observed_lsb"].get<double>() - 1), 256 * 0x1p-24);
    EXPECT_EQ(witness["confirmed_by"], Json({"integer:" + kernel +
                                             ", float32 tails with FMA; the program before on "
                                             "integer, float32 tails with FMA"}));
  }
}

TEST(Semantics, AChainThatSurvivesHasAKernelUpToItsQuantizerAlone) {
  // Cadence's chain: the conv's own quantizer comes first, so the conv is a kernel's all the same.
  const Verified v = Verify({kBefore, kBefore, "--semantics", "kernel:tosa"});
  EXPECT_EQ(v.report["sites"][0]["reason"], nullptr);
  EXPECT_NE(v.report["verdict"], "equal");
}

}  // namespace
}  // namespace foldproof::cli::semantics_test
