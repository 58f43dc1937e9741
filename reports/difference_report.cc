// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "harness/prove/verdict/names.h"
#include "reports/findings.h"
#include "reports/fingerprint.h"
#include "reports/json_report.h"
#include "reports/report_difference.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostChanges = 60;

std::string PlaceText(const Changed& changed) {
  const Standing& shown = changed.after ? *changed.after : *changed.before;
  std::string out = NameText(shown.site);
  if (!shown.place.empty()) out += ": " + NameText(shown.place);
  const bool renamed =
      changed.before && changed.after && changed.before->site != changed.after->site;
  return renamed ? out + " (was " + NameText(changed.before->site) + ")" : out;
}

std::string StandingText(const std::optional<Standing>& standing) {
  if (!standing) return "-";
  std::string out{prove::NameOf(standing->verdict)};
  if (standing->lsb) out += ", " + LsbText(*standing->lsb);
  if (standing->share_over && *standing->share_over > 0)
    out += fmt::format(", {:.3g} % over", 100 * *standing->share_over);
  return out;
}

Json StandingJson(const std::optional<Standing>& standing) {
  if (!standing) return nullptr;
  return {{"site", standing->site},
          {"place", standing->place},
          {"verdict", prove::NameOf(standing->verdict)},
          {"lsb", standing->lsb ? Number(*standing->lsb) : Json(nullptr)},
          {"share_over", standing->share_over ? Json(*standing->share_over) : Json(nullptr)}};
}

}  // namespace

std::string ChangesTable(const ReportDifference& difference, const std::string& indent) {
  std::vector<std::array<std::string, 4>> rows;
  for (const Changed& changed : difference.changes) {
    if (rows.size() == kMostChanges) break;
    rows.push_back({NameOf(changed.change), PlaceText(changed), StandingText(changed.before),
                    StandingText(changed.after)});
  }
  if (!rows.empty()) rows.insert(rows.begin(), {"", "where", "old", "new"});
  std::array<std::size_t, 4> width{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      width[i] = std::min<std::size_t>(60, std::max(width[i], row[i].size()));
  }
  std::string out;
  for (const auto& row : rows) {
    out += fmt::format("{}{:<{}}  {:<{}}  {:<{}}  {}\n", indent, row[0], width[0], row[1], width[1],
                       row[2], width[2], row[3]);
  }
  if (difference.changes.size() > kMostChanges) {
    out += fmt::format("{}... and {} changes more\n", indent,
                       difference.changes.size() - kMostChanges);
  }
  return out;
}

std::string DifferenceTable(const ReportDifference& difference, const Report& after) {
  const std::size_t worse = difference.Count(Change::kWorse);
  const std::size_t added = difference.Count(Change::kNew);
  const char* word = difference.exit_code == 1    ? "WORSE"
                     : difference.exit_code == 2  ? "UNPROVED"
                     : difference.changes.empty() ? "SAME"
                                                  : "NOT WORSE";
  std::string out =
      fmt::format("{}: {} worse, {} new, {} better, {} gone, {} the same; {} domain\n", word, worse,
                  added, difference.Count(Change::kBetter), difference.Count(Change::kGone),
                  difference.same, after.gate.domain);
  for (const std::string& note : difference.notes) out += "  note: " + note + "\n";
  return out + ChangesTable(difference, "  ");
}

Json ChangesJson(const ReportDifference& difference) {
  Json out = Json::array();
  for (const Changed& changed : difference.changes) {
    out.push_back({{"change", NameOf(changed.change)},
                   {"fingerprint", Fingerprint(changed.key)},
                   {"why", changed.why},
                   {"old", StandingJson(changed.before)},
                   {"new", StandingJson(changed.after)}});
  }
  return out;
}

Json DifferenceJson(const ReportDifference& difference, const Report& before, const Report& after,
                    const RunFacts& run) {
  Json out{{"report", "diff"},
           {"schema_version", 1},
           {"exit_code", difference.exit_code},
           {"domain", after.gate.domain},
           {"old", {{"file", before.file}, {"sha256", before.sha256}}},
           {"new", {{"file", after.file}, {"sha256", after.sha256}}},
           {"notes", difference.notes},
           {"counts",
            {{"worse", difference.Count(Change::kWorse)},
             {"new", difference.Count(Change::kNew)},
             {"better", difference.Count(Change::kBetter)},
             {"gone", difference.Count(Change::kGone)},
             {"same", difference.same}}},
           {"changes", ChangesJson(difference)}};
  out["run"] = {{"command", run.command}, {"version", run.version}};
  return out;
}

}  // namespace foldproof::reports
