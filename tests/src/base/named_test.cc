// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/named.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace foldproof {

enum class Colour { kRed, kBlue };

template <>
inline constexpr auto kNames<Colour> = std::to_array<Named<Colour>>({{Colour::kBlue, "blue"},
                                                                     {Colour::kRed, "red"}});

namespace {

TEST(Named, ANameLeadsBackToItsValue) {
  for (const Colour colour : {Colour::kRed, Colour::kBlue})
    EXPECT_EQ(Parse<Colour>(NameOf(colour)), colour);
  EXPECT_EQ(NameOf(Colour::kBlue), "blue");
}

TEST(Named, ANameOfNoValueIsNone) {
  EXPECT_EQ(Parse<Colour>("blu"), std::nullopt);
  EXPECT_EQ(Parse<Colour>(""), std::nullopt);
}

TEST(Named, NamesStandInTheOrderOfTheTable) {
  EXPECT_THAT(NamesOf<Colour>(), testing::ElementsAre("blue", "red"));
}

}  // namespace
}  // namespace foldproof
