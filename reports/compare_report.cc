// SPDX-License-Identifier: BSD-3-Clause
#include "reports/compare_report.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/prove/verdict/names.h"
#include "reports/proof_json.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;
using compare::Comparison;
using compare::NodeDistance;
using compare::Observation;
using compare::TailObservation;

Json ShareOf(std::int64_t part, std::int64_t of) {
  return of > 0 ? Json(static_cast<double>(part) / static_cast<double>(of)) : Json(nullptr);
}

Json SaturatedJson(const compare::Saturation& saturation) {
  const auto share = saturation.share();
  return share ? Json(*share) : Json(nullptr);
}

// lsb, mean and order statistics.
void AddFigures(const compare::LsbDistribution& lsb, Json& out) {
  out["lsb"] = Number(lsb.max());
  out["mean"] = Number(lsb.mean());
  out["p50"] = Number(lsb.Quantile(0.5));
  out["p99"] = Number(lsb.Quantile(0.99));
  out["p999"] = Number(lsb.Quantile(0.999));
}

void AddAgreement(const compare::Agreement& agreement, Json& out) {
  out["cosine"] = Number(agreement.cosine());
  out["sqnr_db"] = Number(agreement.sqnr_db());
}

Json LsbHistogramJson(const compare::LsbDistribution& lsb) {
  Json out = Json::array();
  for (const auto& bin : lsb.Histogram())
    out.push_back({{"up_to", Number(bin.up_to)}, {"count", bin.count}});
  return out;
}

Json ObservationJson(const Observation& seen) {
  Json out = Json::object();
  AddFigures(seen.lsb, out);
  out["share_over"] = ShareOf(seen.over, seen.lsb.count());
  out["saturated_before"] = SaturatedJson(seen.before);
  out["saturated_after"] = SaturatedJson(seen.after);
  out["elements"] = seen.lsb.count();
  out["undefined"] = seen.undefined;
  AddAgreement(seen.agreement, out);
  out["histogram"] = LsbHistogramJson(seen.lsb);
  return out;
}

// Puts `observed` into a tail of the proof and into its channels.
void AddObserved(const TailObservation& seen, Json& tail) {
  if (!seen.why_not.empty()) {
    tail["observed"] = nullptr;
    tail["not_observed"] = seen.why_not;
    return;
  }
  Json observed = ObservationJson(seen.Total());
  observed["runs"] = seen.runs;
  observed["beyond_by_rounding"] = seen.beyond_by_rounding;
  tail["observed"] = std::move(observed);
  for (std::size_t c = 0; c < seen.channels.size(); ++c)
    tail["channels"][c]["observed"] = ObservationJson(seen.channels[c]);
}

Json FindingJson(const compare::SampleFinding& finding) {
  return {{"rule", finding.rule},
          {"site", finding.before_conv},
          {"place", finding.place},
          {"run", finding.run},
          {"channel", finding.channel},
          {"accumulator", finding.accumulator ? Json(*finding.accumulator) : Json(nullptr)},
          {"observed_lsb", Number(finding.lsb)},
          {"proved_lsb", Number(finding.proved_lsb)}};
}

Json DivergenceJson(const std::vector<NodeDistance>& nodes) {
  const auto first = compare::FirstDivergence(nodes);
  if (!first) return nullptr;
  return {{"node", first->node}, {"run", first->run}, {"lsb", Number(first->lsb)}};
}

Json NodeJson(const NodeDistance& node) {
  return {{"node", node.node},
          {"op", node.op},
          {"scale", node.scale},
          {"lsb_max", Number(node.lsb_max)},
          {"run", node.run},
          {"lsb_mean", Number(node.lsb_mean)},
          {"share_differing", ShareOf(node.differing, node.elements)}};
}

// The nodes from the first that differs on.
Json GrowthJson(const std::vector<NodeDistance>& nodes) {
  Json out = Json::array();
  for (const NodeDistance& node : nodes) {
    if (out.empty() && node.differing == 0) continue;
    out.push_back(NodeJson(node));
  }
  return out;
}

Json OutputJson(const compare::OutputDistance& output) {
  Json out{{"output", output.output}, {"value", output.value}, {"scale", output.scale}};
  AddFigures(output.lsb, out);
  out["elements"] = output.lsb.count();
  AddAgreement(output.agreement, out);
  out["histogram"] = LsbHistogramJson(output.lsb);
  return out;
}

Json OutputsJson(const std::vector<compare::OutputDistance>& outputs) {
  Json out = Json::array();
  for (const auto& output : outputs) out.push_back(OutputJson(output));
  return out;
}

Json ExecutorsOf(const compare::ExecutorComparison& both) {
  Json out{{"first_divergence", DivergenceJson(both.nodes)},
           {"compared", both.nodes.size()},
           {"nodes", Json::array()},
           {"not_run", Json::array()}};
  for (const NodeDistance& node : both.nodes) {
    if (node.differing > 0) out["nodes"].push_back(NodeJson(node));
  }
  for (const auto& node : both.not_run)
    out["not_run"].push_back({{"node", node.node}, {"reason", node.reason}});
  return out;
}

Json ExecutorsJson(const verify::Compared& compared) {
  const Comparison& comparison = compared.comparison;
  if (!comparison.before_executors) return nullptr;
  return {{"names", compared.executors},
          {"before", ExecutorsOf(*comparison.before_executors)},
          {"after", ExecutorsOf(*comparison.after_executors)}};
}

Json InputsJson(const verify::Compared& compared) {
  const Comparison& comparison = compared.comparison;
  Json groups = Json::array();
  for (const auto& group : comparison.runs) {
    groups.push_back({{"kind", group.kind}, {"first", group.first}, {"count", group.count}});
  }
  return {{"recorded", compared.inputs ? FileJson(*compared.inputs) : Json(nullptr)},
          {"files", compared.input_files},
          {"random", compared.options.random_runs},
          {"seed", compared.options.seed},
          {"runs", groups},
          {"not_made", comparison.missing_probes}};
}

Json IntervalJson(std::int64_t hits, std::int64_t trials) {
  const compare::ShareInterval interval = compare::ClopperPearson(hits, trials);
  return {interval.low, interval.high};
}

// What the given inputs show at the outputs.
Json SharesJson(const std::optional<compare::OutputShares>& shares) {
  if (!shares) return nullptr;
  Json out{{"inputs", shares->inputs}, {"outputs", Json::array()}, {"classes", nullptr}};
  for (const compare::OutputShare& output : shares->outputs) {
    Json one = OutputJson(output.distance);
    const bool held = output.tolerance_lsb.has_value();
    one["tolerance_lsb"] = held ? Number(*output.tolerance_lsb) : Json(nullptr);
    one["inputs_over"] = held ? Json(output.inputs_over) : Json(nullptr);
    one["share_over"] = held ? ShareOf(output.inputs_over, shares->inputs) : Json(nullptr);
    one["interval"] = held ? IntervalJson(output.inputs_over, shares->inputs) : Json(nullptr);
    out["outputs"].push_back(std::move(one));
  }
  if (shares->classes) {
    const compare::ChangedAnswers& classes = *shares->classes;
    out["classes"] = {{"output", classes.output},
                      {"answers", classes.answers},
                      {"changed", classes.changed},
                      {"share", ShareOf(classes.changed, classes.answers)},
                      {"interval", IntervalJson(classes.changed, classes.answers)},
                      {"runs", classes.runs}};
  }
  return out;
}

// The proof's sites, with what was observed beside it.
Json ObservedSites(const Comparison& comparison) {
  Json sites = Json::array();
  for (const auto& site : comparison.proof.verification.sites) sites.push_back(SiteJson(site));
  for (std::size_t s = 0; s < comparison.sites.size(); ++s) {
    for (std::size_t t = 0; t < comparison.sites[s].size(); ++t)
      AddObserved(comparison.sites[s][t], sites[s]["tails"][t]);
  }
  return sites;
}

}  // namespace

Json CompareReport(const verify::Compared& compared, const RunFacts& run) {
  const Comparison& comparison = compared.comparison;
  const prove::Verification& verification = comparison.proof.verification;
  Json findings = Json::array();
  for (const auto& finding : comparison.findings) findings.push_back(FindingJson(finding));
  const compare::SampleFinding* contradiction = compare::Contradiction(comparison);
  Json out{
      {"report", "compare"},
      {"schema_version", 1},
      {"verdict", prove::NameOf(comparison.verdict)},
      {"proved_verdict", prove::NameOf(verification.verdict)},
      {"exit_code", static_cast<int>(compared.exit)},
      {"contradiction", contradiction != nullptr ? FindingJson(*contradiction) : Json()},
      {"findings", findings},
      {"after_not_run", comparison.after_fault.empty() ? Json() : Json(comparison.after_fault)},
      {"assumptions", AssumptionsJson(compared.options.prove, verification)},
      {"gate", GateJson(compared.options.prove)},
      {"before", FileJson(compared.before)},
      {"after", FileJson(compared.after)},
      {"executor", compared.executors.front()},
      {"inputs", InputsJson(compared)},
      {"structure", StructureJson(verification)},
      {"sites", ObservedSites(comparison)},
      {"unproved", UnprovedJson(verification)},
      {"first_divergence", DivergenceJson(comparison.nodes)},
      {"growth", GrowthJson(comparison.nodes)},
      {"outputs", OutputsJson(comparison.outputs)},
      {"shares", SharesJson(comparison.shares)},
      {"executors", ExecutorsJson(compared)}};
  AddNotes(verification, compared.notes, out);
  if (compared.tolerance_file) out["gate"]["tolerance_file"] = FileJson(*compared.tolerance_file);
  out["run"] = {
      {"command", run.command},
      {"seconds", {{"read", compared.read_seconds}, {"compare", compared.compare_seconds}}},
      {"threads", run.threads},
      {"version", run.version},
      {"machine", run.machine},
      {"executors", compared.described}};
  AddCachedSites(run, out["run"]);
  return out;
}

}  // namespace foldproof::reports
