// SPDX-License-Identifier: BSD-3-Clause
#include <nlohmann/json.hpp>

#include "reports/fingerprint.h"
#include "reports/gate.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

Json PairJson(const GatedPair& pair, const Json& whole) {
  Json findings = Json::array();
  for (std::size_t i = 0; i < pair.findings.size(); ++i) {
    const Finding& finding = pair.findings[i];
    const bool waived = pair.waived_by[i] != Gate::kNoWaiver;
    findings.push_back({{"rule", finding.rule},
                        {"node", finding.node},
                        {"level", NameOf(finding.level)},
                        {"message", finding.message},
                        {"fingerprint", Fingerprint(finding.key)},
                        {"waiver", waived ? Json(pair.waived_by[i]) : Json(nullptr)}});
  }
  return {{"name", pair.name},
          {"status", NameOf(pair.status)},
          {"exit_code", pair.report ? pair.report->exit_code : 3},
          {"allow_unproved", pair.allow_unproved},
          {"why", pair.report ? Json(nullptr) : Json(pair.why_unusable)},
          {"findings", std::move(findings)},
          {"report", whole}};
}

Json GateWaiverJson(const Gate& gate, std::size_t w) {
  const Waiver& waiver = gate.waivers[w];
  const WaiverStanding& standing = gate.standing[w];
  return {{"status", NameOf(standing.status)},
          {"why", standing.why.empty() ? Json(nullptr) : Json(standing.why)},
          {"pair", waiver.pair},
          {"rule", waiver.rule},
          {"site", waiver.site.empty() ? Json(nullptr) : Json(waiver.site)},
          {"up_to_lsb", waiver.up_to_lsb ? Json(*waiver.up_to_lsb) : Json(nullptr)},
          {"reason", waiver.reason},
          {"expires", waiver.expires},
          {"line", waiver.line > 0 ? Json(waiver.line) : Json(nullptr)},
          {"needed_by", standing.needed_by}};
}

}  // namespace

Json GateJson(const Gate& gate, const std::vector<Json>& whole, const GateRun& run,
              const GateShard* shard) {
  Json out{{"report", "gate"},
           {"schema_version", 1},
           {"exit_code", gate.exit_code},
           {"configuration", FileJson(gate.configuration)},
           {"counts", Json::object()},
           {"pairs", Json::array()},
           {"waivers", Json::array()}};
  for (const PairStatus status : {PairStatus::kHolds, PairStatus::kWaived, PairStatus::kUnproved,
                                  PairStatus::kDiffers, PairStatus::kUnusable}) {
    out["counts"][NameOf(status)] = gate.Count(status);
  }
  for (std::size_t i = 0; i < gate.pairs.size(); ++i)
    out["pairs"].push_back(PairJson(gate.pairs[i], whole[i]));
  for (std::size_t w = 0; w < gate.waivers.size(); ++w)
    out["waivers"].push_back(GateWaiverJson(gate, w));
  if (shard != nullptr) {
    out["shard"] = {{"shard", shard->shard.empty() ? Json(nullptr) : Json(shard->shard)},
                    {"pairs", shard->all},
                    {"missing", shard->missing}};
  }
  out["run"] = {{"command", run.facts.command}, {"today", run.today},
                {"seconds", run.seconds},       {"threads", run.facts.threads},
                {"version", run.facts.version}, {"machine", run.facts.machine}};
  AddCachedSites(run.facts, out["run"]);
  return out;
}

}  // namespace foldproof::reports
