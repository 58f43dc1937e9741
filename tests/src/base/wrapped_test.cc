// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/wrapped.h"

#include <gtest/gtest.h>

namespace foldproof {
namespace {

TEST(Wrapped, LeavesWhatFitsAsItIs) {
  EXPECT_EQ(Wrapped("", 30), "");
  EXPECT_EQ(Wrapped("a  b\n\n  c\n", 30), "a  b\n\n  c\n");
  EXPECT_EQ(Wrapped(std::string(30, 'x'), 30), std::string(30, 'x'));
}

TEST(Wrapped, BreaksAtWordsAndIndentsWhatGoesOn) {
  EXPECT_EQ(Wrapped("  one two three four five six seven\nnext\n", 30),
            "  one two three four five six\n    seven\nnext\n");
  EXPECT_EQ(Wrapped("one two three four five six seven", 30, 7),
            "one two three four five six\n       seven");
}

TEST(Wrapped, CutsNoWordInTwo) {
  const std::string name(40, 'n');
  EXPECT_EQ(Wrapped("at " + name + " it is", 30), "at\n  " + name + "\n  it is");
}

// What stands in columns keeps its spaces where it is not broken.
TEST(Wrapped, KeepsTheColumnsOfAFirstLine) {
  EXPECT_EQ(Wrapped("  --option      what this option is for", 30, 16),
            "  --option      what this\n                option is for");
}

TEST(Wrapped, CountsCharactersNotBytes) {
  const std::string umlauts = "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4";
  EXPECT_EQ(Wrapped(umlauts + " " + umlauts + " " + umlauts, 30),
            umlauts + " " + umlauts + " " + umlauts);
}

// A narrow window has room for words all the same.
TEST(Wrapped, TheIndentLeavesRoom) {
  EXPECT_EQ(Wrapped("a bbbbbbbbbbbbbbbbbbbb ccccccccccccccc", 25, 60),
            "a bbbbbbbbbbbbbbbbbbbb\n     ccccccccccccccc");
}

}  // namespace
}  // namespace foldproof
