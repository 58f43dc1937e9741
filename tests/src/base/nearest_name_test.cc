// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/nearest_name.h"

#include <gtest/gtest.h>

namespace foldproof {
namespace {

TEST(NearestName, AThirdOfTheLettersMayBeWrong) {
  const std::vector<std::string> names{"verify", "replay", "golden"};
  EXPECT_EQ(NearestName("verfiy", names), "verify");  // two neighbours exchanged
  EXPECT_EQ(NearestName("replya", names), "replay");
  EXPECT_EQ(NearestName("goldn", names), "golden");
  EXPECT_EQ(NearestName("gold", names), std::nullopt);  // two of four
  EXPECT_EQ(NearestName("", names), std::nullopt);
}

TEST(NearestName, AWordOfWhichEveryLetterIsWrongIsNotNear) {
  EXPECT_EQ(NearestName("x", {"y", "z"}), std::nullopt);
  EXPECT_EQ(NearestName("xx", {"x"}), "x");
  EXPECT_EQ(DidYouMean("x", {"y"}), "");
  EXPECT_EQ(DidYouMean("chek", {"check", "update"}), "; did you mean 'check'?");
}

}  // namespace
}  // namespace foldproof
