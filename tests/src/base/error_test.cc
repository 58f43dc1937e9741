// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/error.h"

#include <gtest/gtest.h>

#include <string>

#include "src/base/within.h"

namespace foldproof {
namespace {

TEST(Error, IsOneLine) {
  const Error error(Error::Code::kInput, "a\nb", "c\x1b[31m\r");
  EXPECT_STREQ(error.what(), "a\\x0ab: c\\x1b[31m\\x0d");
}

TEST(Error, KnowsItsExitCode) {
  EXPECT_EQ(Error(Error::Code::kInput, "", "").exit_code(), ExitCode::kUnusable);
  EXPECT_EQ(Error(Error::Code::kUsage, "", "").exit_code(), ExitCode::kUnusable);
  EXPECT_EQ(Error(Error::Code::kOutput, "", "").exit_code(), ExitCode::kInternal);
  EXPECT_EQ(Error(Error::Code::kInternal, "", "").exit_code(), ExitCode::kInternal);
}

TEST(Error, OfAnInputThatIsFineIsUndecided) {
  const Error error = Error(Error::Code::kInput, "node", "why").Undecided();
  EXPECT_EQ(error.exit_code(), ExitCode::kUnproved);
  EXPECT_EQ(error.Within("file").exit_code(), ExitCode::kUnproved);
  EXPECT_EQ(error.code(), Error::Code::kInput);
}

TEST(Printable, EscapesWhatShowsNothing) {
  EXPECT_EQ(Printable("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(Printable("\x7f\xff"), "\\x7f\\xff");
  EXPECT_EQ(Printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right-to-left override
  EXPECT_EQ(Printable("\xc2\x9b"), "\\xc2\\x9b");           // the C1 form of an escape sequence
}

// Half a number would be another one.
TEST(Printable, NeverCutsANumber) {
  EXPECT_EQ(Printable("codes of scale 0.0390625 of x", 20), "codes of scale ...");
  EXPECT_EQ(Printable("up to -1.5e-07 LSB", 9), "up to ...");
  EXPECT_EQ(Printable("up to -1.5e-07 LSB", 14), "up to -1.5e-07...");
  EXPECT_EQ(Printable("of conv2d_12 there", 9), "of conv2d...");  // a name is no number
  EXPECT_EQ(Printable("0123456789abcdef", 8), "01234567...");     // nothing else would be left
  const std::string sentence(900, 'x');
  EXPECT_EQ(PrintableMessage(sentence), sentence);
}

TEST(Printable, CutsLongText) { EXPECT_EQ(Printable(std::string(300, 'x'), 8), "xxxxxxxx..."); }

TEST(Within, PutsThePlaceInFront) {
  try {
    Within("file",
           [] { Within("entry", [] { throw Error(Error::Code::kInput, "node", "why"); }); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "file: entry: node: why");
  }
}

TEST(Within, PassesTheResultOn) {
  EXPECT_EQ(Within("place", [] { return 7; }), 7);
}

}  // namespace
}  // namespace foldproof
