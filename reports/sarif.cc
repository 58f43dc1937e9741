// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/findings.h"
#include "reports/fingerprint.h"
#include "reports/formats.h"
#include "reports/json_report.h"
#include "reports/rules.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

Json SarifText(std::string_view text) { return {{"text", text}}; }

// RFC 3986: a path as a URI reference. Unreserved characters and "/" stay, each other byte becomes
// %XX; an absolute path gets the scheme file.
std::string UriOf(const std::string& path) {
  static constexpr std::string_view kStay = "-._~/";
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool stays = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= '0' && byte <= '9') || kStay.find(c) != std::string_view::npos;
    out += stays ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

// No link: a viewer has not the repository in whose docs/reports.md the rule has a heading.
Json RuleJson(const Rule& rule) {
  return {{"id", rule.id},
          {"shortDescription", SarifText(rule.brief)},
          {"fullDescription", SarifText(rule.full)},
          {"help", {{"text", rule.full}, {"markdown", rule.full}}}};
}

Json LogicalLocations(const Report& report, const Finding& finding) {
  Json out = Json::array();
  const auto add = [&](const std::string& name, const char* side, const char* kind = "element") {
    if (name.empty()) return;
    out.push_back({{"name", NameText(name)},
                   {"fullyQualifiedName", fmt::format("{}/{}", side, NameText(name))},
                   {"kind", kind}});
  };
  if (finding.site) {
    const ReportedSite& site = report.sites[*finding.site];
    add(site.after_conv, "after");
    if (finding.node != site.after_conv) add(finding.node, "after");
    add(site.before_conv, "before");
    add(site.module, "module", "module");
  } else {
    add(finding.node, "after");
  }
  return out;
}

// A program has no lines; the first one is what viewers show that want one.
Json ResultJson(const Report& report, const Finding& finding) {
  const std::size_t rule = RuleIndex(finding.rule);
  Json location{{"physicalLocation",
                 {{"artifactLocation", {{"uri", UriOf(JudgedFile(report))}}},
                  {"region", {{"startLine", 1}}}}}};
  Json logical = LogicalLocations(report, finding);
  if (!logical.empty()) location["logicalLocations"] = std::move(logical);
  std::string message = finding.message.empty() ? NameText(finding.rule) : finding.message;
  if (finding.site) message = SiteName(report.sites[*finding.site]) + ": " + message;
  if (Rules()[rule].id != finding.rule) message = NameText(finding.rule) + ": " + message;
  Json out{{"ruleId", Rules()[rule].id},
           {"ruleIndex", rule},
           {"level", NameOf(finding.level)},
           {"message", SarifText(message)},
           {"locations", Json::array({std::move(location)})},
           {"partialFingerprints", {{"foldproofFinding/v1", Fingerprint(finding.key)}}}};
  if (finding.waived) {
    out["suppressions"] =
        Json::array({{{"kind", "external"}, {"justification", WaivedText(*finding.waived)}}});
  }
  return out;
}

Json SarifWaiverJson(const ReportSet::WaiverNote& note) {
  return {{"ruleId", note.finding.rule},
          {"ruleIndex", RuleIndex(note.finding.rule)},
          {"level", NameOf(note.finding.level)},
          {"message", SarifText(note.finding.message)},
          {"locations",
           Json::array({{{"physicalLocation",
                          {{"artifactLocation", {{"uri", UriOf(note.file)}}},
                           {"region", {{"startLine", std::max<std::size_t>(note.line, 1)}}}}}}})},
          {"partialFingerprints", {{"foldproofFinding/v1", Fingerprint(note.finding.key)}}}};
}

Json Invocations(const ReportSet& set) {
  Json invocation{{"executionSuccessful", set.unusable.empty()}};
  Json notifications = Json::array();
  for (const ReportSet::Unusable& file : set.unusable) {
    notifications.push_back(
        {{"level", "error"},
         {"message", SarifText(Printable(file.file) + ": " + PrintableMessage(file.why))}});
  }
  if (!notifications.empty()) invocation["toolExecutionNotifications"] = std::move(notifications);
  return Json::array({std::move(invocation)});
}

}  // namespace

std::string Sarif(const ReportSet& set) {
  Json rules = Json::array();
  for (const Rule& rule : Rules()) rules.push_back(RuleJson(rule));
  Json results = Json::array();
  for (const Report& report : set.reports) {
    for (const Finding& finding : FindingsOf(report)) {
      results.push_back(ResultJson(report, finding));
    }
  }
  for (const ReportSet::WaiverNote& note : set.waivers) results.push_back(SarifWaiverJson(note));
  return Written({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                  {"version", "2.1.0"},
                  {"runs", Json::array({{{"tool",
                                          {{"driver",
                                            {{"name", "foldproof"},
                                             {"semanticVersion", set.version},
                                             {"rules", std::move(rules)}}}}},
                                         {"invocations", Invocations(set)},
                                         {"columnKind", "utf16CodeUnits"},
                                         {"results", std::move(results)}}})}});
}

}  // namespace foldproof::reports
