// SPDX-License-Identifier: BSD-3-Clause
#include "reports/golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/report_reader.h"
#include "src/base/error.h"
#include "src/json/json_field.h"

namespace foldproof::reports {
namespace {

using SortedJson = nlohmann::json;

// A list or an object of a report is told by its size, not by its whole text.
std::string JsonValueText(const SortedJson& value) {
  if (value.is_array()) return fmt::format("{} entries", value.size());
  if (value.is_object()) return fmt::format("{} fields", value.size());
  return value.dump(-1, ' ', false, SortedJson::error_handler_t::replace);
}

void Walk(const SortedJson& expected, const SortedJson& actual, const std::string& way,
          std::vector<FieldChange>& out) {
  if (expected == actual) return;
  if (expected.is_object() && actual.is_object()) {
    const std::string before = way.empty() ? "" : way + ".";
    for (const auto& [key, value] : expected.items()) {
      if (actual.contains(key))
        Walk(value, actual.at(key), before + key, out);
      else
        out.push_back({before + key, JsonValueText(value), ""});
    }
    for (const auto& [key, value] : actual.items()) {
      if (!expected.contains(key)) out.push_back({before + key, "", JsonValueText(value)});
    }
    return;
  }
  if (expected.is_array() && actual.is_array()) {
    if (expected.size() != actual.size())
      out.push_back({way, JsonValueText(expected), JsonValueText(actual)});
    for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i)
      Walk(expected[i], actual[i], fmt::format("{}[{}]", way, i), out);
    return;
  }
  out.push_back({way, JsonValueText(expected), JsonValueText(actual)});
}

// What a person wants to see first, and of that the whole before its parts.
std::pair<int, std::ptrdiff_t> RankOfChange(const FieldChange& change) {
  const int kind = change.field.ends_with("verdict")  ? 0
                   : change.field.ends_with("sha256") ? 1
                   : change.field.ends_with("lsb")    ? 2
                                                      : 3;
  return {kind, std::ranges::count(change.field, '.')};
}

std::string VerdictOf(const SortedJson& report) {
  const auto found = report.is_object() ? report.find("verdict") : report.end();
  return found != report.end() && found->is_string() ? found->get<std::string>() : "";
}

// None where one of them is no report whose sites could be compared.
std::optional<ReportDifference> DifferenceOf(const std::string& expected,
                                             const std::string& actual) {
  try {
    return Compare(ParseReport(expected), ParseReport(actual));
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput) throw;
    return std::nullopt;
  }
}

}  // namespace

const char* NameOf(CaseStatus status) {
  switch (status) {
    case CaseStatus::kSame: return "same";
    case CaseStatus::kChanged: return "changed";
    case CaseStatus::kNew: return "new";
    case CaseStatus::kGone: return "gone";
    case CaseStatus::kUnusable: return "unusable";
  }
  return "";
}

GoldenCase CompareGolden(const std::string& name, const std::string& expected,
                         const std::string& actual) {
  GoldenCase out{name};
  if (expected == actual) {
    out.expected_verdict = out.actual_verdict = VerdictOf(ParseJson(actual));
    return out;
  }
  SortedJson old;
  try {
    old = ParseJson(expected);
  } catch (const Error& error) {
    out.status = CaseStatus::kUnusable;
    out.why = "the expected report " + error.why();
    return out;
  }
  const SortedJson now = ParseJson(actual);
  out.status = CaseStatus::kChanged;
  out.expected_verdict = VerdictOf(old);
  out.actual_verdict = VerdictOf(now);
  Walk(old, now, "", out.fields);
  std::ranges::stable_sort(out.fields, {}, RankOfChange);
  if (out.fields.empty()) out.why = "it says the same in other bytes";
  out.difference = DifferenceOf(expected, actual);
  return out;
}

std::size_t Golden::Count(CaseStatus status) const {
  return static_cast<std::size_t>(std::ranges::count(cases, status, &GoldenCase::status));
}

int Golden::exit_code() const {
  if (Count(CaseStatus::kUnusable) > 0) return 3;
  return updates || Count(CaseStatus::kSame) == cases.size() ? 0 : 1;
}

}  // namespace foldproof::reports
