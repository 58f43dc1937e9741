// SPDX-License-Identifier: BSD-3-Clause
#include "reports/proof_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/prove/judge/int32_sums.h"
#include "harness/prove/verdict/names.h"
#include "reports/held_text.h"
#include "reports/json_report.h"
#include "reports/rules.h"
#include "reports/tail_total.h"
#include "src/base/checked.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;
using prove::ChannelVerdict;
using prove::DomainFigures;
using prove::IdealDistances;
using prove::TailVerdict;

Json Maybe(const std::optional<std::int64_t>& x) { return x ? Json(*x) : Json(nullptr); }

Json DomainJson(const TailTotal& total) {
  Json out{{"lsb", Number(total.lsb)},
           {"channel", total.channel ? Json(*total.channel) : Json(nullptr)},
           {"accumulator", Maybe(total.accumulator)},
           {"share_over", total.share_over()}};
  if (total.lsb_root_step) out["lsb_root_step"] = Number(*total.lsb_root_step);
  return out;
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

// A channel's figures over what was observed; `low` and `high` are null where that was nothing.
Json ObservedJson(const ChannelVerdict& channel, const prove::ObservedChannel& observed) {
  const auto end = [&](std::int64_t x) { return observed.empty() ? Json(nullptr) : Json(x); };
  const DomainFigures& range = channel.observed;
  const DomainFigures& produced = channel.produced;
  return {{"lsb", Number(range.lsb)},
          {"accumulator", Maybe(range.accumulator)},
          {"share_over", TailTotal::Share(range.over, range.count)},
          {"share_of_reachable", TailTotal::Share(range.count, channel.reachable.count)},
          {"low", end(observed.low)},
          {"high", end(observed.high)},
          {"undefined", range.undefined},
          {"produced",
           {{"lsb", Number(produced.lsb)},
            {"accumulator", Maybe(produced.accumulator)},
            {"share_over", TailTotal::Share(produced.over, produced.count)}}}};
}

Json ChannelVerdictJson(const TailVerdict& tail, std::size_t c, const prove::SiteVerdict& site) {
  const ChannelVerdict& channel = tail.channels[c];
  // An exact proof's figure is one that an input shows.
  const auto domain = [&](const DomainFigures& figures) {
    const bool shown = !channel.joint && site.reach[c].exact && channel.unproved.empty();
    Json json{{"lsb", Number(figures.lsb)},
              {"at_least", figures.at_least ? Number(*figures.at_least)
                           : shown          ? Number(figures.lsb)
                                            : Json(nullptr)},
              {"accumulator", Maybe(figures.accumulator)}};
    if (figures.lsb_root_step) json["lsb_root_step"] = Number(*figures.lsb_root_step);
    return json;
  };
  Json out{{"reach", {site.reach[c].low, site.reach[c].high}},
           {"exact", site.reach[c].exact},
           {"reachable", domain(channel.reachable)},
           {"calibrated", domain(channel.calibrated)},
           {"undefined", channel.undefined},
           {"ideal", IdealJson(tail, channel)},
           {"tolerance_lsb", Number(channel.allowed_lsb)},
           {"derived_lsb", Number(channel.tolerance.lsb)}};
  if (site.observed != nullptr) {
    out["observed"] = ObservedJson(channel, site.observed->channels[c]);
  }
  if (channel.joint) {
    const auto& found = channel.joint->coefficients;
    out["coefficients"] = found ? Json{{"gap_steps", Number(found->gap_steps)},
                                       {"tap", found->tap},
                                       {"allowed_steps", Number(found->allowed)},
                                       {"finding", found->finding}}
                                : Json(nullptr);
  }
  if (!channel.unproved.empty()) {
    out["unproved"] = channel.unproved;
    out["reachable"]["lsb"] = out["calibrated"]["lsb"] = nullptr;  // nothing was evaluated
  } else if (!channel.root_step_unproved.empty()) {
    out["unproved"] = channel.root_step_unproved;
  }
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
  Json out{{"rule", cause.rule},         {"node", cause.node},
           {"channels", cause.channels}, {"share", cause.share},
           {"detail", cause.detail},     {"remedy", Rules()[RuleIndex(cause.rule)].full}};
  return out;
}

Json WitnessJson(const prove::Witness& witness) {
  Json out{{"level", witness.level == prove::Witness::Level::kProgram ? "program" : "site"},
           {"channel", witness.channel},
           {"accumulator", witness.accumulator},
           {"claimed_lsb", Number(witness.claimed_lsb)},
           {"output_position", witness.output_position},
           {"file", witness.file ? Json(*witness.file) : Json(nullptr)},
           {"confirmed", witness.confirmed ? Json(*witness.confirmed) : Json(nullptr)},
           {"confirmed_by", witness.confirmed ? Json(witness.confirmed_by) : Json(nullptr)},
           {"observed_lsb", witness.observed_lsb ? Number(*witness.observed_lsb) : Json(nullptr)}};
  if (witness.observed_before) out["observed_before"] = Number(*witness.observed_before);
  if (witness.observed_after) out["observed_after"] = Number(*witness.observed_after);
  if (!witness.sizes.empty()) out["sizes"] = witness.sizes;
  if (!witness.not_run_by.empty()) out["not_run_by"] = witness.not_run_by;
  if (!witness.why_not_confirmed.empty()) out["why_not_confirmed"] = witness.why_not_confirmed;
  return out;
}

// The tail's figures over what was observed: the worst channel, with its range.
Json TailObserved(const TailVerdict& tail, const prove::ObservedSite& site,
                  std::int64_t reachable) {
  const TailTotal range = TotalOf(tail, &ChannelVerdict::observed);
  const auto end = [&](std::int64_t prove::ObservedChannel::*of) {
    return range.channel ? Json(site.channels[*range.channel].*of) : Json(nullptr);
  };
  std::int64_t undefined = 0;
  for (const ChannelVerdict& channel : tail.channels) undefined += channel.observed.undefined;
  Json out = DomainJson(range);
  out["undefined"] = undefined;
  out["share_of_reachable"] = TailTotal::Share(range.count, reachable);
  out["low"] = end(&prove::ObservedChannel::low);
  out["high"] = end(&prove::ObservedChannel::high);
  out["produced"] = DomainJson(TotalOf(tail, &ChannelVerdict::produced));
  return out;
}

Json TailJson(const TailVerdict& tail, const prove::SiteVerdict& site) {
  Json reachable = DomainJson(TotalOf(tail, &ChannelVerdict::reachable));
  const TailTotal all = TotalOf(tail, &ChannelVerdict::reachable);
  const TailTotal calibrated = TotalOf(tail, &ChannelVerdict::calibrated);
  std::int64_t undefined = 0;
  for (const ChannelVerdict& channel : tail.channels) undefined += channel.undefined;
  reachable["undefined"] = undefined;
  Json calibrated_json = DomainJson(calibrated);
  calibrated_json["share_of_reachable"] = TailTotal::Share(calibrated.count, all.count);
  if (!IsEvaluated(tail)) reachable["lsb"] = calibrated_json["lsb"] = nullptr;
  Json out{{"output", tail.output ? Json(*tail.output) : Json(nullptr)},
           {"frontier", tail.frontier},
           {"place", tail.place},
           {"scale", tail.scale},
           {"verdict", prove::NameOf(tail.verdict)},
           {"reason", tail.reason.empty() ? Json(nullptr) : Json(tail.reason)},
           {"tolerance_lsb", Number(tail.tolerance_lsb)},
           {"derived_lsb", Number(tail.derived_lsb)},
           {"reachable", reachable},
           {"calibrated", calibrated_json},
           {"ideal", TailIdeal(tail)},
           {"channels", Json::array()},
           {"causes", Json::array()},
           {"witness", tail.witness ? WitnessJson(*tail.witness) : Json(nullptr)}};
  if (tail.float_unit) out["unit"] = "float32-step";
  if (site.observed != nullptr) out["observed"] = TailObserved(tail, *site.observed, all.count);
  for (std::size_t c = 0; c < tail.channels.size(); ++c) {
    out["channels"].push_back(ChannelVerdictJson(tail, c, site));
  }
  for (const prove::Cause& cause : tail.causes) out["causes"].push_back(CauseJson(cause));
  return out;
}

// What an int32 accumulator has to hold.
Json SumsJson(const prove::Int32Sums& sums) {
  const auto range = [](const prove::SumRange& r) { return Json{r.low, r.high}; };
  return {{"before", range(sums.before)},
          {"after", range(sums.after)},
          {"partial", range(sums.partial)},
          {"partial_fits", FitsInt32(sums.partial.low) && FitsInt32(sums.partial.high)}};
}

Json AccumulatorsJson(const prove::ObservedSite& site) {
  Json out{{"runs", site.runs}, {"channels", Json::array()}};
  for (const prove::ObservedChannel& channel : site.channels) {
    const auto end = [&](std::int64_t x) { return channel.empty() ? Json(nullptr) : Json(x); };
    out["channels"].push_back({{"low", end(channel.low)},
                               {"high", end(channel.high)},
                               {"count", channel.count},
                               {"distinct", channel.values.size()},
                               {"histogram", channel.histogram}});
  }
  return out;
}

}  // namespace

Json SiteJson(const prove::SiteVerdict& site) {
  Json out{{"before_conv", site.before_conv},
           {"after_conv", site.after_conv},
           {"op", site.op},
           {"channels", site.channels},
           {"taps", site.taps},
           {"sums", prove::NameOf(site.kind)},
           {"verdict", prove::NameOf(site.verdict)},
           {"reason", site.reason.empty() ? Json(nullptr) : Json(site.reason)},
           {"int32_sums", site.sums ? SumsJson(*site.sums) : Json(nullptr)},
           {"tails", Json::array()}};
  if (site.observed != nullptr) out["observed_accumulators"] = AccumulatorsJson(*site.observed);
  for (const TailVerdict& tail : site.tails) out["tails"].push_back(TailJson(tail, site));
  return out;
}

Json AssumptionsJson(const prove::ProveOptions& options, const prove::Verification& verification) {
  Json out{{"semantics", prove::NameOf(options.semantics)},
           {"batch_norm", prove::NameOf(options.batch_norm)},
           {"sqrt", "ieee"},
           {"inputs", "every input is taken as equal at every site: each fold is judged alone"},
           {"reach", prove::NameOf(options.reach)},
           {"outputs",
            "a program's verdict bounds its outputs only where every place that is not equal is an "
            "output itself"}};
  if (options.semantics != prove::Semantics::kInteger) {
    out["kernel"] =
        "the program before computes exact integers and float32; behind each conv of the program "
        "after, the bias is added in int32, which wraps, and requantized by an integer multiplier "
        "and a shift";
  }
  if (const auto& range = verification.input_range)
    out["input_range"] = {range->first, range->second};
  if (options.judge.domain == prove::Domain::kObserved) {
    out["observed"] =
        "the verdict is about all inputs, not only those given, whose accumulators stay in the "
        "range "
        "observed in their channel";
  }
  if (!verification.taken_for_functions.empty())
    out["functions_of_operands"] = verification.taken_for_functions;
  if (!verification.provisos.empty()) out["provisos"] = verification.provisos;
  return out;
}

void AddNotes(const prove::Verification& verification, const std::vector<std::string>& notes,
              Json& report) {
  const std::vector<std::string> all = AllNotes(verification, notes);
  if (!all.empty()) report["notes"] = all;
}

Json GateJson(const prove::ProveOptions& options) {
  const auto& judge = options.judge;
  Json out{{"domain", prove::NameOf(judge.domain)},
           {"semantics", prove::NameOf(options.semantics)},
           {"tolerance", judge.tolerance_lsb ? Json(*judge.tolerance_lsb) : Json("derived")},
           {"ideal_gap", judge.ideal_gap_lsb ? Json(*judge.ideal_gap_lsb) : Json("off")}};
  for (const auto& [site, lsb] : options.site_tolerances)
    out["site_tolerances"][site] = lsb ? Json(*lsb) : Json("derived");
  return out;
}

Json StructureJson(const prove::Verification& verification) {
  Json out = Json::array();
  for (const auto& finding : verification.structure) {
    Json row{{"rule", finding.rule},
             {"node", finding.node},
             {"op", finding.op},
             {"detail", finding.detail},
             {"only_after", finding.only_after}};
    if (!finding.ran_by.empty()) row["confirmed_by"] = finding.ran_by;
    if (finding.file) row["file"] = *finding.file;
    out.push_back(std::move(row));
  }
  return out;
}

Json UnprovedJson(const prove::Verification& verification) {
  Json out = Json::array();
  for (const auto& part : verification.unproved) {
    out.push_back({{"node", part.node}, {"reason", part.reason}});
  }
  return out;
}

}  // namespace foldproof::reports
