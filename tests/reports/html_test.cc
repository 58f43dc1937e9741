// SPDX-License-Identifier: BSD-3-Clause
//
// What the page holds. What a browser makes of it is held to by script/pages.
#include "reports/html/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "harness/prove/judge/prover.h"
#include "harness/verify/sha256.h"
#include "reports/html/page_parts.h"
#include "reports/html/page_report.h"
#include "reports/json_report.h"
#include "src/base/error.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"
#include "tests/reports/hostile_names.h"

namespace foldproof::reports::html_test {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// The report of a golden pair, with the curves of so many channels.
Json Report(const std::string& name, std::optional<std::size_t> curves) {
  const std::string stem = std::string(tests::kSourceFolder) + "/golden/pt2/" + name;
  const ir::Program before = pt2::ReadProgram(stem + ".before.pt2");
  const ir::Program after = pt2::ReadProgram(stem + ".after.pt2");
  const prove::Side b(before);
  const prove::Side a(after);
  verify::Verified verified;
  verified.before.file = "before.pt2";
  verified.after = verify::FileIdentity{"after.pt2", ""};
  verified.exit = ExitCode::kDiffers;
  prove::Proof proof = prove::Prove(b, a, verified.options);
  if (curves) {
    verified.pictures = verify::Pictures{prove::DrawTails(b, a, proof, verified.options, *curves),
                                         verify::GraphsOf(b, a, proof.matching)};
  }
  verified.verification = std::move(proof.verification);
  return Json::parse(Written(VerifyReport(verified, {}, Shows::kPictures)));
}

const Json& Drawn() {
  static const Json report = Report("default_conv2d_nobias", 3);
  return report;
}

// The JSON that stands in the page.
std::string Block(const std::string& page) {
  const std::string start = "<script type=\"application/json\" id=\"reports\">";
  const std::size_t from = page.find(start) + start.size();
  return page.substr(from, page.find("</script>", from) - from);
}

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) {
    ++count;
  }
  return count;
}

// What the page has of a report that is one.
std::string PageReport(const std::string& text, const std::string& file) {
  const std::vector<std::string> reports = ParsePageReports(text, file);
  EXPECT_EQ(reports.size(), 1u);
  return reports.at(0);
}

std::string PageOf(const Json& report) { return Html({PageReport(report.dump(), "r.json")}, "1"); }

class Page : public testing::Test {
 protected:
  void SetUp() override {
    if (kChartLibrary.empty()) GTEST_SKIP() << "built without d3 (Debian: node-d3)";
  }
};

TEST_F(Page, HostileNamesStayInABlockWithoutMarks) {
  for (const std::string& name : HostileNames()) {
    const std::string page = PageOf(WithNames(Drawn(), name));
    const std::string block = Block(page);
    EXPECT_EQ(block.find_first_of("<>&"), std::string::npos);
    EXPECT_TRUE(std::ranges::all_of(block, [](char c) { return c >= ' ' || c == '\n'; }));
    EXPECT_TRUE(std::ranges::all_of(block, [](char c) { return static_cast<signed char>(c) > 0; }));
    EXPECT_EQ(Count(page, "</script>"), 3u);
    EXPECT_EQ(Count(page, "<!--"), 1u);
    const Json report = Json::parse(block)[0];
    EXPECT_EQ(report["sites"][0]["before_conv"], Printable(name, 300));
    EXPECT_EQ(report["graphs"]["before"]["nodes"][0]["node"], Printable(name, 300));
    EXPECT_EQ(report["sites"][0]["tails"][0]["picture"]["trace"]["after"][0]["node"],
              Printable(name, 300));
  }
}

TEST_F(Page, ItsPolicyAllowsItsOwnPartsAlone) {
  const std::string page = PageOf(Drawn());
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe")));
  for (const char* tag : {"script", "style"}) {
    const std::string start = std::string("<") + tag + ">";
    for (std::size_t at = 0; (at = page.find(start, at)) != std::string::npos;) {
      at += start.size();
      const std::string part = page.substr(at, page.find(std::string("</") + tag, at) - at);
      EXPECT_THAT(page.substr(0, 1000), HasSubstr("'sha256-" + verify::Sha256InBase64(part) + "'"));
    }
  }
  // That of nothing, as RFC 6234 has it.
  EXPECT_EQ(verify::Sha256InBase64(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST_F(Page, AsksForNothing) {
  std::string page = PageOf(Drawn());
  for (const char* reference : {" src=", " href=", "@import", "url(h"}) {
    // The page's own parts; d3 is 258 kB of somebody else's.
    const std::size_t charts = page.find(kChartLibrary);
    ASSERT_NE(charts, std::string::npos);
    EXPECT_THAT(page.substr(0, charts), Not(HasSubstr(reference)));
    EXPECT_THAT(page.substr(charts + kChartLibrary.size()), Not(HasSubstr(reference)));
  }
  EXPECT_EQ(page, PageOf(Drawn()));
}

TEST(PageReport, CurvesAreOnRequestAndChangeNothingElse) {
  Json with = Drawn();
  const Json without = Report("default_conv2d_nobias", std::nullopt);
  with.erase("graphs");
  for (Json& site : with["sites"]) {
    for (Json& tail : site["tails"]) tail.erase("picture");
  }
  EXPECT_EQ(with, without);
  EXPECT_FALSE(without.contains("graphs"));
  EXPECT_FALSE(without["sites"][0]["tails"][0].contains("picture"));
}

TEST(PageReport, FiguresStandInColumns) {
  const Json page = Json::parse(PageReport(Drawn().dump(), "r.json"));
  const Json& tail = page["sites"][0]["tails"][0];
  const Json& channels = tail["channels"];
  for (const char* column : {"low", "high", "reachable", "calibrated", "tolerance", "gap"}) {
    EXPECT_THAT(channels[column], SizeIs(8)) << column;
  }
  const Json& first = Drawn()["sites"][0]["tails"][0]["channels"][0];
  EXPECT_EQ(channels["low"][0], first["reach"][0]);
  EXPECT_NEAR(channels["reachable"][0].get<double>(), first["reachable"]["lsb"].get<double>(),
              1e-4);
  EXPECT_EQ(channels["reachable_at"][0], first["reachable"]["accumulator"]);
  EXPECT_EQ(tail["picture"]["curves"].size(), 3u);
}

TEST(PageReport, StartsAreDifferencesThatAddUp) {
  const Json page = Json::parse(PageReport(Drawn().dump(), "r.json"));
  const Json& told = page["sites"][0]["tails"][0]["picture"]["curves"][0]["before"];
  const Json& curve = Drawn()["sites"][0]["tails"][0]["picture"]["curves"][0]["before"];
  std::int64_t at = 0;
  ASSERT_EQ(told["starts"].size(), curve["starts"].size());
  for (std::size_t i = 0; i < told["starts"].size(); ++i) {
    at += told["starts"][i].get<std::int64_t>();
    EXPECT_EQ(at, curve["starts"][i]);
  }
}

TEST(PageReport, HistogramsAreSharesOfTheChannel) {
  const Json page = Json::parse(PageReport(Drawn().dump(), "r.json"));
  for (const Json& histogram : page["sites"][0]["tails"][0]["picture"]["histograms"]) {
    double sum = 0;
    for (std::size_t i = 0; i < histogram["bins"].size(); i += 3) {
      sum += histogram["bins"][i + 1].get<double>();
      EXPECT_LE(histogram["bins"][i + 2], histogram["bins"][i + 1]);
    }
    EXPECT_NEAR(sum, 1, 0.01);
  }
}

// ExecuTorch's pass puts a dequantized bias in and takes the chain out; the rest stays.
TEST(Graphs, SayWhatTheFoldChanged) {
  std::vector<std::string> removed, changed;
  for (const Json& node : Drawn()["graphs"]["before"]["nodes"]) {
    if (node["counterpart"].is_null()) removed.push_back(node["node"]);
    if (node.contains("changed")) changed.push_back(node["node"].get<std::string>());
  }
  EXPECT_THAT(removed, ElementsAre("add", "sqrt", "div", "reshape", "div_1", "batch_norm"));
  EXPECT_THAT(changed, ElementsAre("conv2d"));
  std::vector<std::string> added;
  for (const Json& node : Drawn()["graphs"]["after"]["nodes"]) {
    if (node["counterpart"].is_null()) added.push_back(node["node"]);
    if (node["node"] == "conv2d") {
      EXPECT_THAT(node["changed"], ElementsAre("bias"));
      EXPECT_THAT(node["inputs"], ElementsAre("dequantize_per_tensor", "dequantize_per_tensor_1",
                                              "dequantize_per_tensor_default"));
    }
  }
  EXPECT_THAT(added, ElementsAre("dequantize_per_tensor_default"));
}

// Here the conv has a bias: the fold writes into its constant, which keeps its name.
TEST(Graphs, AConstantOfOtherContentIsAChange) {
  std::vector<std::string> changed;
  const Json graphs = Report("default_conv2d_bias_relu", 0)["graphs"];
  for (const Json& node : graphs["after"]["nodes"]) {
    if (!node.contains("changed")) continue;
    EXPECT_THAT(node["changed"], ElementsAre("input"));
    changed.push_back(node["node"].get<std::string>() + " of " +
                      node["inputs"][0].get<std::string>());
  }
  EXPECT_THAT(changed, ElementsAre("dequantize_per_tensor_2 of b__frozen_param1",
                                   "quantize_per_tensor_2 of dequantize_per_tensor_3"));
}

// Each of these would lead the page's script astray.
TEST(PageReport, ChecksWhatThePageDraws) {
  const auto fault = [](const std::function<void(Json&)>& damage) -> std::string {
    Json report = Drawn();
    damage(report["sites"][0]["tails"][0]);
    try {
      PageReport(report.dump(), "r.json");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Error::Code::kInput);
      return error.what();
    }
    return "nothing";
  };
  EXPECT_THAT(fault([](Json&) {}), "nothing");
  const auto curve = [](Json& tail) -> Json& { return tail["picture"]["curves"][0]["before"]; };
  EXPECT_THAT(fault([&](Json& t) { curve(t)["starts"][1] = curve(t)["starts"][0]; }),
              HasSubstr("starts: must ascend"));
  EXPECT_THAT(fault([&](Json& t) { curve(t)["least"].erase(0); }), HasSubstr("as many entries"));
  EXPECT_THAT(fault([&](Json& t) { curve(t).erase("least"); }), HasSubstr("values"));
  EXPECT_THAT(fault([&](Json& t) { curve(t)["starts"][0] = -(std::int64_t{1} << 60); }),
              HasSubstr("2^53"));
  EXPECT_THAT(fault([](Json& t) { t["picture"]["curves"][0]["channel"] = 8; }),
              HasSubstr("0 to 7"));
  EXPECT_THAT(fault([](Json& t) { t["picture"]["curves"][0]["calibrated"] = {{1}}; }),
              HasSubstr("two entries"));
  EXPECT_THAT(fault([](Json& t) { t["picture"]["histograms"].erase(0); }),
              HasSubstr("as there are channels"));
  EXPECT_THAT(fault([](Json& t) { t["picture"]["histograms"][0]["bins"][0][0] = 1 << 30; }),
              HasSubstr("is no bin"));
  EXPECT_THAT(fault([](Json& t) {
                t["picture"]["trace"]["after"][0]["node"] = {{"a", 1}};
              }),
              HasSubstr("must be a string"));
  EXPECT_THAT(fault([](Json& t) { t["channels"][0]["reach"] = {1}; }), HasSubstr("two entries"));
  EXPECT_THAT(fault([](Json& t) { t["causes"] = 1; }), HasSubstr("must be a list"));
}

TEST(PageReport, TakesAReportOfAnyOtherKindAsItIs) {
  const Json told = Json::parse(PageReport(
      R"({"report": "tasting", "share": 0.333333333333, "list": [{"\u202e": 1}]})", "dir/r.json"));
  EXPECT_EQ(told["report"], "tasting");
  EXPECT_EQ(told["share"], 0.333333);
  EXPECT_EQ(told["list"][0]["\\xe2\\x80\\xae"], 1);
  EXPECT_EQ(told["read_from"], "dir/r.json");
  EXPECT_THROW(PageReport("[]", ""), Error);
  EXPECT_THROW(PageReport("{\"report\": 1}", ""), Error);
}

TEST(PageReport, OfAGateHasItsPairsAndAPageOfEach) {
  const Json gate{{"report", "gate"},
                  {"exit_code", 1},
                  {"pairs",
                   {{{"name", "a"}, {"exit_code", 1}, {"report", Drawn()}},
                    {{"name", "b"}, {"why", "is not there"}, {"report", nullptr}}}}};
  const std::vector<std::string> pages = ParsePageReports(gate.dump(), "g.json");
  ASSERT_EQ(pages.size(), 2u);
  const Json own = Json::parse(pages[0]);
  EXPECT_EQ(own["pairs"][0], Json({{"name", "a"}, {"exit_code", 1}, {"verdict", "differs"}}));
  EXPECT_EQ(own["pairs"][1], Json({{"name", "b"}, {"why", "is not there"}}));
  const Json pair = Json::parse(pages[1]);
  EXPECT_EQ(pair["pair"], "a");
  EXPECT_EQ(pair["sites"][0]["tails"][0]["picture"]["curves"].size(), 3u);
}

TEST(Pages, AreRefusedInOneLineWhereD3WasNotThere) {
  if (!kChartLibrary.empty()) GTEST_SKIP() << "this build has d3";
  EXPECT_THAT([] { NeedPages(); },
              testing::Throws<Error>(testing::Property(&Error::what, HasSubstr("node-d3"))));
}

}  // namespace
}  // namespace foldproof::reports::html_test
