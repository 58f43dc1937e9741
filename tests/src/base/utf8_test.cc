// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/utf8.h"

#include <gtest/gtest.h>

namespace foldproof {
namespace {

TEST(Utf8, TakesWellFormedText) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("plain"));
  EXPECT_TRUE(IsUtf8("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
}

TEST(Utf8, RefusesAnythingElse) {
  EXPECT_FALSE(IsUtf8("\x80"));              // a continuation first
  EXPECT_FALSE(IsUtf8("\xc3"));              // cut off
  EXPECT_FALSE(IsUtf8("\xc0\xaf"));          // overlong '/'
  EXPECT_FALSE(IsUtf8("\xe0\x80\xaf"));      // overlong '/'
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));      // a surrogate
  EXPECT_FALSE(IsUtf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(IsUtf8("a\xff"));
}

}  // namespace
}  // namespace foldproof
