// SPDX-License-Identifier: BSD-3-Clause
#include "reports/fold_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/error.h"
#include "src/fold/fold_names.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

Json MissesJson(const std::vector<ir::Miss>& misses) {
  Json out = Json::array();
  for (const ir::Miss& miss : misses) {
    out.push_back({{"rule", miss.rule}, {"node", miss.node}, {"detail", miss.detail}});
  }
  return out;
}

}  // namespace

Json FoldJson(const fold::FoldResult& result) {
  const fold::FoldOptions& options = result.options;
  Json out{{"policy", fold::NameOf(options.policy)},
           {"pipeline", fold::NameOf(options.pipeline)},
           {"until", fold::NameOf(options.until)},
           {"changed", result.changed()},
           {"passes", Json::array()}};
  if (options.pass == fold::FoldPass::kConvBn) {
    out["fold_pass"] = fold::NameOf(options.pass);
    if (options.policy == fold::Policy::kUpstream) {
      out["upstream"] = fold::NameOf(options.upstream);
    } else {
      out["weights"] = fold::NameOf(fold::ModeOf(options));
    }
  }
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
                     Printable(crashes.front().node), PrintableMessage(crashes.front().detail));
}

Json FoldReport(const FoldRun& run, const fold::FoldResult& result) {
  Json out{{"report", "fold"}, {"schema_version", 1}};
  out.update(FoldJson(result));
  out["input"] = FileJson(run.input);
  out["output"] = FileJson(run.output);
  out["quant_fusion_crashes"] = CrashesJson(run.crashes);
  out["run"] = {
      {"command", run.facts.command},
      {"seconds",
       {{"read", run.read_seconds}, {"fold", run.fold_seconds}, {"write", run.write_seconds}}},
      {"version", run.facts.version},
      {"machine", run.facts.machine}};
  return out;
}

std::string FoldSummary(const fold::FoldResult& result) {
  const fold::FoldOptions& options = result.options;
  std::string out;
  for (const ir::PassReport& pass : result.passes) {
    out +=
        fmt::format("{} ({}, {}): {} rewritten, {} left\n", pass.pass, fold::NameOf(options.policy),
                    fold::NameOf(options.pipeline), pass.rewritten.size(), pass.missed.size());
    for (const ir::Rewrite& rewrite : pass.rewritten) {
      out += fmt::format("  {}: {}\n", Printable(rewrite.node), PrintableMessage(rewrite.detail));
    }
    for (const ir::Miss& miss : pass.missed) {
      out += fmt::format("  {} left: {}, {}\n", Printable(miss.node), miss.rule,
                         PrintableMessage(miss.detail));
    }
  }
  return out;
}

}  // namespace foldproof::reports
