// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/arrays/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

#include "harness/exec/arrays/npy_literal.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A .npy file with this literal and these elements, of format 1 or 2.
std::vector<std::byte> File(std::string_view literal, std::string_view elements, int version = 1) {
  std::string text("\x93NUMPY");
  text += {static_cast<char>(version), '\0', static_cast<char>(literal.size() & 0xff),
           static_cast<char>(literal.size() >> 8)};
  if (version > 1) text += std::string(2, '\0');
  text += literal;
  text += elements;
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

std::string WhyNotParsed(const std::vector<std::byte>& file) {
  try {
    ParseNpy(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput);
    return error.why();
  }
  return "it was parsed";
}

std::string WhyNot(std::string_view literal, std::string_view elements = "") {
  return WhyNotParsed(File(literal, elements));
}

TEST(ParseNpy, ReadsEveryFormat) {
  for (const int version : {1, 2, 3}) {
    const Tensor tensor = ParseNpy(
        File("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }  \n", "abc", version));
    EXPECT_EQ(tensor.dtype, ScalarType::kUInt8);
    EXPECT_THAT(tensor.sizes, ElementsAre(3));
    EXPECT_THAT(tensor.Elements<std::uint8_t>(), ElementsAre('a', 'b', 'c'));
  }
}

TEST(ParseNpy, SwapsBigEndianElements) {
  const Tensor tensor = ParseNpy(File("{'descr': '>i2', 'fortran_order': False, 'shape': (2,)}",
                                      std::string_view("\x01\x02\xff\xfe", 4)));
  EXPECT_THAT(tensor.Elements<std::int16_t>(), ElementsAre(0x0102, -2));
}

TEST(ParseNpy, BringsFortranOrderIntoRows) {
  // [[1, 2, 3], [4, 5, 6]], stored column by column.
  const Tensor tensor = ParseNpy(
      File("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3)}", "\x01\x04\x02\x05\x03\x06"));
  EXPECT_THAT(tensor.Elements<std::int8_t>(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(ParseNpy, FortranOrderOfThreeDimensions) {
  // Element (i, j, k) of shape (2, 1, 2) stands at i + 2 * (j + 1 * k).
  const Tensor tensor = ParseNpy(
      File("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 1, 2)}", "\x01\x03\x02\x04"));
  EXPECT_THAT(tensor.Elements<std::int8_t>(), ElementsAre(1, 2, 3, 4));
}

TEST(ParseNpy, ReadsScalarsAndEmptyArrays) {
  EXPECT_TRUE(ParseNpy(File("{'descr': '|i1', 'fortran_order': False, 'shape': ()}", "\x05"))
                  .sizes.empty());
  const Tensor empty =
      ParseNpy(File("{'descr': '<f4', 'fortran_order': True, 'shape': (0, 7)}", ""));
  EXPECT_EQ(empty.bytes.size(), 0u);
}

TEST(ParseNpy, TakesKeysInAnyOrderAndLongIntegers) {
  const Tensor tensor =
      ParseNpy(File("{\"shape\": (1L,), \"fortran_order\": False, \"descr\": \"|i1\"}", "\x05"));
  EXPECT_THAT(tensor.sizes, ElementsAre(1));
}

TEST(ParseNpy, RefusesElementTypesThatItCannotHold) {
  for (const char* type : {"|O", "<u4", "<c8", "<M8[ns]", "|S3", "<U1", "f", "", "<f16"}) {
    EXPECT_THAT(
        WhyNot("{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (0,)}"),
        HasSubstr("is not read"))
        << type;
  }
  EXPECT_THAT(WhyNot("{'descr': '!f4', 'fortran_order': False, 'shape': (0,)}"),
              HasSubstr("byte order"));
  EXPECT_THAT(WhyNot("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (0,)}"),
              HasSubstr("no plain array"));
}

TEST(ParseNpy, RefusesShapesThatNoMemoryHolds) {
  EXPECT_THAT(WhyNot("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
              HasSubstr("larger than any memory"));
  EXPECT_THAT(WhyNot("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807)}"),
              HasSubstr("larger than any memory"));
  EXPECT_THAT(WhyNot("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}"),
              HasSubstr("no list of sizes"));
  EXPECT_THAT(WhyNot("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"),
              HasSubstr("no list of sizes"));
}

TEST(ParseNpy, RefusesMoreThan64Dimensions) {
  std::string shape;
  for (int i = 0; i < 65; ++i) shape += "1,";
  EXPECT_THAT(WhyNot("{'descr': '|i1', 'fortran_order': False, 'shape': (" + shape + ")}", "\x01"),
              HasSubstr("more than 64 dimensions"));
}

TEST(ParseNpy, RefusesTooFewAndTooManyElements) {
  const char* literal = "{'descr': '|i1', 'fortran_order': False, 'shape': (2,)}";
  EXPECT_THAT(WhyNot(literal, "a"), HasSubstr("takes 2 bytes, but 1 are there"));
  EXPECT_THAT(WhyNot(literal, "abc"), HasSubstr("takes 2 bytes, but 3 are there"));
}

TEST(ParseNpy, RefusesBoolsThatAreNeitherZeroNorOne) {
  EXPECT_THAT(WhyNot("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", "\x01\x02"),
              HasSubstr("neither 0 nor 1"));
}

TEST(ParseNpy, RefusesBrokenLiterals) {
  EXPECT_THAT(WhyNot(""), HasSubstr("lacks a '{'"));
  EXPECT_THAT(WhyNot("{}"), HasSubstr("lacks one of"));
  EXPECT_THAT(WhyNot("{'descr': '<f4', 'descr': '<f4'}"), HasSubstr("names a key twice"));
  EXPECT_THAT(WhyNot("{'descr': '<f4"), HasSubstr("string without an end"));
  EXPECT_THAT(WhyNot("{'descr' '<f4'}"), HasSubstr("lacks a ':'"));
  EXPECT_THAT(WhyNot("{'fortran_order': 1}"), HasSubstr("neither True nor False"));
  EXPECT_THAT(WhyNot("{'weird': 1}"), HasSubstr("key that is not known"));
  EXPECT_THAT(WhyNot("{'shape': (1"), HasSubstr("lacks a ')'"));
  EXPECT_THAT(WhyNot("{'descr': '<f4', 'fortran_order': False, 'shape': ()} 1"),
              HasSubstr("text behind its end"));
}

TEST(ParseNpy, RefusesAHeaderThatIsCutOrTooLong) {
  auto file = File("{'descr': '|i1', 'fortran_order': False, 'shape': ()}", "\x01");
  for (std::size_t length = 0; length < 60; ++length) {
    EXPECT_NE(WhyNotParsed({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)}),
              "it was parsed");
  }
  auto huge = File("", "", 2);
  huge[11] = std::byte{0x7f};  // the length's highest byte: 2 GiB
  EXPECT_THAT(WhyNotParsed(huge), HasSubstr("is too long"));
  auto unknown = File("", "", 4);
  EXPECT_THAT(WhyNotParsed(unknown), HasSubstr("format 4 is not known"));
}

TEST(FormatNpy, WritesWhatNumpyWrites) {
  const auto bytes = FormatNpy(Tensor::Of<float>(ScalarType::kFloat32, {2}, {1, 2}));
  // 10 bytes, the literal, blanks and a line feed: a multiple of 64; then two float32.
  ASSERT_EQ(bytes.size(), 128u + 8u);
  const std::string text(reinterpret_cast<const char*>(bytes.data()), 128);
  EXPECT_EQ(text.substr(10, 60), "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }   ");
  EXPECT_EQ(text.back(), '\n');
}

TEST(FormatNpy, RefusesWhatNumpyHasNot) {
  const Tensor tensor = Tensor::Of<std::uint16_t>(ScalarType::kBFloat16, {1}, {0});
  EXPECT_THROW(FormatNpy(tensor), Error);
}

}  // namespace
}  // namespace foldproof::exec
