// SPDX-License-Identifier: BSD-3-Clause
#include "reports/fold_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/error.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

const char* NameOf(fold::Pipeline pipeline) {
  switch (pipeline) {
    case fold::Pipeline::kPostExport: return "post-export";
    case fold::Pipeline::kPreExport: return "pre-export";
  }
  return "";
}

const char* NameOf(fold::Stage stage) {
  switch (stage) {
    case fold::Stage::kBiases: return "biases";
    case fold::Stage::kFold: return "fold";
    case fold::Stage::kFusion: return "fusion";
  }
  return "";
}

Json MissesJson(const std::vector<ir::Miss>& misses) {
  Json out = Json::array();
  for (const ir::Miss& miss : misses) {
    out.push_back({{"rule", miss.rule}, {"node", miss.node}, {"detail", miss.detail}});
  }
  return out;
}

Json FileJson(const FileIdentity& file) { return {{"file", file.file}, {"sha256", file.sha256}}; }

}  // namespace

Json FoldJson(const fold::FoldResult& result) {
  const fold::FoldOptions& options = result.options;
  Json out{{"policy", fold::Name(options.policy)},
           {"pipeline", NameOf(options.pipeline)},
           {"until", NameOf(options.until)},
           {"changed", result.changed()},
           {"passes", Json::array()}};
  for (const ir::PassReport& pass : result.passes) {
    Json rewritten = Json::array();
    for (const ir::Rewrite& rewrite : pass.rewritten) {
      rewritten.push_back({{"node", rewrite.node}, {"detail", rewrite.detail}});
    }
    out["passes"].push_back(
        {{"pass", pass.pass}, {"rewritten", rewritten}, {"missed", MissesJson(pass.missed)}});
  }
  return out;
}

Json CrashesJson(const std::vector<ir::Miss>& crashes) { return MissesJson(crashes); }

std::string CrashesSummary(const std::vector<ir::Miss>& crashes, const std::string& program) {
  if (crashes.empty()) return {};
  return fmt::format("ExecuTorch's QuantFusion would raise on {}, at {}: {}\n", program,
                     Printable(crashes.front().node), Printable(crashes.front().detail));
}

Json FoldReport(const FoldRun& run, const fold::FoldResult& result) {
  Json out{{"report", "fold"}, {"schema_version", 1}};
  out.update(FoldJson(result));
  out["input"] = FileJson(run.input);
  out["output"] = FileJson(run.output);
  out["quant_fusion_crashes"] = CrashesJson(run.crashes);
  out["run"] = {
      {"command", run.command},
      {"seconds",
       {{"read", run.read_seconds}, {"fold", run.fold_seconds}, {"write", run.write_seconds}}},
      {"version", run.version},
      {"machine", run.machine}};
  return out;
}

std::string FoldSummary(const fold::FoldResult& result) {
  const fold::FoldOptions& options = result.options;
  std::string out;
  for (const ir::PassReport& pass : result.passes) {
    out +=
        fmt::format("{} ({}, {}): {} rewritten, {} left\n", pass.pass, fold::Name(options.policy),
                    NameOf(options.pipeline), pass.rewritten.size(), pass.missed.size());
    for (const ir::Rewrite& rewrite : pass.rewritten) {
      out += fmt::format("  {}: {}\n", Printable(rewrite.node), Printable(rewrite.detail));
    }
    for (const ir::Miss& miss : pass.missed) {
      out += fmt::format("  {} left: {}, {}\n", Printable(miss.node), miss.rule,
                         Printable(miss.detail));
    }
  }
  return out;
}

}  // namespace foldproof::reports
