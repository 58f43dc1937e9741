// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/tolerance_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/compare/program_pairs.h"

namespace foldproof::compare {
namespace {

using ::testing::HasSubstr;

TEST(ToleranceFile, HasADefaultAndSites) {
  const ToleranceFile file = ParseToleranceFile(
      R"({"default": 1.5, "sites": [{"match": "conv2d_1*", "tolerance": 2.0},
                                    {"match": "*", "tolerance": "derived"}]})");
  EXPECT_EQ(file.otherwise, 1.5);
  ASSERT_EQ(file.sites.size(), 2u);
  EXPECT_EQ(file.sites[0].match, "conv2d_1*");
  EXPECT_EQ(file.sites[0].lsb, 2.0);
  EXPECT_EQ(file.sites[1].lsb, std::nullopt);
}

TEST(ToleranceFile, OfNothingDerivesAll) {
  const ToleranceFile file = ParseToleranceFile("{}");
  EXPECT_EQ(file.otherwise, std::nullopt);
  EXPECT_TRUE(file.sites.empty());
}

TEST(ToleranceFile, WhatIsWrongIsSaid) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "is not JSON"},
      {"[]", "must be an object"},
      {"{\"default\": -1}", "default: must be a finite number >= 0"},
      {"{\"default\": 1e999}", "is not JSON"},
      {"{\"default\": \"much\"}", "default: must be"},
      {"{\"defaults\": 1}", "defaults: is no key"},
      {"{\"sites\": {}}", "sites: must be a list"},
      {"{\"sites\": [1]}", "sites[0]: must be an object"},
      {"{\"sites\": [{\"match\": \"a\"}]}", "sites[0]: has no 'tolerance'"},
      {"{\"sites\": [{\"tolerance\": 1}]}", "sites[0]: has no 'match'"},
      {"{\"sites\": [{\"match\": \"\", \"tolerance\": 1}]}",
       "sites[0].match: must be a pattern of names"},
      {"{\"sites\": [{\"match\": \"a\", \"tolerance\": null}]}", "sites[0].tolerance: must be"},
      {"{\"sites\": [[[[[1]]]]]}", "nests more than 4"},
  };
  for (const auto& [text, why] : wrong) {
    try {
      ParseToleranceFile(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Error::Code::kInput);
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  }
}

TEST(Glob, StarIsAnyTextAndQuestionMarkOneCharacter) {
  EXPECT_TRUE(MatchesGlob("conv2d", "conv2d"));
  EXPECT_FALSE(MatchesGlob("conv2d", "conv2d_1"));
  EXPECT_TRUE(MatchesGlob("conv2d*", "conv2d_1"));
  EXPECT_TRUE(MatchesGlob("*", ""));
  EXPECT_TRUE(MatchesGlob("*_1*", "conv2d_1"));
  EXPECT_TRUE(MatchesGlob("conv?d_?", "conv2d_1"));
  EXPECT_FALSE(MatchesGlob("conv?d_?", "conv2d_11"));
  EXPECT_TRUE(MatchesGlob("*a*b", "aXbab"));
  EXPECT_FALSE(MatchesGlob("*a*b", "aXba"));
}

// A bad case for a matcher that tries everything: 2^30 ways, and none fits.
TEST(Glob, ManyStarsTakeNoTime) {
  EXPECT_FALSE(MatchesGlob("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(500, 'a')));
}

// The two sites of fused_residual need 20 LSB: allowed for one alone.
TEST(ToleranceFile, SetsTheToleranceOfSingleSites) {
  const Loaded before(Golden("fused_residual.before.pt2"));
  const Loaded after(Golden("fused_residual.after.pt2"));
  prove::ProveOptions options;
  ParseToleranceFile(R"({"sites": [{"match": "conv2d_1", "tolerance": 25}]})")
      .Apply(before.program, options);
  EXPECT_EQ(options.site_tolerances.size(), 1u);
  const prove::Proof proof = prove::Prove(before.side, after.side, options);
  ASSERT_EQ(proof.verification.sites.size(), 2u);
  EXPECT_EQ(proof.verification.sites[0].verdict, prove::Verdict::kDiffers);
  EXPECT_LT(proof.verification.sites[0].tails[0].tolerance_lsb, 20);
  EXPECT_EQ(proof.verification.sites[1].verdict, prove::Verdict::kWithin);
  EXPECT_EQ(proof.verification.sites[1].tails[0].tolerance_lsb, 25);
}

}  // namespace
}  // namespace foldproof::compare
