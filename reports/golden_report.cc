// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/findings.h"
#include "reports/golden.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostFieldsShown = 12;
constexpr std::size_t kMostFieldsTold = 1000;
constexpr CaseStatus kStatuses[] = {CaseStatus::kSame, CaseStatus::kChanged, CaseStatus::kNew,
                                    CaseStatus::kGone, CaseStatus::kUnusable};

std::string Shown(const std::string& value) {
  return value.empty() ? "(absent)" : Printable(value, 200);
}

// "within, was equal"
std::string VerdictText(const GoldenCase& one) {
  if (one.expected_verdict.empty()) return one.actual_verdict;
  if (one.actual_verdict.empty()) return "was " + one.expected_verdict;
  if (one.expected_verdict == one.actual_verdict) return one.actual_verdict;
  return one.actual_verdict + ", was " + one.expected_verdict;
}

std::string CaseText(const GoldenCase& one) {
  std::string out = fmt::format("{} {}: {}\n", Capitals(NameOf(one.status)), NameText(one.name),
                                one.why.empty() ? VerdictText(one) : PrintableMessage(one.why));
  if (one.difference) out += ChangesTable(*one.difference, "  ");
  std::size_t shown = 0;
  for (const FieldChange& change : one.fields) {
    if (shown++ == kMostFieldsShown) break;
    out += fmt::format("  {}: {} -> {}\n", Printable(change.field), Shown(change.expected),
                       Shown(change.actual));
  }
  if (one.fields.size() > kMostFieldsShown)
    out += fmt::format("  ... and {} fields more\n", one.fields.size() - kMostFieldsShown);
  return out;
}

Json FieldsJson(const GoldenCase& one) {
  Json out = Json::array();
  for (const FieldChange& change : one.fields) {
    if (out.size() == kMostFieldsTold) break;
    out.push_back({{"field", change.field},
                   {"expected", change.expected.empty() ? Json(nullptr) : Json(change.expected)},
                   {"actual", change.actual.empty() ? Json(nullptr) : Json(change.actual)}});
  }
  return out;
}

Json VerdictJson(const std::string& verdict) {
  return verdict.empty() ? Json(nullptr) : Json(verdict);
}

}  // namespace

std::string GoldenSummary(const Golden& golden) {
  std::string out;
  for (const GoldenCase& one : golden.cases) {
    if (one.status != CaseStatus::kSame) out += CaseText(one);
  }
  const std::size_t same = golden.Count(CaseStatus::kSame);
  const bool all = same == golden.cases.size();
  const char* word = golden.exit_code() == 3 ? "UNUSABLE"
                     : all                   ? "SAME"
                     : golden.updates        ? "UPDATED"
                                             : "CHANGED";
  out += fmt::format("{}: of {} reports", word, golden.cases.size());
  std::string between = " ";
  for (const CaseStatus status : kStatuses) {
    if (golden.Count(status) == 0) continue;
    out += fmt::format("{}{} {}", between, golden.Count(status), NameOf(status));
    between = ", ";
  }
  if (golden.exit_code() == 3 && golden.updates) out += "; nothing was written";
  return out + "\n";
}

Json GoldenJson(const Golden& golden, const GoldenRun& run) {
  Json out{{"report", "golden"},
           {"schema_version", 1},
           {"exit_code", golden.exit_code()},
           {"updates", golden.updates},
           {"configuration",
            {{"file", golden.configuration.file}, {"sha256", golden.configuration.sha256}}},
           {"counts", Json::object()},
           {"cases", Json::array()}};
  for (const CaseStatus status : kStatuses) out["counts"][NameOf(status)] = golden.Count(status);
  for (const GoldenCase& one : golden.cases) {
    out["cases"].push_back(
        {{"name", one.name},
         {"status", NameOf(one.status)},
         {"why", one.why.empty() ? Json(nullptr) : Json(one.why)},
         {"expected", VerdictJson(one.expected_verdict)},
         {"actual", VerdictJson(one.actual_verdict)},
         {"changes", one.difference ? ChangesJson(*one.difference) : Json::array()},
         {"fields_changed", one.fields.size()},
         {"fields", FieldsJson(one)}});
  }
  out["run"] = {{"command", run.facts.command},
                {"seconds", run.seconds},
                {"threads", run.facts.threads},
                {"version", run.facts.version},
                {"machine", run.facts.machine}};
  AddCachedSites(run.facts, out["run"]);
  return out;
}

}  // namespace foldproof::reports
