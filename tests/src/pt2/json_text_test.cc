// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <random>

#include "src/base/error.h"

namespace foldproof::pt2 {
namespace {

using namespace std::string_literals;

std::string Quoted(std::string_view text) { return JsonText().String(text).Take(); }

std::string ReadBack(const std::string& json) {
  const JsonDocument document(json);
  return std::string(AsText(document.root(), "text"));
}

TEST(JsonText, SeparatesValuesAndMembers) {
  JsonText out;
  out.BeginObject().Key("a").BeginList().Integer(1).Truth(true).Null().EndList();
  out.Key("b").BeginObject().EndObject().Key("c").String("").Key("d").BeginList().BeginList();
  out.EndList().BeginObject().EndObject().Raw("7").EndList().EndObject();
  EXPECT_EQ(out.text(), R"({"a":[1,true,null],"b":{},"c":"","d":[[],{},7]})");
}

TEST(JsonText, TextsThatEndLikeBracketsAreSeparatedToo) {
  EXPECT_EQ(JsonText().BeginList().String("[").String("{").String(":").EndList().text(),
            R"(["[","{",":"])");
}

TEST(JsonText, EscapesWhatRfc8259SaysAndNothingElse) {
  EXPECT_EQ(Quoted("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(Quoted("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(Quoted("\0\x01\x1f\x7f"s), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(Quoted("\u00e4\U0001f600"), "\"\u00e4\U0001f600\"");
}

TEST(JsonText, EveryCharacterReadsBack) {
  std::string ascii;
  for (int c = 0; c < 0x80; ++c) ascii += static_cast<char>(c);
  EXPECT_EQ(ReadBack(Quoted(ascii)), ascii);
  const std::string others = "\u0080\u07ff\u0800\uffff\U00010000\U0010ffff";
  EXPECT_EQ(ReadBack(Quoted(others)), others);
}

TEST(JsonText, KeysAreEscapedToo) {
  const std::string json = JsonText().BeginObject().Key("\"\n").Null().EndObject().Take();
  EXPECT_EQ(json, R"({"\"\n":null})");
  EXPECT_EQ(AsUnion(JsonDocument(json).root(), "key").kind.size(), 2u);
}

TEST(JsonText, WhatIsNoUtf8IsOurFault) {
  for (const char* text : {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80"}) {
    try {
      Quoted(text);
      ADD_FAILURE() << "it was written";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Error::Code::kInternal);
    }
  }
}

std::string Written(double number) { return JsonText().Number(number).Take(); }

void ExpectReadsBack(double number) {
  const std::string json = Written(number);
  const JsonDocument document(json);
  EXPECT_TRUE(document.root().is_double()) << json;
  EXPECT_EQ(std::bit_cast<std::uint64_t>(AsNumber(document.root(), "number")),
            std::bit_cast<std::uint64_t>(number))
      << json;
  EXPECT_EQ(JsonText().Copy(document.root()).text(), json);
}

TEST(JsonText, DoublesAreNeverIntegers) {
  EXPECT_EQ(Written(1), "1.0");
  EXPECT_EQ(Written(-0.0), "-0.0");
  EXPECT_EQ(Written(1e300), "1e+300");
  EXPECT_EQ(Written(0.1), "0.1");
  EXPECT_EQ(Written(0.1f), "0.10000000149011612");
}

TEST(JsonText, DoublesReadBackBitForBit) {
  using Limits = std::numeric_limits<double>;
  for (const double number : {0.0,
                              1.0,
                              0.1,
                              1.0 / 3,
                              1e-7,
                              1e15,
                              1e16,
                              1e17,
                              1e22,
                              1e23,
                              1e300,
                              5e-324,
                              2.2250738585072009e-308,
                              9007199254740993.0,
                              18446744073709551616.0,
                              Limits::min(),
                              Limits::max(),
                              Limits::epsilon(),
                              static_cast<double>(0.1f),
                              static_cast<double>(3e-39f)}) {
    ExpectReadsBack(number);
    ExpectReadsBack(-number);
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (number - number == 0) ExpectReadsBack(number);  // finite
  }
}

TEST(JsonText, WhatJsonHasNoNumberForIsText) {
  EXPECT_EQ(Written(std::numeric_limits<double>::quiet_NaN()), R"("NaN")");
  EXPECT_EQ(Written(std::numeric_limits<double>::infinity()), R"("Infinity")");
  EXPECT_EQ(Written(-std::numeric_limits<double>::infinity()), R"("-Infinity")");
}

TEST(JsonText, CopiesWhatItReads) {
  for (const char* json : {R"({"a":[],"b":{},"a":[1,-9223372036854775808,18446744073709551615]})",
                           R"([-0.0,1e-07,0.30000000000000004,1e+300,5e-324,1.0])",
                           R"(["\u0000","\"","\\"])", R"([true,false,null,"",[[[]]]])", "7"}) {
    EXPECT_EQ(JsonText().Copy(JsonDocument(json).root()).text(), json);
  }
}

TEST(JsonText, CopiesAnObjectButWhatIsWrittenInstead) {
  const JsonDocument document(R"({"a":1,"b":2,"c":3})");
  JsonText out;
  out.CopyObject(AsObject(document.root(), "object"), [&](std::string_view key) {
    if (key == "b") out.BeginList().EndList();
    return key == "b";
  });
  EXPECT_EQ(out.text(), R"({"a":1,"b":[],"c":3})");
}

}  // namespace
}  // namespace foldproof::pt2
