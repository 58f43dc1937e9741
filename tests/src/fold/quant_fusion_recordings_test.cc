// SPDX-License-Identifier: BSD-3-Clause
//
// What ExecuTorch 1.5.1's two fusion passes did to every recorded program, and what ours does and
// predicts.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/fold/quant_fusion/quant_fusion.h"
#include "src/fold/quant_fusion/quant_fusion_crash.h"
#include "src/ir/checker.h"
#include "src/pt2/reader.h"
#include "tests/src/fold/corpus.h"

namespace foldproof::fold::quant_fusion_recordings_test {
namespace {

struct FusionRecording {
  std::string name;  // "fused_residual before"
  std::filesystem::path program;
  std::string quantizer;
  nlohmann::json result;  // of QuantFusionPass; of its predecessor under "QuantFusion"
};

PatternSet SetOf(const std::string& quantizer) {
  static const std::map<std::string, PatternSet> sets{
      {"CadenceDefaultQuantizer", PatternSet::kDefault},
      {"CadenceWakeWordQuantizer", PatternSet::kWakeWord},
      {"CadenceFusedConvReluQuantizer", PatternSet::kFusedConvRelu},
      {"CadenceWith16BitConvActivationsQuantizer", PatternSet::k16BitConv},
      {"CadenceW8A32MixedQuantizer", PatternSet::kMixedW8A32}};
  return sets.at(quantizer.substr(0, quantizer.find('(')));
}

// Every recorded run; empty where the corpus is not beside the project.
std::vector<FusionRecording> FusionRecordings() {
  std::vector<FusionRecording> out;
  std::ifstream file(CorpusFolder() / "quant_fusion.json");
  if (!file) return out;
  const auto all = nlohmann::json::parse(file);
  for (const auto& [name, entry] : all.at("programs").items()) {
    for (const std::string stage : {"before", "after"}) {
      if (!entry.contains(stage) || entry.at(stage).is_null()) continue;
      std::filesystem::path path = CorpusFolder() / (name + "." + stage + ".pt2");
      if (!std::filesystem::exists(path)) {
        path = CorpusFolder() / "big" / (name + "." + stage + ".pt2");
      }
      if (!std::filesystem::exists(path)) continue;
      out.push_back({name + " " + stage, path, entry.at("quantizer"), entry.at(stage)});
    }
  }
  for (const auto& [name, entry] : all.at("hand").items()) {
    for (const auto& [quantizer, result] : entry.items()) {
      if (!quantizer.starts_with("Cadence")) continue;
      out.push_back({name + " " + quantizer,
                     CorpusFolder() / "quant_fusion" / (name + ".before.pt2"), quantizer, result});
    }
  }
  return out;
}

ir::Program Fused(ir::Program program, PatternSet set) {
  ir::Editor editor(std::move(program));
  QuantFusion({QuantFusion::Mode::kUpstream, PatternsOf(set)}).Run(editor);
  ir::Program out = std::move(editor).Finish();
  ir::CheckProgram(out);
  return out;
}

// Calls as ExecuTorch counts them.
std::vector<std::string> Calls(const ir::Program& program) {
  std::vector<std::string> calls;
  for (const ir::Node& node : program.graph.nodes()) {
    if (node.target != "get_attr") calls.push_back(node.target);
  }
  return calls;
}

TEST(QuantFusionRecordings, MakesTheCallsThatExecuTorchMade) {
  const auto recordings = FusionRecordings();
  if (recordings.empty()) GTEST_SKIP() << "the corpus is not beside the project";
  std::size_t fused = 0;
  for (const FusionRecording& recording : recordings) {
    SCOPED_TRACE(recording.name);
    const ir::Program ours = Fused(pt2::ReadProgram(recording.program), SetOf(recording.quantizer));
    const auto calls = recording.result.at("ops").get<std::vector<std::string>>();
    EXPECT_EQ(Calls(ours), calls);
    for (const auto& call : calls) fused += call.starts_with("cadence.");
  }
  EXPECT_GE(recordings.size(), 250u);
  std::printf("%zu programs, %zu fused operators\n", recordings.size(), fused);
}

// The exception, the pattern and the line, as the prediction's detail has them.
std::string Recorded(const nlohmann::json& result) {
  const std::string line = result.at("at_line");
  return result.at("raises").get<std::string>() + " (" + result.at("pattern").get<std::string>() +
         ": " + line.substr(line.find(": ") + 2) + ")";
}

TEST(QuantFusionRecordings, ForetellWhatRaisedAndNothingElse) {
  const auto recordings = FusionRecordings();
  if (recordings.empty()) GTEST_SKIP() << "the corpus is not beside the project";
  std::size_t raised = 0, held = 0;
  for (const FusionRecording& recording : recordings) {
    if (!recording.result.contains("QuantFusion")) continue;
    SCOPED_TRACE(recording.name);
    const auto& result = recording.result.at("QuantFusion");
    const auto [crashes, calls] =
        RunPredecessor(pt2::ReadProgram(recording.program), PatternsOf(SetOf(recording.quantizer)));
    if (!result.contains("raises")) {
      ++held;
      EXPECT_TRUE(crashes.empty()) << crashes.front().node << ": " << crashes.front().detail;
      // That the order is the recorded one says that matches and first users are the right ones.
      EXPECT_EQ(calls, result.at("ops").get<std::vector<std::string>>());
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
}  // namespace foldproof::fold::quant_fusion_recordings_test
