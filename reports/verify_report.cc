// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/json_report.h"

#include "harness/prove/verdict/names.h"
#include "reports/fold_report.h"
#include "reports/picture_json.h"
#include "reports/proof_json.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

// The file, or what the fold or the pass did that made the program in the same go.
Json AfterJson(const verify::Verified& verified) {
  if (verified.after) return FileJson(*verified.after);
  Json out{{"file", nullptr}, {"sha256", nullptr}};
  if (verified.fold) out["fold"] = FoldJson(*verified.fold);
  if (verified.pass) {
    out["pass"] = {{"command", verified.pass->command},
                   {"result", verified.pass->result},
                   {"detail", verified.pass->detail}};
  }
  return out;
}

void AddPictures(const verify::Pictures& pictures, Json& report) {
  Json& sites = report["sites"];
  for (std::size_t s = 0; s < pictures.tails.size(); ++s) {
    for (std::size_t t = 0; t < pictures.tails[s].size(); ++t) {
      sites[s]["tails"][t]["picture"] = PictureJson(pictures.tails[s][t]);
    }
  }
  report["graphs"] = GraphsJson(pictures.graphs);
}

Json RunJson(const verify::Verified& verified, const RunFacts& run) {
  std::int64_t evaluations = 0;
  for (const auto& site : verified.verification.sites) evaluations += site.evaluations;
  return {{"command", run.command},
          {"evaluations", evaluations},
          {"seconds",
           {{"read", verified.seconds.read},
            {"observe", verified.seconds.observe},
            {"prove", verified.seconds.prove},
            {"confirm", verified.seconds.confirm}}},
          {"threads", run.threads},
          {"version", run.version},
          {"machine", run.machine},
          {"executor", verified.executor.empty() ? Json(nullptr) : Json(verified.executor)}};
}

}  // namespace

std::string Written(const Json& report) {
  return report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void AddCachedSites(const RunFacts& run, Json& block) {
  if (run.cached_sites) block["cached_sites"] = *run.cached_sites;
}

Json Number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

Json FileJson(const verify::FileIdentity& file) {
  return {{"file", file.file}, {"sha256", file.sha256}};
}

Json VerifyReport(const verify::Verified& verified, const RunFacts& run, Shows shows) {
  const prove::Verification& verification = verified.verification;
  Json out{{"report", "verify"},
           {"schema_version", 1},
           {"verdict", prove::NameOf(verification.verdict)},
           {"exit_code", static_cast<int>(verified.exit)},
           {"assumptions", AssumptionsJson(verified.options, verification)},
           {"gate", GateJson(verified.options)},
           {"before", FileJson(verified.before)},
           {"after", AfterJson(verified)},
           {"structure", StructureJson(verification)},
           {"sites", SitesJson(verification)},
           {"unproved", UnprovedJson(verification)}};
  AddNotes(verification, verified.notes, out);
  for (auto& site : out["sites"]) {
    const auto module = verified.modules.find(site["before_conv"].get<std::string>());
    if (module != verified.modules.end()) site["module"] = Printable(module->second);
  }
  if (verified.inputs) out["gate"]["inputs"] = FileJson(*verified.inputs);
  if (verified.crashes) {
    out["quant_fusion_crashes"] = {{"before", CrashesJson(verified.crashes->before)},
                                   {"after", CrashesJson(verified.crashes->after)}};
  }
  if (shows == Shows::kPictures && verified.pictures) AddPictures(*verified.pictures, out);
  out["run"] = RunJson(verified, run);
  AddCachedSites(run, out["run"]);
  return out;
}

void EraseCost(Json& report) {
  report.erase("run");
  for (auto& site : report.at("sites")) site.erase("evaluations");
}

}  // namespace foldproof::reports
