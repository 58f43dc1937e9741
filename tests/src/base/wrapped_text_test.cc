// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/wrapped_text.h"

#include <gtest/gtest.h>

namespace foldproof {
namespace {

TEST(WrappedText, LeavesWhatFitsAsItIs) {
  EXPECT_EQ(WrappedText("", 30), "");
  EXPECT_EQ(WrappedText("a  b\n\n  c\n", 30), "a  b\n\n  c\n");
  EXPECT_EQ(WrappedText(std::string(30, 'x'), 30), std::string(30, 'x'));
}

TEST(WrappedText, BreaksAtWordsAndIndentsWhatGoesOn) {
  EXPECT_EQ(WrappedText("  one two three four five six seven\nnext\n", 30),
            "  one two three four five six\n    seven\nnext\n");
  EXPECT_EQ(WrappedText("one two three four five six seven", 30, 7),
            "one two three four five six\n       seven");
}

TEST(WrappedText, CutsNoWordInTwo) {
  const std::string name(40, 'n');
  EXPECT_EQ(WrappedText("at " + name + " it is", 30), "at\n  " + name + "\n  it is");
}

// What stands in columns keeps its spaces where it is not broken.
TEST(WrappedText, KeepsTheColumnsOfAFirstLine) {
  EXPECT_EQ(WrappedText("  --option      what this option is really for", 40, 16),
            "  --option      what this option is\n                really for");
}

TEST(WrappedText, CountsCharactersNotBytes) {
  const std::string umlauts = "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4";
  EXPECT_EQ(WrappedText(umlauts + " " + umlauts + " " + umlauts, 30),
            umlauts + " " + umlauts + " " + umlauts);
}

// A narrow window has room for words all the same.
TEST(WrappedText, TheIndentLeavesRoom) {
  EXPECT_EQ(WrappedText("a bbbbbbbbbbbbbbbbbbbb ccccccccccccccc", 25, 60),
            "a bbbbbbbbbbbbbbbbbbbb\n     ccccccccccccccc");
}

}  // namespace
}  // namespace foldproof
