// SPDX-License-Identifier: BSD-3-Clause
#include "src/json/json_field.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/base/error.h"

namespace foldproof {
namespace {

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string WhyNot(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput);
    return error.what();
  }
  return "it was read";
}

TEST(ParseJson, ReadsUpToEachLimit) {
  EXPECT_EQ(ParseJson(Nested(3), {.depth = 3}).dump(), Nested(3));
  EXPECT_EQ(ParseJson(R"({"a": [[], [], {}]})", {.depth = 3}).at("a").size(), 3u);  // side by side
  EXPECT_EQ(WhyNot([] { ParseJson(Nested(4), {.depth = 3}); }),
            "nests more than 3 lists and objects");
  EXPECT_EQ(WhyNot([] { ParseJson("[1, 2]", {.bytes = 5}); }), "is larger than 5 bytes");
  EXPECT_NE(WhyNot([] { ParseJson("[1, 2, 3, 4]", {.values = 3}); }), "it was read");
}

// A value of a million lists would end in a full stack when it is freed.
TEST(ParseJson, RefusesManyLists) {
  EXPECT_EQ(WhyNot([] { ParseJson(Nested(1'000'000)); }), "nests more than 64 lists and objects");
}

TEST(ParseJson, RefusesWhatIsNone) {
  for (const char* text : {"", "{", "[1,]", "\xff", "{} {}"}) {
    EXPECT_EQ(WhyNot([&] { ParseJson(text); }).find("is not JSON"), 0u) << text;
  }
}

TEST(JsonField, NamesTheWayToWhatIsWrong) {
  const nlohmann::json json = {
      {"sites", {{{"name", 7}}, {{"share", 1.5}, {"lsb", nullptr}, {"count", -1}}}}, {"kind", "x"}};
  const JsonField root(json);
  const auto site = [&](std::size_t i) {
    std::vector<JsonField> sites;
    root.At("sites").Each([&](const JsonField& one) { sites.push_back(one); });
    return sites[i];
  };
  EXPECT_EQ(WhyNot([&] { root.At("tails"); }), "has no 'tails'");
  EXPECT_EQ(WhyNot([&] { site(0).At("name").Text(); }), "sites[0].name: must be a string");
  EXPECT_EQ(WhyNot([&] { site(1).At("name"); }), "sites[1]: has no 'name'");
  EXPECT_EQ(WhyNot([&] { site(1).At("share").Share(); }), "sites[1].share: must lie in 0 to 1");
  EXPECT_EQ(WhyNot([&] { site(1).At("count").Count(5); }), "sites[1].count: must lie in 0 to 5");
  EXPECT_EQ(WhyNot([&] { site(1).At("count").Unsigned(); }),
            "sites[1].count: must be a whole number that is not negative");
  EXPECT_EQ(WhyNot([&] { site(1).At("lsb").Number(); }), "sites[1].lsb: must be a number");
  EXPECT_TRUE(std::isinf(site(1).At("lsb").Lsb()));
  EXPECT_FALSE(site(1).Find("lsb").has_value());
  EXPECT_EQ(WhyNot([&] {
              root.At("kind").OneOf({"y", "z"});
            }),
            "kind: is 'x', must be one of y, z");
  EXPECT_EQ(WhyNot([&] { root.Only({"kind"}); }), "sites: is no key; there are kind");
  EXPECT_EQ(WhyNot([&] {
              root.Only({"kind", "site"});
            }),
            "sites: is no key; did you mean 'site'?; there are kind, site");
  EXPECT_EQ(WhyNot([&] { root.At("kind").At("a"); }), "kind: must be an object");
  EXPECT_EQ(WhyNot([&] { root.Each([](const JsonField&) {}); }), "must be a list");
}

}  // namespace
}  // namespace foldproof
