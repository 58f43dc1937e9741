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
