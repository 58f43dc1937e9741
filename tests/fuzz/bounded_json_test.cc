// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/bounded_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "fuzz/campaign_report.h"
#include "fuzz/case_files.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(BoundedJson, ReadsUpToTheBound) {
  EXPECT_EQ(ParseBoundedJson(Nested(kMostNesting)).dump(), Nested(kMostNesting));
  EXPECT_EQ(ParseBoundedJson(R"({"a": [[], [], {}]})").at("a").size(), 3u);  // beside is not deeper
  EXPECT_THROW(ParseBoundedJson(Nested(kMostNesting + 1)), Error);
}

TEST(BoundedJson, RefusesWhatIsNone) {
  for (const char* text : {"", "{", "[1,]", "\xff", "{} {}"}) {
    EXPECT_THROW(ParseBoundedJson(text), Error) << text;
  }
}

// DrawOf copied the draw, and a copy recurses once for each list: these ended in a full stack.
TEST(BoundedJson, DeepDrawOfAReportIsRefused) {
  const std::string draw = Nested(1'000'000);
  const std::string report =
      R"({"seed": 1, "next": 1, "cases": 1, "refused": 0, "proved": 0, "unproved": 0, "failed": 1,
          "failures": [{"rule": "r", "node": "", "detail": "", "count": 1, "first": 0, "draw": )" +
      draw + "}]}";
  EXPECT_THROW(ParseCampaignReport(report), Error);
  EXPECT_THROW(ParseCase(R"({"pass": "p", "seed": 1, "index": 0, "rule": "r", "node": "",
                             "detail": "", "draw": )" +
                         draw + "}"),
               Error);
}

}  // namespace
}  // namespace foldproof::fuzz
