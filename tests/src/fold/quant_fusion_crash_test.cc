// SPDX-License-Identifier: BSD-3-Clause
//
// Predicted crashes against those that were recorded.
#include "src/fold/quant_fusion_crash.h"

#include <gtest/gtest.h>

#include <string>

#include "src/pt2/reader.h"
#include "tests/src/fold/fusion_recordings.h"

namespace foldproof::fold {
namespace {

// The exception, the pattern and the line, as the prediction's detail has them.
std::string Recorded(const nlohmann::json& result) {
  const std::string line = result.at("at_line");
  return result.at("raises").get<std::string>() + " (" + result.at("pattern").get<std::string>() +
         ": " + line.substr(line.find(": ") + 2) + ")";
}

TEST(QuantFusionCrash, NamesWhatRaisedAndNothingElse) {
  const auto recordings = FusionRecordings();
  if (recordings.empty()) GTEST_SKIP() << "the corpus is not beside the project";
  std::size_t raised = 0, held = 0;
  for (const FusionRecording& recording : recordings) {
    if (!recording.result.contains("QuantFusion")) continue;
    SCOPED_TRACE(recording.name);
    const auto& result = recording.result.at("QuantFusion");
    const auto crashes = QuantFusionCrashes(pt2::ReadProgram(recording.program),
                                            PatternsOf(SetOf(recording.quantizer)));
    if (!result.contains("raises")) {
      ++held;
      EXPECT_TRUE(crashes.empty()) << crashes.front().node << ": " << crashes.front().detail;
      continue;
    }
    ++raised;
    ASSERT_FALSE(crashes.empty());
    EXPECT_EQ(crashes.front().rule, "quant-fusion-crash");
    EXPECT_EQ(crashes.front().node, result.at("at_node").get<std::string>());
    EXPECT_EQ(crashes.front().detail, Recorded(result));
  }
  EXPECT_GE(raised, 40u);
  std::printf("%zu programs raise, %zu do not\n", raised, held);
}

}  // namespace
}  // namespace foldproof::fold
