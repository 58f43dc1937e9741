// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/json_report.h"

#include "reports/fold_report.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;
using prove::ChannelVerdict;
using prove::DomainFigures;
using prove::IdealDistances;
using prove::TailVerdict;

Json Maybe(const std::optional<std::int64_t>& x) { return x ? Json(*x) : Json(nullptr); }

double Share(std::int64_t part, std::int64_t of) {
  return of > 0 ? static_cast<double>(part) / static_cast<double>(of) : 0;
}

// The sum of a domain's figures over all channels, with the worst channel.
struct Total {
  double lsb = 0;
  std::optional<std::uint32_t> channel;
  std::optional<std::int64_t> accumulator;
  std::int64_t count = 0;
  std::int64_t over = 0;
};

Total Sum(const TailVerdict& tail, DomainFigures ChannelVerdict::*domain) {
  Total out;
  for (std::uint32_t c = 0; c < tail.channels.size(); ++c) {
    const DomainFigures& figures = tail.channels[c].*domain;
    out.count += figures.count;
    out.over += figures.over;
    if (figures.accumulator && (!out.channel || figures.lsb > out.lsb)) {
      out.lsb = figures.lsb;
      out.channel = c;
      out.accumulator = figures.accumulator;
    }
  }
  return out;
}

Json DomainJson(const Total& total) {
  return {{"lsb", Number(total.lsb)},
          {"channel", total.channel ? Json(*total.channel) : Json(nullptr)},
          {"accumulator", Maybe(total.accumulator)},
          {"share_over", Share(total.over, total.count)}};
}

void AddDistances(const IdealDistances& distances, double scale, Json& out) {
  out["before_lsb"] = Number(distances.reachable.before / scale);
  out["after_lsb"] = Number(distances.reachable.after / scale);
  out["before_calibrated_lsb"] = Number(distances.calibrated.before / scale);
  out["after_calibrated_lsb"] = Number(distances.calibrated.after / scale);
}

Json IdealJson(const TailVerdict& tail, const ChannelVerdict& channel) {
  if (!channel.ideal) return nullptr;
  const double steps =
      channel.tolerance.half_step > 0 ? channel.ideal->gap / (2 * channel.tolerance.half_step) : 0;
  Json out{{"gap_lsb", Number(channel.ideal->gap / tail.scale)},
           {"gap_bias_steps", channel.tolerance.half_step > 0 ? Number(steps) : Json(nullptr)},
           {"error_lsb", Number(channel.ideal->error / tail.scale)},
           {"finding", channel.ideal->finding}};
  if (channel.ideal->distances) AddDistances(*channel.ideal->distances, tail.scale, out);
  return out;
}

Json ChannelJson(const TailVerdict& tail, std::size_t c, const prove::SiteVerdict& site) {
  const ChannelVerdict& channel = tail.channels[c];
  const auto domain = [](const DomainFigures& figures) {
    return Json{{"lsb", Number(figures.lsb)}, {"accumulator", Maybe(figures.accumulator)}};
  };
  Json out{{"reach", {site.reach[c].low, site.reach[c].high}},
           {"exact", site.reach[c].exact},
           {"reachable", domain(channel.reachable)},
           {"calibrated", domain(channel.calibrated)},
           {"undefined", channel.undefined},
           {"ideal", IdealJson(tail, channel)},
           {"tolerance_lsb", Number(channel.allowed_lsb)},
           {"derived_lsb", Number(channel.tolerance.lsb)}};
  if (!channel.unproved.empty()) out["unproved"] = channel.unproved;
  return out;
}

// The largest gap of the channels, in LSB and in bias steps, and the largest distances.
Json TailIdeal(const TailVerdict& tail) {
  double gap = 0;
  double steps = 0;
  for (const ChannelVerdict& channel : tail.channels) {
    if (!channel.ideal) return nullptr;
    gap = std::max(gap, channel.ideal->gap);
    if (channel.tolerance.half_step > 0) {
      steps = std::max(steps, channel.ideal->gap / (2 * channel.tolerance.half_step));
    }
  }
  Json out{{"gap_lsb", Number(gap / tail.scale)}, {"gap_bias_steps", Number(steps)}};
  if (const auto distances = prove::FarthestFromIdeal(tail)) {
    AddDistances(*distances, tail.scale, out);
  }
  return out;
}

Json CauseJson(const prove::Cause& cause) {
  return {{"rule", cause.rule},
          {"node", cause.node},
          {"channels", cause.channels},
          {"share", cause.share},
          {"detail", cause.detail}};
}

Json WitnessJson(const prove::Witness& witness) {
  Json out{{"level", witness.level == prove::Witness::Level::kProgram ? "program" : "site"},
           {"channel", witness.channel},
           {"accumulator", witness.accumulator},
           {"claimed_lsb", Number(witness.claimed_lsb)},
           {"output_position", witness.output_position},
           {"file", witness.file ? Json(*witness.file) : Json(nullptr)},
           {"confirmed", witness.confirmed ? Json(*witness.confirmed) : Json(nullptr)},
           {"observed_lsb", witness.observed_lsb ? Number(*witness.observed_lsb) : Json(nullptr)}};
  if (!witness.why_not_confirmed.empty()) out["why_not_confirmed"] = witness.why_not_confirmed;
  return out;
}

Json TailJson(const TailVerdict& tail, const prove::SiteVerdict& site) {
  Json reachable = DomainJson(Sum(tail, &ChannelVerdict::reachable));
  const Total all = Sum(tail, &ChannelVerdict::reachable);
  const Total calibrated = Sum(tail, &ChannelVerdict::calibrated);
  std::int64_t undefined = 0;
  for (const ChannelVerdict& channel : tail.channels) undefined += channel.undefined;
  reachable["undefined"] = undefined;
  Json calibrated_json = DomainJson(calibrated);
  calibrated_json["share_of_reachable"] = Share(calibrated.count, all.count);
  Json out{{"output", tail.output ? Json(*tail.output) : Json(nullptr)},
           {"frontier", tail.frontier},
           {"place", tail.place},
           {"scale", tail.scale},
           {"verdict", prove::Name(tail.verdict)},
           {"reason", tail.reason.empty() ? Json(nullptr) : Json(tail.reason)},
           {"tolerance_lsb", Number(tail.tolerance_lsb)},
           {"derived_lsb", Number(tail.derived_lsb)},
           {"reachable", reachable},
           {"calibrated", calibrated_json},
           {"ideal", TailIdeal(tail)},
           {"channels", Json::array()},
           {"causes", Json::array()},
           {"witness", tail.witness ? WitnessJson(*tail.witness) : Json(nullptr)}};
  for (std::size_t c = 0; c < tail.channels.size(); ++c) {
    out["channels"].push_back(ChannelJson(tail, c, site));
  }
  for (const prove::Cause& cause : tail.causes) out["causes"].push_back(CauseJson(cause));
  return out;
}

Json SiteJson(const prove::SiteVerdict& site) {
  Json out{{"before_conv", site.before_conv},
           {"after_conv", site.after_conv},
           {"channels", site.channels},
           {"taps", site.taps},
           {"verdict", prove::Name(site.verdict)},
           {"reason", site.reason.empty() ? Json(nullptr) : Json(site.reason)},
           {"tails", Json::array()}};
  for (const TailVerdict& tail : site.tails) out["tails"].push_back(TailJson(tail, site));
  return out;
}

Json Assumptions(const VerifyRequest& request) {
  const bool fma = request.options.batch_norm == prove::BatchNormVariant::kFma;
  return {{"semantics", "integer"},
          {"batch_norm", fma ? "fma" : "no-fma"},
          {"sqrt", "ieee"},
          {"inputs", "every input is taken as equal at every site: each fold is judged alone"},
          {"reach", request.options.reach == prove::Reach::kExact ? "exact" : "interval"},
          {"outputs",
           "a program's verdict bounds its outputs only where every site is equal or "
           "nothing quantized follows"}};
}

Json Gate(const VerifyRequest& request) {
  const auto& judge = request.options.judge;
  return {{"domain", judge.domain == prove::Domain::kCalibrated ? "calibrated" : "reachable"},
          {"semantics", "integer"},
          {"tolerance", judge.tolerance_lsb ? Json(*judge.tolerance_lsb) : Json("derived")},
          {"ideal_gap", judge.ideal_gap_lsb ? Json(*judge.ideal_gap_lsb) : Json("off")}};
}

// The file, or what the fold did that made the program in the same go.
Json AfterJson(const VerifyRequest& request) {
  if (request.folded != nullptr) {
    return {{"file", nullptr}, {"sha256", nullptr}, {"fold", FoldJson(*request.folded)}};
  }
  return {{"file", request.after.file}, {"sha256", request.after.sha256}};
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
           {"assumptions", Assumptions(request)},
           {"gate", Gate(request)},
           {"before", {{"file", request.before.file}, {"sha256", request.before.sha256}}},
           {"after", AfterJson(request)},
           {"structure", Json::array()},
           {"sites", Json::array()},
           {"unproved", Json::array()}};
  for (const auto& finding : verification.structure) {
    out["structure"].push_back({{"rule", finding.rule},
                                {"node", finding.node},
                                {"op", finding.op},
                                {"detail", finding.detail},
                                {"only_after", finding.only_after}});
  }
  for (const auto& site : verification.sites) out["sites"].push_back(SiteJson(site));
  for (const auto& part : verification.unproved) {
    out["unproved"].push_back({{"node", part.node}, {"reason", part.reason}});
  }
  out["quant_fusion_crashes"] = {{"before", CrashesJson(request.crashes_before)},
                                 {"after", CrashesJson(request.crashes_after)}};
  std::int64_t evaluations = 0;
  for (const auto& site : verification.sites) evaluations += site.evaluations;
  out["run"] = {{"command", run.command},
                {"evaluations", evaluations},
                {"seconds",
                 {{"read", run.read_seconds},
                  {"prove", run.prove_seconds},
                  {"confirm", run.confirm_seconds}}},
                {"threads", run.threads},
                {"version", run.version},
                {"machine", run.machine},
                {"executor", run.executor.empty() ? Json(nullptr) : Json(run.executor)}};
  return out;
}

}  // namespace foldproof::reports
