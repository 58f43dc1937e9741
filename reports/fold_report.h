// SPDX-License-Identifier: BSD-3-Clause
//
// What a fold did and what it left, and why (docs/fold.md has the rules).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/json_report.h"
#include "src/fold/pipeline.h"

namespace foldproof::reports {

// policy, pipeline, until, changed, passes[{pass, rewritten[{node, detail}], missed[{rule, node,
// detail}]}].
nlohmann::ordered_json FoldJson(const fold::FoldResult& result);

// Where ExecuTorch's QuantFusion would raise on a program: [{rule, node, detail}].
nlohmann::ordered_json CrashesJson(const std::vector<ir::Miss>& crashes);
// A line that names the first of them; empty where there is none.
std::string CrashesSummary(const std::vector<ir::Miss>& crashes, const std::string& program);

struct FoldRun {
  verify::FileIdentity input;
  verify::FileIdentity output;
  std::vector<ir::Miss> crashes;  // of QuantFusion on the output
  double read_seconds = 0;
  double fold_seconds = 0;
  double write_seconds = 0;
  RunFacts facts;
};

// The whole report of `fold`: FoldJson, the two files, and the block "run".
nlohmann::ordered_json FoldReport(const FoldRun& run, const fold::FoldResult& result);

// A line for the whole, one for each thing done or left.
std::string FoldSummary(const fold::FoldResult& result);

}  // namespace foldproof::reports
