// SPDX-License-Identifier: BSD-3-Clause
#include "reports/report_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/base/error.h"
#include "tests/reports/hostile_names.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

std::string WhyNot(const std::string& text) {
  try {
    ParseReport(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

TEST(ReadReport, HasTheFiguresOfTheFile) {
  const Report report = ParseReport(GoldenText("default_conv2d_nobias"));
  EXPECT_EQ(report.kind, "verify");
  EXPECT_EQ(report.verdict, prove::Verdict::kDiffers);
  EXPECT_EQ(report.exit_code, 1);
  EXPECT_EQ(JudgedFile(report), "pt2/default_conv2d_nobias.after.pt2");
  ASSERT_EQ(report.sites.size(), 1u);
  const ReportedTail& tail = report.sites[0].tails.at(0);
  const Json recorded = Golden("default_conv2d_nobias")["sites"][0]["tails"][0];
  EXPECT_EQ(GateFigures(tail, report.gate).lsb, recorded["calibrated"]["lsb"].get<double>());
  EXPECT_EQ(tail.reachable.accumulator, recorded["reachable"]["accumulator"].get<std::int64_t>());
  EXPECT_EQ(tail.causes.at(0).rule, "saturation");
  EXPECT_EQ(tail.causes.at(0).channels.size(), 8u);
  EXPECT_EQ(tail.output, 0u);
}

TEST(ReadReport, NullIsInfinitelyMany) {
  Json json = Golden("default_conv2d_nobias");
  json["sites"][0]["tails"][0]["calibrated"]["lsb"] = nullptr;
  EXPECT_TRUE(std::isinf(ParseReport(json.dump()).sites[0].tails[0].calibrated.lsb));
}

TEST(ReadReport, SkipsFieldsItDoesNotKnow) {
  Json json = Golden("default_conv2d_nobias");
  json["new"] = {1, 2, {{"x", nullptr}}};
  json["sites"][0]["tails"][0]["new"] = "field";
  EXPECT_EQ(WhyNot(json.dump()), "");
}

TEST(ReadReport, NamesTheFieldThatIsWrong) {
  const std::string tail = "/sites/0/tails/0";
  const std::vector<std::pair<std::string, Json>> wrong{
      {"/verdict", "fine"},
      {"/exit_code", 3},
      {"/exit_code", 1.5},
      {"/schema_version", 2},
      {"/schema_version", "1"},
      {"/report", 7},
      {"/gate/domain", "elsewhere"},
      {"/gate/tolerance", "some"},
      {"/before/file", nullptr},
      {"/sites", 1},
      {"/sites/0/channels", -1},
      {"/sites/0/channels", 1e30},
      {"/sites/0/taps", "many"},
      {tail + "/calibrated/lsb", -1},
      {tail + "/calibrated/lsb", "inf"},
      {tail + "/calibrated/channel", 8},
      {tail + "/calibrated/share_over", 1.25},
      {tail + "/reachable/accumulator", 18446744073709551615u},
      {tail + "/causes/0/channels", Json::array()},
      {tail + "/causes/0/channels/0", 99},
      {tail + "/causes/0/rule", {{"a", 1}}},
      {tail + "/witness/level", "none"},
      {"/structure", {{{"rule", "x"}}}},
      {"/unproved", {1}}};
  for (const auto& [at, value] : wrong) {
    Json json = Golden("default_conv2d_nobias");
    json[Json::json_pointer(at)] = value;
    const std::string last = Json::json_pointer(at).back();
    const std::string field = std::isdigit(last[0]) ? "[" + last + "]" : last;
    const std::string why = WhyNot(json.dump());
    EXPECT_THAT(why, HasSubstr(field)) << at << " = " << value;
  }
}

// No field but those that may be missing can be: each is removed in turn, at every depth.
TEST(ReadReport, MissesEveryFieldItNeeds) {
  for (const char* at :
       {"/report", "/schema_version", "/verdict", "/exit_code", "/gate", "/gate/domain", "/before",
        "/after", "/structure", "/sites", "/unproved", "/sites/0/before_conv", "/sites/0/tails",
        "/sites/0/tails/0/place", "/sites/0/tails/0/verdict", "/sites/0/tails/0/reachable",
        "/sites/0/tails/0/calibrated/lsb", "/sites/0/tails/0/causes",
        "/sites/0/tails/0/causes/0/node"}) {
    Json json = Golden("default_conv2d_nobias");
    const Json::json_pointer pointer(at);
    ASSERT_TRUE(json.contains(pointer)) << at;
    json[pointer.parent_pointer()].erase(pointer.back());
    EXPECT_THAT(WhyNot(json.dump()), HasSubstr("has no '" + pointer.back() + "'"));
  }
}

TEST(ReadReport, OtherReportsAreSaidToBe) {
  EXPECT_THAT(WhyNot(R"({"report": "fold", "schema_version": 1})"), HasSubstr("judges no sites"));
}

TEST(ReadReport, RefusesWhatIsNoReport) {
  for (const std::string& text :
       {std::string(), std::string("nothing"), std::string("[]"), std::string("{}"),
        std::string("{\"report\": \"verify\""), std::string("\xff\xfe"),
        std::string("{\"report\": \"\xff\"}"), std::string("{\"exit_code\": 1e999}"),
        std::string(1'000'000, '['), "{\"a\":" + std::string(1000, '[') + std::string(1000, ']')}) {
    EXPECT_NE(WhyNot(text), "") << text.substr(0, 40);
  }
}

// Any byte changed to any of a few others: an error or a report, never anything else.
TEST(ReadReport, SurvivesChangedBytes) {
  const std::string whole = Golden("hand_13_gamma0").dump();
  const std::string marks = "\"{}[],:09-e\\n\x01\xff";
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string text = whole;
    text[at] = marks[at % marks.size()];
    refused += WhyNot(text).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 100);
  for (std::size_t size = 0; size < whole.size(); size += 41) {
    EXPECT_NE(WhyNot(whole.substr(0, size)), "");
  }
}

TEST(ReadReport, AFileThatIsNotThereIsNamed) {
  EXPECT_THROW(
      {
        try {
          ReadReport("no/such.json");
        } catch (const Error& error) {
          EXPECT_THAT(error.what(), HasSubstr("no/such.json"));
          throw;
        }
      },
      Error);
}

}  // namespace
}  // namespace foldproof::reports
