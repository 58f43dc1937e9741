// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/json_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/error.h"
#include "src/pt2/json_index.h"
#include "src/pt2/limits.h"

namespace foldproof::pt2::json_fields_test {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;

template <typename Body>
std::string RefusalOf(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput) << error.what();
    return error.what();
  }
  return "it was read";
}

std::string RefusalOfText(const std::string& text) {
  return RefusalOf([&] { JsonDocument(text).root(); });
}

TEST(JsonDocument, WhatIsNoJsonIsRefused) {
  for (const std::string& text : {""s,
                                  " "s,
                                  "{"s,
                                  "[1,]"s,
                                  "[01]"s,
                                  "[1.]"s,
                                  "[NaN]"s,
                                  "[1e999]"s,
                                  "{} x"s,
                                  "{}{}"s,
                                  "{}\0"s,
                                  "[\"a\0b\"]"s,
                                  "[\"\n\"]"s,
                                  "\xef\xbb\xbf{}"s,
                                  "[\"\xff\"]"s,
                                  "[\"\\x\"]"s,
                                  "[\"\\ud800\"]"s,
                                  "[\"\\udc00\"]"s,
                                  "[\"\\ud800\\ud800\"]"s,
                                  "{\"a\"}"s,
                                  "{1:2}"s}) {
    EXPECT_THAT(RefusalOfText(text), HasSubstr("not JSON: ")) << text;
  }
}

TEST(JsonDocument, EscapesAreRead) {
  const JsonDocument document(R"(["\"\\\/\b\f\n\r\t", "\u0000", "\u00e4", "\ud83d\ude00"])");
  std::vector<std::string> texts;
  for (const Json item : AsList(document.root(), "list")) texts.emplace_back(AsText(item, "item"));
  EXPECT_THAT(texts, ElementsAre("\"\\/\b\f\n\r\t", "\0"s, "\u00e4", "\U0001f600"));
}

std::string Nested(int levels) {
  const auto count = static_cast<std::size_t>(levels);
  return std::string(count, '[') + "1" + std::string(count, ']');
}

TEST(JsonDocument, NestsUpToTheLimit) {
  EXPECT_EQ(RefusalOfText(Nested(kMostJsonDepth)), "it was read");
  EXPECT_THAT(RefusalOfText(Nested(kMostJsonDepth + 1)), HasSubstr("nests more than 200"));
  EXPECT_THAT(RefusalOfText(Nested(1'000'000)), HasSubstr("nests more than 200"));
}

TEST(JsonDocument, NumbersOutside64Bits) {
  const JsonDocument document("[9223372036854775807, 9223372036854775808]");
  auto item = AsList(document.root(), "list").begin();
  EXPECT_EQ(AsInteger(*item, "most"), INT64_MAX);
  ++item;
  EXPECT_THAT(RefusalOf([&] { AsInteger(*item, "more"); }),
              HasSubstr("'more' must fit into 64 bits"));
  EXPECT_EQ(AsNumber(*item, "more"), 9223372036854775808.0);
  EXPECT_THAT(RefusalOfText("[18446744073709551616]"), HasSubstr("not JSON"));
  EXPECT_THAT(RefusalOfText("[-9223372036854775809]"), HasSubstr("not JSON"));
}

TEST(JsonDocument, OutlivesBeingMoved) {
  JsonDocument document(R"({"a": "text"})");
  const Json root = document.root();
  const JsonDocument moved = std::move(document);
  EXPECT_EQ(TextField(root, "a"), "text");
  EXPECT_EQ(TextField(moved.root(), "a"), "text");
}

TEST(JsonFields, TypesAreNamed) {
  const JsonDocument document(R"([null, {}, [], "", 1, 18446744073709551615, 0.5])");
  std::vector<std::string> refusals;
  for (const Json item : AsList(document.root(), "list")) {
    refusals.push_back(RefusalOf([&] { AsTruth(item, "x"); }));
  }
  const auto is = [](const char* type) {
    return HasSubstr("'x' must be true or false, is "s + type + ";");
  };
  EXPECT_THAT(refusals, ElementsAre(is("null"), is("object"), is("array"), is("string"),
                                    is("number"), is("number"), is("number")));
  EXPECT_THAT(RefusalOf([] { AsInteger(JsonDocument("true").root(), "x"); }),
              HasSubstr("'x' must be an integer, is boolean;"));
}

TEST(JsonFields, AMemberThatIsLookedUpIsThereOnce) {
  const JsonDocument document(R"({"a": 1, "b": 2, "a": 1})");
  EXPECT_EQ(IntegerField(document.root(), "b"), 2);
  EXPECT_THAT(RefusalOf([&] { Field(document.root(), "a"); }), HasSubstr("'a' is there twice"));
  EXPECT_THAT(RefusalOf([&] { JsonIndex{AsObject(document.root(), "object")}; }),
              HasSubstr("'a' is there twice"));
  EXPECT_THAT(RefusalOf([] { AsUnion(JsonDocument(R"({"a": 1, "a": 1})").root(), "union"); }),
              HasSubstr("'union' must be an object of one member"));
}

TEST(JsonIndex, FindsEachOfAHundredThousandMembers) {
  std::string text = "{\"first\": null";
  for (int i = 0; i < 100'000; ++i) {
    text += ", \"m" + std::to_string(i) + "\": " + std::to_string(i);
  }
  const JsonDocument document(text + "}");
  const JsonIndex index(AsObject(document.root(), "object"));
  EXPECT_EQ(index.members().size(), 100'001u);
  EXPECT_TRUE(index.Find("first")->is_null());
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_EQ(AsInteger(*index.Find("m" + std::to_string(i)), "member"), i);
  }
  EXPECT_EQ(index.Find("m100000"), std::nullopt);
}

}  // namespace
}  // namespace foldproof::pt2::json_fields_test
