// SPDX-License-Identifier: BSD-3-Clause
//
// verify --inputs: the accumulators that given inputs produce.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program_run.h"

namespace foldproof::cli {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

const std::string kBefore = "golden/pt2/hand_00_base.before.pt2";
const std::string kAfter = "golden/pt2/hand_00_base.after.pt2";
const std::string kInputs = "golden/trace/hand_00_base.io.npz";

TEST(ObservedDomain, NeedsInputs) {
  const Ran ran = RunFoldproof({"verify", kBefore, kAfter, "--domain", "observed"});
  ExpectOneLineError(ran, 3);
  EXPECT_THAT(ran.err, HasSubstr("--inputs"));
}

TEST(ObservedDomain, InputsThatCannotBeReadAreOneLine) {
  for (const std::string& inputs : {std::string("no/such.npz"), kBefore}) {
    ExpectOneLineError(RunFoldproof({"verify", kBefore, kAfter, "--inputs", inputs}), 3);
  }
}

TEST(ObservedDomain, IsReportedBesideTheOthers) {
  const Scratch scratch;
  const Ran ran = RunFoldproof({"verify", kBefore, kAfter, "--domain", "observed", "--inputs",
                                kInputs, "--json", scratch / "r.json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("on the inputs given"));
  EXPECT_THAT(ran.out, HasSubstr("gate: observed domain"));
  const Json report = Json::parse(ReadText(scratch / "r.json"));
  EXPECT_EQ(report["gate"]["domain"], "observed");
  EXPECT_EQ(report["gate"]["inputs"]["file"], kInputs);
  EXPECT_EQ(report["gate"]["inputs"]["sha256"].get<std::string>().size(), 64u);
  EXPECT_TRUE(report["assumptions"].contains("observed"));
  for (const Json& site : report["sites"]) {
    const Json& seen = site["observed_accumulators"];
    EXPECT_GE(seen["runs"], 1);
    ASSERT_EQ(seen["channels"].size(), site["channels"].get<std::size_t>());
    for (const Json& tail : site["tails"]) {
      // What was produced lies in the range, the range in the reach.
      EXPECT_LE(tail["observed"]["produced"]["lsb"], tail["observed"]["lsb"]);
      EXPECT_LE(tail["observed"]["lsb"], tail["reachable"]["lsb"]);
      EXPECT_GT(tail["observed"]["share_of_reachable"], 0.0);
      EXPECT_LT(tail["observed"]["share_of_reachable"], 1.0);
      for (std::size_t c = 0; c < seen["channels"].size(); ++c) {
        const Json& channel = tail["channels"][c];
        EXPECT_EQ(channel["observed"]["low"], seen["channels"][c]["low"]);
        EXPECT_GE(channel["observed"]["low"], channel["reach"][0]);
        EXPECT_LE(channel["observed"]["high"], channel["reach"][1]);
        std::int64_t sum = 0;
        for (const Json& bin : seen["channels"][c]["histogram"]) sum += bin.get<std::int64_t>();
        EXPECT_EQ(sum, seen["channels"][c]["count"]);
      }
    }
  }
}

TEST(ObservedDomain, InputsAloneLeaveTheGateCalibrated) {
  const Scratch scratch;
  ASSERT_EQ(
      RunFoldproof({"verify", kBefore, kAfter, "--inputs", kInputs, "--json", scratch / "r.json"})
          .code,
      0);
  const Json report = Json::parse(ReadText(scratch / "r.json"));
  EXPECT_EQ(report["gate"]["domain"], "calibrated");
  EXPECT_TRUE(report["sites"][0]["tails"][0].contains("observed"));
  EXPECT_FALSE(report["assumptions"].contains("observed"));
}

}  // namespace
}  // namespace foldproof::cli
