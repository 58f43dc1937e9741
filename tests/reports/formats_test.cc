// SPDX-License-Identifier: BSD-3-Clause
//
// Each format by a reader of its own: pugixml (and xmllint with the schema that Jenkins has),
// nlohmann, and the rules of CommonMark and of GitHub's commands as far as they matter.
#include "reports/formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <pugixml.hpp>
#include <regex>
#include <set>

#include "reports/fingerprint.h"
#include "reports/report_reader.h"
#include "reports/rules.h"
#include "src/base/utf8.h"
#include "tests/paths.h"
#include "tests/reports/hostile_names.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ReportSet SetOf(const std::vector<std::string>& texts) {
  ReportSet set;
  set.version = "1.2.3";
  for (const std::string& text : texts) set.reports.push_back(ParseReport(text));
  return set;
}

ReportSet Telling() {
  std::vector<std::string> texts;
  for (const std::string& name : TellingNames()) texts.push_back(GoldenText(name));
  return SetOf(texts);
}

// A gate's report in which every text is `name`: a pair that is waived, one that is unusable, and a
// waiver that has expired.
Json HostileGate(const std::string& name) {
  const Json report = WithNames(Golden("default_conv2d_nobias"), name);
  Json findings = Json::array();
  for (const Finding& finding : FindingsOf(ParseReport(report.dump())))
    findings.push_back({{"fingerprint", Fingerprint(finding.key)}, {"waiver", 0}});
  return {{"report", "gate"},
          {"schema_version", 1},
          {"configuration", {{"file", name}}},
          {"pairs",
           {{{"name", name}, {"exit_code", 0}, {"findings", findings}, {"report", report}},
            {{"name", name}, {"exit_code", 3}, {"why", name}, {"report", nullptr}}}},
          {"waivers",
           {{{"status", "expired"},
             {"pair", name},
             {"rule", name},
             {"reason", name},
             {"expires", name},
             {"line", 3}}}}};
}

ReportSet Hostile(const std::string& name) {
  std::vector<std::string> texts;
  for (const std::string& golden : TellingNames())
    texts.push_back(WithNames(Golden(golden), name).dump());
  ReportSet set = SetOf(texts);
  set.unusable.push_back({name, name});
  const std::string file = testing::TempDir() + "/foldproof_gate_" + std::to_string(::getpid());
  std::ofstream(file) << HostileGate(name).dump();
  ReadInto(file, set);
  std::remove(file.c_str());
  EXPECT_EQ(set.waivers.size(), 1u);
  EXPECT_FALSE(set.reports.back().waived.empty());
  return set;
}

pugi::xml_document Parsed(const std::string& xml) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_string(xml.c_str(), pugi::parse_full);
  EXPECT_TRUE(parsed) << parsed.description();
  return document;
}

// Characters that obey or hide in a terminal, a log or a page.
bool HasControls(const std::string& text) {
  return std::regex_search(text, std::regex("[\\x00-\\x09\\x0b-\\x1f\\x7f]")) ||
         text.find("\xe2\x80\xae") != std::string::npos;
}

TEST(Junit, ASuiteFailsWhereTheExitCodeIsNotZero) {
  for (const std::string& name : TellingNames()) {
    for (const int exit_code : {0, 1, 2}) {
      Json json = Golden(name);
      if (exit_code == 0 && json["verdict"] == "differs") continue;
      json["exit_code"] = exit_code;
      const auto document = Parsed(Junit(SetOf({json.dump()})));
      const pugi::xml_node suite = document.child("testsuites").child("testsuite");
      EXPECT_EQ(suite.attribute("failures").as_int() > 0, exit_code != 0) << name;
      EXPECT_EQ(suite.attribute("errors").as_int(), 0);
    }
  }
}

TEST(Junit, CountsAreThoseOfItsCases) {
  const auto document = Parsed(Junit(Telling()));
  std::set<std::string> names;
  for (const pugi::xml_node suite : document.child("testsuites")) {
    int tests = 0;
    std::map<std::string, int> outcomes;
    for (const pugi::xml_node one : suite) {
      ++tests;
      for (const pugi::xml_node part : one) ++outcomes[part.name()];
      const std::string name = std::string(suite.attribute("name").value()) + "/" +
                               one.attribute("classname").value() + "/" +
                               one.attribute("name").value();
      EXPECT_TRUE(names.insert(name).second) << name;
    }
    EXPECT_EQ(suite.attribute("tests").as_int(), tests);
    EXPECT_EQ(suite.attribute("failures").as_int(), outcomes["failure"]);
    EXPECT_EQ(suite.attribute("skipped").as_int(), outcomes["skipped"]);
  }
}

TEST(Junit, ATailOfASiteIsACase) {
  const auto document = Parsed(Junit(SetOf({GoldenText("default_conv2d_nobias")})));
  const pugi::xml_node one = document.child("testsuites").child("testsuite").child("testcase");
  EXPECT_STREQ(one.attribute("name").value(), "conv2d: output 0");
  EXPECT_STREQ(one.child("failure").attribute("type").value(), "saturation");
  EXPECT_THAT(one.child("failure").attribute("message").value(), HasSubstr("51.45 LSB"));
}

TEST(Junit, AllowedUnprovedIsSkipped) {
  Json json = Golden("hand_13_gamma0");
  json["exit_code"] = 0;
  const auto document = Parsed(Junit(SetOf({json.dump()})));
  const pugi::xml_node one = document.child("testsuites").child("testsuite").child("testcase");
  EXPECT_STREQ(one.child("skipped").attribute("type").value(), "unproved");
  EXPECT_FALSE(one.child("failure"));
}

TEST(Junit, AnUnusableFileIsAnError) {
  ReportSet set;
  set.unusable.push_back({"gone.json", "cannot be read"});
  const auto document = Parsed(Junit(set));
  const pugi::xml_node suite = document.child("testsuites").child("testsuite");
  EXPECT_EQ(suite.attribute("errors").as_int(), 1);
  EXPECT_STREQ(suite.child("testcase").child("error").attribute("message").value(),
               "cannot be read");
}

TEST(Junit, FollowsItsSchema) {
  if (std::system("xmllint --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "SKIPPED: no xmllint to check the XML schema with; run script/bootstrap";
  std::vector<ReportSet> sets{Telling(), ReportSet{}};
  for (const std::string& name : HostileNames()) sets.push_back(Hostile(name));
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const std::string file = testing::TempDir() + "/foldproof_junit_" + std::to_string(::getpid());
    std::ofstream(file) << Junit(sets[i]);
    EXPECT_EQ(std::system(("xmllint --noout --schema " + std::string(tests::kSourceFolder) +
                           "/tests/reports/junit-10.xsd " + file + " 2>/dev/null")
                              .c_str()),
              0)
        << i;
    std::remove(file.c_str());
  }
}

TEST(Sarif, HasWhatReadersAskFor) {
  const Json sarif = Json::parse(Sarif(Telling()));
  EXPECT_EQ(sarif["version"], "2.1.0");
  const Json& run = sarif["runs"][0];
  const Json& rules = run["tool"]["driver"]["rules"];
  ASSERT_EQ(rules.size(), Rules().size());
  for (const Json& rule : rules) {
    EXPECT_FALSE(rule["shortDescription"]["text"].get<std::string>().empty());
    EXPECT_FALSE(rule["help"]["text"].get<std::string>().empty());
  }
  ASSERT_GT(run["results"].size(), TellingNames().size());
  for (const Json& result : run["results"]) {
    EXPECT_EQ(rules[result["ruleIndex"].get<std::size_t>()]["id"], result["ruleId"]);
    EXPECT_FALSE(result["message"]["text"].get<std::string>().empty());
    const Json& location = result["locations"][0];
    EXPECT_THAT(location["physicalLocation"]["artifactLocation"]["uri"].get<std::string>(),
                testing::MatchesRegex("pt2/[a-z0-9_.]+after.pt2"));
    EXPECT_FALSE(location["logicalLocations"].empty());
  }
  EXPECT_EQ(run["invocations"][0]["executionSuccessful"], true);
}

TEST(Sarif, FingerprintsAreDifferentWithinAReport) {
  for (const std::string& name : TellingNames()) {
    std::set<std::string> seen;
    const Json sarif = Json::parse(Sarif(SetOf({GoldenText(name)})));
    for (const Json& result : sarif["runs"][0]["results"]) {
      EXPECT_TRUE(seen.insert(result["partialFingerprints"].dump()).second) << name;
    }
  }
}

// Every node by another name: the same findings, the same fingerprints.
TEST(Sarif, FingerprintsSurviveRenamedNodes) {
  const std::string renamed = [] {
    std::string text = GoldenText("fused_residual");
    return std::regex_replace(text, std::regex("(conv2d|quantize_per_tensor|relu|add)(_[0-9]+)?\""),
                              "renamed_$1$2\"");
  }();
  ASSERT_THAT(renamed, HasSubstr("renamed_conv2d_1"));
  const Json before = Json::parse(Sarif(SetOf({GoldenText("fused_residual")})));
  const Json after = Json::parse(Sarif(SetOf({renamed})));
  const Json& a = before["runs"][0]["results"];
  const Json& b = after["runs"][0]["results"];
  ASSERT_EQ(a.size(), b.size());
  EXPECT_NE(a.dump(), b.dump());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(a[i]["partialFingerprints"], b[i]["partialFingerprints"]);
}

TEST(Sarif, PathsBecomeUris) {
  Json json = Golden("default_conv2d_nobias");
  json["after"]["file"] = "/a b/c#d?e%\xc3\xa9.pt2";
  const Json sarif = Json::parse(Sarif(SetOf({json.dump()})));
  EXPECT_EQ(
      sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
      "file:///a%20b/c%23d%3Fe%25%C3%A9.pt2");
}

TEST(Sarif, AnUnusableFileIsAFailedInvocation) {
  ReportSet set;
  set.unusable.push_back({"gone.json", "cannot be read"});
  const Json invocation = Json::parse(Sarif(set))["runs"][0]["invocations"][0];
  EXPECT_EQ(invocation["executionSuccessful"], false);
  EXPECT_EQ(invocation["toolExecutionNotifications"][0]["message"]["text"],
            "gone.json: cannot be read");
}

TEST(Rules, HaveAHeadingEach) {
  std::ifstream file(std::string(tests::kSourceFolder) + "/docs/reports.md");
  std::ostringstream page;
  page << file.rdbuf();
  std::set<std::string_view> ids;
  for (const Rule& rule : Rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_THAT(page.str(), HasSubstr("\n### " + std::string(rule.id) + "\n"));
    EXPECT_EQ(Rules()[RuleIndex(rule.id)].id, rule.id);
  }
  EXPECT_EQ(RuleIndex("no-such-rule"), Rules().size() - 1);
}

// Every rule of every recorded report has its entry.
TEST(Rules, AreThoseOfTheReports) {
  for (const std::string& name : TellingNames()) {
    const Report report = ParseReport(GoldenText(name));
    std::vector<std::string> rules;
    for (const auto& finding : report.structure) rules.push_back(finding.rule);
    for (const auto& site : report.sites) {
      for (const auto& tail : site.tails) {
        for (const auto& cause : tail.causes) rules.push_back(cause.rule);
      }
    }
    for (const std::string& rule : rules) EXPECT_LT(RuleIndex(rule), Rules().size() - 1) << rule;
  }
}

TEST(Markdown, TellsVerdictCauseAndFigures) {
  const std::string page = Markdown(SetOf({GoldenText("default_conv2d_nobias")}));
  EXPECT_THAT(page, HasSubstr("## foldproof: DIFFERS"));
  EXPECT_THAT(page, HasSubstr("| differs | saturation | quantize_per_tensor_1 of conv2d |"));
  EXPECT_THAT(page,
              HasSubstr("| conv2d | output 0 | differs | 51.45 LSB | 51.45 LSB | 1.002 LSB |"));
}

TEST(Markdown, SaysWhatItLeavesOut) {
  Json json = Golden("fused_residual");
  Json site = json["sites"][0];
  for (Json& tail : site["tails"]) tail.erase("channels");  // which these formats do not tell
  for (int i = 0; i < 400; ++i) json["sites"].push_back(site);
  std::vector<std::string> texts(20, json.dump());
  for (const std::size_t count : {std::size_t{1}, texts.size()}) {
    const std::string page = Markdown(SetOf({texts.begin(), texts.begin() + count}));
    EXPECT_LE(page.size(), 64'000u);
    EXPECT_THAT(page, HasSubstr(" rows more are left out."));
    EXPECT_THAT(page, HasSubstr(" findings more are left out."));
  }
  EXPECT_THAT(Markdown(SetOf(texts)), HasSubstr(" reports more are left out."));
}

TEST(Annotations, AreOneLineEach) {
  const std::string text = GithubAnnotations(SetOf({GoldenText("default_conv2d_nobias")}));
  EXPECT_THAT(text, testing::StartsWith(
                        "::error file=pt2/default_conv2d_nobias.after.pt2,"
                        "title=foldproof%3A saturation at quantize_per_tensor_1 of conv2d::"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(Annotations, StopAtWhatGithubShows) {
  const std::string text = GithubAnnotations(Telling());
  std::map<std::string, int> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) ++lines[line.substr(0, line.find(' '))];
  EXPECT_LE(lines["::error"], 10);
  EXPECT_LE(lines["::warning"], 10);
  EXPECT_EQ(lines["::notice"], 1);
}

TEST(HostileNames, AreInertInJunit) {
  for (const std::string& name : HostileNames()) {
    const std::string xml = Junit(Hostile(name));
    EXPECT_FALSE(HasControls(xml));
    EXPECT_TRUE(IsUtf8(xml));
    EXPECT_LT(xml.size(), 200'000u);
    const auto document = Parsed(xml);
    // Nothing but our own elements, at our own places.
    for (const auto& found : document.select_nodes("//*")) {
      EXPECT_THAT(std::string(found.node().name()),
                  testing::AnyOf("testsuites", "testsuite", "testcase", "failure", "error",
                                 "skipped", "system-out"));
    }
    EXPECT_TRUE(document.select_nodes("//comment()").empty());
  }
}

TEST(HostileNames, AreInertInSarif) {
  for (const std::string& name : HostileNames()) {
    const std::string text = Sarif(Hostile(name));
    EXPECT_FALSE(HasControls(text));
    const Json sarif = Json::parse(text);
    EXPECT_LT(text.size(), 500'000u);
    for (const Json& result : sarif["runs"][0]["results"]) {
      const std::string shown = result["message"]["text"];
      EXPECT_FALSE(HasControls(shown));
      EXPECT_LT(shown.size(), 2000u);
      const std::string uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
      EXPECT_TRUE(std::regex_match(uri.substr(0, 300), std::regex("[A-Za-z0-9%._~/-]+")));
    }
  }
}

// No mark of Markdown or HTML is left but our own: rows of a table, headings, a reference.
TEST(HostileNames, AreInertInMarkdown) {
  for (const std::string& name : HostileNames()) {
    const std::string page = Markdown(Hostile(name));
    EXPECT_FALSE(HasControls(page));
    EXPECT_LE(page.size(), 64'000u);
    for (const char* mark : {"<", ">", "`", "[", "]", "*", "~", "\\", "\"", "'", "@", "!", "://"})
      EXPECT_THAT(page, Not(HasSubstr(mark))) << name.substr(0, 40);
    std::istringstream in(page);
    for (std::string line; std::getline(in, line);) {
      const auto bars = std::count(line.begin(), line.end(), '|');
      EXPECT_TRUE(bars == 0 || bars == 5 || bars == 7) << line;
      EXPECT_EQ(line.find("::"), std::string::npos);
    }
  }
}

TEST(HostileNames, AreInertInAnnotations) {
  for (const std::string& name : HostileNames()) {
    const std::string text = GithubAnnotations(Hostile(name));
    EXPECT_FALSE(HasControls(text));
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      // The first "::" behind the command ends its properties, none of which can hold one.
      EXPECT_TRUE(std::regex_search(
          line,
          std::regex(
              "^::(error|warning|notice) (file=[^:,]*,)?(line=[0-9]+,)?title=foldproof[^:,]*::")))
          << line;
      EXPECT_LT(line.size(), 2500u);
    }
  }
}

TEST(Formats, GiveTheSameBytesEachTime) {
  for (const auto format : {Junit, Sarif, Markdown, GithubAnnotations})
    EXPECT_EQ(format(Telling()), format(Telling()));
}

TEST(Formats, AReportThatHoldsHasNothingToTell) {
  const ReportSet set = SetOf({GoldenText("xnn_pt_conv1d_nobias.torchao")});
  EXPECT_THAT(GithubAnnotations(set), IsEmpty());
  EXPECT_THAT(Json::parse(Sarif(set))["runs"][0]["results"], IsEmpty());
  EXPECT_THAT(Junit(set), HasSubstr("failures=\"0\""));
  EXPECT_THAT(Markdown(set), HasSubstr("## foldproof: HOLDS (within)"));
}

}  // namespace
}  // namespace foldproof::reports
