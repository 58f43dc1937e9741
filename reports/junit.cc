// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <map>
#include <pugixml.hpp>
#include <sstream>

#include "reports/findings.h"
#include "reports/formats.h"

namespace foldproof::reports {
namespace {

// XML 1.0 has no U+FFFE and U+FFFF, escaped or not; Printable leaves no other such character.
std::string XmlText(const std::string& text, std::size_t most = 2000) {
  std::string out = Printable(text, most);
  for (const char* none : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (std::size_t at = 0; (at = out.find(none, at)) != std::string::npos;)
      out.replace(at, 3, "\xef\xbf\xbd");
  }
  return out;
}

void Set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name).set_value(XmlText(value).c_str());
}

// The cases of one suite; their names are made different where a report repeats one.
class Suite {
 public:
  Suite(pugi::xml_node suites, const std::string& name) : node_(suites.append_child("testsuite")) {
    Set(node_, "name", name);
  }

  pugi::xml_node Case(const std::string& group, const std::string& name) {
    pugi::xml_node out = node_.append_child("testcase");
    const int number = seen_[group + "\n" + name]++;
    Set(out, "classname", group);
    Set(out, "name", number == 0 ? name : fmt::format("{} ({})", name, number + 1));
    ++tests_;
    return out;
  }

  // `element` is failure, error or skipped.
  void Outcome(pugi::xml_node one, const char* element, const Finding& finding) {
    ++counts_[element];
    pugi::xml_node node = one.append_child(element);
    Set(node, "type", finding.rule);
    Set(node, "message", finding.message);
    const std::string text = NameText(finding.rule) +
                             (finding.node.empty() ? "" : " at " + NameText(finding.node)) + ": " +
                             finding.message;
    node.append_child(pugi::node_pcdata).set_value(XmlText(text).c_str());
  }

  void Finish(double seconds) {
    Set(node_, "tests", std::to_string(tests_));
    for (const auto& [attribute, element] :
         {std::pair{"failures", "failure"}, {"errors", "error"}, {"skipped", "skipped"}}) {
      Set(node_, attribute, std::to_string(counts_[element]));
    }
    Set(node_, "time", fmt::format("{:.3f}", seconds));
  }

 private:
  pugi::xml_node node_;
  std::map<std::string, int> seen_;
  std::map<std::string, int> counts_;
  int tests_ = 0;
};

std::string SuiteName(const Report& report) {
  return "foldproof " + report.kind + " " + JudgedFile(report);
}

void AddOutcome(Suite& suite, pugi::xml_node one, const Finding& finding, int exit_code) {
  if (finding.level == Level::kNote) return;
  const bool skipped = finding.level == Level::kWarning && exit_code == 0;
  suite.Outcome(one, skipped ? "skipped" : "failure", finding);
}

// A case has one outcome: that of its first finding above a note; the others are in its output.
void AddCase(Suite& suite, pugi::xml_node one, const std::vector<const Finding*>& findings,
             int exit_code) {
  std::string others;
  bool told = false;
  for (const Finding* finding : findings) {
    if (!told && finding->level != Level::kNote) {
      AddOutcome(suite, one, *finding, exit_code);
      told = true;
    } else {
      others += (others.empty() ? "" : "\n") + XmlText(finding->message);
    }
  }
  if (!others.empty()) {
    one.append_child("system-out").append_child(pugi::node_pcdata).set_value(others.c_str());
  }
}

void AddSuite(pugi::xml_node suites, const Report& report) {
  Suite suite(suites, SuiteName(report));
  const std::vector<Finding> findings = FindingsOf(report);
  std::map<std::pair<std::size_t, std::size_t>, std::vector<const Finding*>> of_tail;
  std::map<std::size_t, std::vector<const Finding*>> of_site;
  for (const Finding& finding : findings) {
    if (finding.tail)
      of_tail[{*finding.site, *finding.tail}].push_back(&finding);
    else if (finding.site)
      of_site[*finding.site].push_back(&finding);
  }
  for (std::size_t s = 0; s < report.sites.size(); ++s) {
    const ReportedSite& site = report.sites[s];
    const std::string conv = NameText(site.before_conv);
    if (site.tails.empty()) {
      AddCase(suite, suite.Case("sites", conv), of_site[s], report.exit_code);
    }
    for (std::size_t t = 0; t < site.tails.size(); ++t) {
      AddCase(suite, suite.Case("sites", conv + ": " + NameText(site.tails[t].place)),
              of_tail[{s, t}], report.exit_code);
    }
  }
  for (const Finding& finding : findings) {
    if (finding.site || finding.level == Level::kNote) continue;
    const std::string name =
        NameText(finding.rule) + (finding.node.empty() ? "" : ": " + NameText(finding.node));
    AddCase(suite, suite.Case("program", name), {&finding}, report.exit_code);
  }
  if (report.sites.empty() && findings.empty()) suite.Case("program", "nothing to judge");
  suite.Finish(report.seconds);
}

}  // namespace

std::string Junit(const ReportSet& set) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node suites = document.append_child("testsuites");
  Set(suites, "name", "foldproof");
  for (const Report& report : set.reports) AddSuite(suites, report);
  for (const ReportSet::Unusable& file : set.unusable) {
    Suite suite(suites, "foldproof " + file.file);
    suite.Outcome(suite.Case("program", "report"), "error",
                  {Level::kError, "unusable", "", Printable(file.why, 600), {}, {}, ""});
    suite.Finish(0);
  }
  std::ostringstream out;
  document.save(out, " ");
  return out.str();
}

}  // namespace foldproof::reports
