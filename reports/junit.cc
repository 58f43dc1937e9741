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
                             (finding.where.empty() ? "" : " at " + finding.where) + ": " +
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
    if (said_.empty()) return;
    node_.append_child("system-out").append_child(pugi::node_pcdata).set_value(said_.c_str());
  }

  // What is to be said of the suite as a whole.
  void Say(const std::string& line) { said_ += (said_.empty() ? "" : "\n") + XmlText(line); }

 private:
  pugi::xml_node node_;
  std::map<std::string, int> seen_;
  std::map<std::string, int> counts_;
  int tests_ = 0;
  std::string said_;
};

std::string SuiteName(const Report& report) {
  if (!report.name.empty()) return "foldproof gate " + report.name;
  return "foldproof " + report.kind + " " + JudgedFile(report);
}

void AddOutcome(Suite& suite, pugi::xml_node one, const Finding& finding, int exit_code) {
  if (finding.level == Level::kNote) return;
  if (finding.waived) {
    Finding waived = finding;
    waived.message = WaivedText(*finding.waived) + ". " + finding.message;
    return suite.Outcome(one, "skipped", waived);
  }
  const bool skipped = finding.level == Level::kWarning && exit_code == 0;
  suite.Outcome(one, skipped ? "skipped" : "failure", finding);
}

// The finding that a case fails by, else the first that is waived; null: it has none above a note.
const Finding* Deciding(const std::vector<const Finding*>& findings) {
  const Finding* waived = nullptr;
  for (const Finding* finding : findings) {
    if (finding->level == Level::kNote) continue;
    if (!finding->waived) return finding;
    if (waived == nullptr) waived = finding;
  }
  return waived;
}

// A case has one outcome; the other findings are in its output.
void AddCase(Suite& suite, pugi::xml_node one, const std::vector<const Finding*>& findings,
             int exit_code) {
  std::string others;
  const Finding* deciding = Deciding(findings);
  if (deciding != nullptr) AddOutcome(suite, one, *deciding, exit_code);
  for (const Finding* finding : findings) {
    if (finding != deciding) others += (others.empty() ? "" : "\n") + XmlText(finding->message);
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
    const std::string conv = SiteName(site);
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
  for (const std::string& note : report.notes) suite.Say("note: " + note);
  if (report.verdict <= prove::Verdict::kWithin) {
    for (const std::string& proviso : report.provisos) suite.Say("provided that " + proviso);
  }
  if (report.sites.empty() && findings.empty()) suite.Case("program", "nothing to judge");
  suite.Finish(report.seconds);
}

// Waivers that have expired fail; those that nothing needs are skipped.
void AddWaivers(pugi::xml_node suites, const std::vector<ReportSet::WaiverNote>& notes) {
  if (notes.empty()) return;
  Suite suite(suites, "foldproof gate waivers");
  for (const ReportSet::WaiverNote& note : notes) {
    const bool fails = note.finding.level == Level::kError;
    const std::string name =
        note.line > 0 ? fmt::format("{}:{}", NameText(note.file), note.line) : NameText(note.file);
    suite.Outcome(suite.Case("waivers", name), fails ? "failure" : "skipped", note.finding);
  }
  suite.Finish(0);
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
  AddWaivers(suites, set.waivers);
  for (const std::string& empty : set.empty_shards) {
    Suite suite(suites, "foldproof gate");
    suite.Case("pairs", empty);
    suite.Finish(0);
  }
  for (const ReportSet::Unusable& file : set.unusable) {
    Suite suite(suites, "foldproof " + file.file);
    suite.Outcome(suite.Case("program", "report"), "error",
                  {Level::kError, "unusable", "", PrintableMessage(file.why), {}, {}, ""});
    suite.Finish(0);
  }
  std::ostringstream out;
  document.save(out, " ");
  return out.str();
}

}  // namespace foldproof::reports
