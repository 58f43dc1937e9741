// SPDX-License-Identifier: BSD-3-Clause
//
// What ExecuTorch 1.5.1's two fusion passes did to the recorded programs.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/fold/quant_fusion_patterns.h"
#include "src/ir/editor.h"
#include "tests/src/fold/corpus.h"

namespace foldproof::fold {

inline std::filesystem::path FusionFolder() { return CorpusFolder() / "quant_fusion"; }
inline std::filesystem::path GoldenFusionFolder() {
  return std::filesystem::path(FOLDPROOF_SOURCE_DIR) / "golden" / "quant_fusion";
}

struct FusionRecording {
  std::string name;  // "fused_residual before"
  std::filesystem::path program;
  std::string quantizer;
  nlohmann::json result;  // of QuantFusionPass; of its predecessor under "QuantFusion"
};

inline PatternSet SetOf(const std::string& quantizer) {
  static const std::map<std::string, PatternSet> sets{
      {"CadenceDefaultQuantizer", PatternSet::kDefault},
      {"CadenceWakeWordQuantizer", PatternSet::kWakeWord},
      {"CadenceFusedConvReluQuantizer", PatternSet::kFusedConvRelu},
      {"CadenceWith16BitConvActivationsQuantizer", PatternSet::k16BitConv},
      {"CadenceW8A32MixedQuantizer", PatternSet::kMixedW8A32}};
  return sets.at(quantizer.substr(0, quantizer.find('(')));
}

// Every recorded run; empty where the corpus is not beside the project.
inline std::vector<FusionRecording> FusionRecordings() {
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
      out.push_back({name + " " + quantizer, FusionFolder() / (name + ".before.pt2"), quantizer,
                     result});
    }
  }
  return out;
}

}  // namespace foldproof::fold
