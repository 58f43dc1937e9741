// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/shell_word.h"

#include <gtest/gtest.h>

namespace foldproof {
namespace {

TEST(ShellLine, QuotesWhatMeansMoreThanItself) {
  EXPECT_EQ(ShellLine({"foldproof", "verify", "a b.pt2", "--pass", "cp {in} {out}"}),
            "foldproof verify 'a b.pt2' --pass 'cp {in} {out}'");
  EXPECT_EQ(ShellLine({"it's", "", "$HOME", "x;y", "a=b"}), R"('it'\''s' '' '$HOME' 'x;y' a=b)");
  EXPECT_EQ(ShellLine({}), "");
}

}  // namespace
}  // namespace foldproof
