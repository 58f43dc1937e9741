// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/json_report.h"

#include "reports/fold_report.h"
#include "reports/picture_json.h"
#include "reports/proof_json.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

// The file, or what the fold did that made the program in the same go.
Json AfterJson(const VerifyRequest& request) {
  if (request.folded != nullptr) {
    return {{"file", nullptr}, {"sha256", nullptr}, {"fold", FoldJson(*request.folded)}};
  }
  if (request.pass) {
    Json said{{"command", request.pass->command},
              {"result", request.pass->result},
              {"detail", request.pass->detail}};
    return {{"file", nullptr}, {"sha256", nullptr}, {"pass", std::move(said)}};
  }
  return {{"file", request.after.file}, {"sha256", request.after.sha256}};
}

void AddPictures(const Pictures& pictures, Json& report) {
  Json& sites = report["sites"];
  for (std::size_t s = 0; s < pictures.tails.size(); ++s) {
    for (std::size_t t = 0; t < pictures.tails[s].size(); ++t) {
      sites[s]["tails"][t]["picture"] = PictureJson(pictures.tails[s][t]);
    }
  }
  report["graphs"] = GraphsJson(pictures.graphs);
}

}  // namespace

std::string Written(const Json& report) {
  return report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json Number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

Json VerifyReport(const VerifyRequest& request, const prove::Verification& verification,
                  int exit_code, const RunFacts& run) {
  Json out{{"report", "verify"},
           {"schema_version", 1},
           {"verdict", prove::Name(verification.verdict)},
           {"exit_code", exit_code},
           {"assumptions", AssumptionsJson(request.options)},
           {"gate", GateJson(request.options)},
           {"before", {{"file", request.before.file}, {"sha256", request.before.sha256}}},
           {"after", AfterJson(request)},
           {"structure", StructureJson(verification)},
           {"sites", SitesJson(verification)},
           {"unproved", UnprovedJson(verification)}};
  if (!verification.taken_for_functions.empty()) {
    out["assumptions"]["functions_of_operands"] = verification.taken_for_functions;
  }
  if (request.inputs) {
    out["gate"]["inputs"] = {{"file", request.inputs->file}, {"sha256", request.inputs->sha256}};
  }
  out["quant_fusion_crashes"] = {{"before", CrashesJson(request.crashes_before)},
                                 {"after", CrashesJson(request.crashes_after)}};
  if (request.pictures != nullptr) AddPictures(*request.pictures, out);
  std::int64_t evaluations = 0;
  for (const auto& site : verification.sites) evaluations += site.evaluations;
  out["run"] = {{"command", run.command},
                {"evaluations", evaluations},
                {"seconds",
                 {{"read", run.read_seconds},
                  {"observe", run.observe_seconds},
                  {"prove", run.prove_seconds},
                  {"confirm", run.confirm_seconds}}},
                {"threads", run.threads},
                {"version", run.version},
                {"machine", run.machine},
                {"executor", run.executor.empty() ? Json(nullptr) : Json(run.executor)}};
  return out;
}

}  // namespace foldproof::reports
