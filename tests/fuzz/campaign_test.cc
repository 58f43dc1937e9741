// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/campaign.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "fuzz/campaign_report.h"
#include "fuzz/case_files.h"
#include "fuzz/draw_json.h"
#include "fuzz/generator.h"
#include "harness/passes/built_in_pass.h"

namespace foldproof::fuzz {
namespace {

CampaignResult Fuzz(fold::Policy policy, CampaignOptions options) {
  fold::FoldOptions fold;
  fold.policy = policy;
  options.properties.saturation_is_known = policy == fold::Policy::kGuarded;
  return RunCampaign([&] { return std::make_unique<passes::BuiltInPass>(fold); }, options);
}

CampaignOptions Cases(std::uint64_t cases, std::uint64_t seed, int threads = 1) {
  CampaignOptions options;
  options.cases = cases;
  options.seed = seed;
  options.threads = threads;
  return options;
}

// Everything of a report but what it cost.
std::string Told(const CampaignResult& result) {
  auto report = CampaignReport(result, {{}, {"upstream"}, "", 1, "", "", 0});
  report.erase("run");
  return report.dump();
}

TEST(Campaign, SameForAnyNumberOfThreads) {
  const std::string one = Told(Fuzz(fold::Policy::kUpstream, Cases(100, 5)));
  EXPECT_EQ(one, Told(Fuzz(fold::Policy::kUpstream, Cases(100, 5, 3))));
  EXPECT_NE(one, Told(Fuzz(fold::Policy::kUpstream, Cases(100, 6))));
}

TEST(Failure, ThatDiffersFromAnotherInOneChoiceIsTheSame) {
  const NamedChoice unbatched{"batch", "unbatched"}, none{"bias", "none"}, chain{"chain", "none"},
      op{"op", "conv_transpose"};
  Failure known{{"bias-length", "", ""}, {unbatched, none, chain}, {}, 1, 0, 0, 0};
  Failure other = known;
  other.needs = {unbatched, none, op};
  EXPECT_TRUE(Generalize(known, other));
  EXPECT_EQ(known.needs, (std::vector{unbatched, none}));
  EXPECT_FALSE(Generalize(known, other));  // it is explained now
  other.finding.rule = "bias-wrap";
  EXPECT_FALSE(Generalize(other, known));
  Failure one{{"bias-wrap", "", ""}, {none, chain}, {}, 1, 0, 0, 0};
  other.needs = {none, op};
  EXPECT_FALSE(Generalize(one, other));  // one choice in common is too little
}

TEST(Campaign, NoCauseNeedsAllThatAnotherOfItsRuleNeeds) {
  const CampaignResult result = Fuzz(fold::Policy::kUpstream, Cases(400, 2));
  EXPECT_GT(result.failures.size(), 10u);
  for (const Failure& plainer : result.failures) {
    for (const Failure& failure : result.failures) {
      if (&plainer == &failure) continue;
      EXPECT_FALSE(plainer.Explains(failure.finding.rule, failure.needs)) << failure.finding.rule;
    }
  }
}

TEST(Campaign, UpstreamFailsAndItsCasesAreSmall) {
  const CampaignResult result = Fuzz(fold::Policy::kUpstream, Cases(300, 1));
  EXPECT_EQ(result.cases, 300u);
  EXPECT_EQ(result.refused + result.proved + result.unproved + result.failed, 300u);
  std::set<std::string> rules;
  for (const Failure& failure : result.failures) {
    rules.insert(failure.finding.rule);
    EXPECT_LE(failure.needs.size(), 8u) << failure.finding.rule;
    // Plain but for what it needs: 2 to 4 channels on 2 to 4 positions.
    EXPECT_LE(failure.draw.size, 3) << failure.finding.rule;
  }
  EXPECT_TRUE(rules.contains("chain-survives"));
  EXPECT_TRUE(rules.contains("undefined-before"));
}

TEST(Campaign, GoesOnWhereItsReportEnded) {
  const CampaignResult whole = Fuzz(fold::Policy::kUpstream, Cases(128, 9));
  const CampaignResult half = Fuzz(fold::Policy::kUpstream, Cases(64, 9));
  const auto report =
      nlohmann::json::parse(CampaignReport(half, {{}, {"upstream"}, "", 1, "", "", 0}).dump());
  CampaignOptions more = Cases(64, 9);
  more.before = ResultOf(report);
  const CampaignResult both = Fuzz(fold::Policy::kUpstream, more);
  EXPECT_EQ(both.cases, whole.cases);
  EXPECT_EQ(both.failed, whole.failed);
  EXPECT_EQ(both.failures.size(), whole.failures.size());
}

TEST(Campaign, OnlyTheRulesThatAreAskedForAreFailures) {
  CampaignOptions options = Cases(300, 1);
  options.properties.rules = {"saturation"};
  for (const Failure& failure : Fuzz(fold::Policy::kUpstream, options).failures) {
    EXPECT_EQ(failure.finding.rule, "saturation");
  }
}

TEST(Campaign, HurriedItShrinksNothingAndListsARuleOnce) {
  CampaignOptions options = Cases(64, 1);
  options.hurry = [] { return true; };
  const CampaignResult hurried = Fuzz(fold::Policy::kUpstream, options);
  const CampaignResult whole = Fuzz(fold::Policy::kUpstream, Cases(64, 1));
  EXPECT_EQ(hurried.cases, 64u);
  EXPECT_EQ(hurried.failed, whole.failed);  // all are counted
  std::set<std::string> rules;
  for (const Failure& failure : hurried.failures) {
    EXPECT_TRUE(rules.insert(failure.finding.rule).second) << failure.finding.rule;
    EXPECT_EQ(failure.draw, DrawCase(1, failure.first).value()) << failure.finding.rule;
  }
  std::set<std::string> all;
  for (const Failure& failure : whole.failures) all.insert(failure.finding.rule);
  EXPECT_EQ(rules, all);
}

// Whatever was found on the way: a case is shrunk to the end, or as it was drawn.
TEST(Campaign, HurriedAmidShrinkingACauseIsAsItWasDrawn) {
  const CampaignResult whole = Fuzz(fold::Policy::kUpstream, Cases(64, 1));
  ASSERT_FALSE(whole.failures.empty());
  EXPECT_TRUE(whole.failures.front().shrunk);
  for (const int most : {2, 4, 8, 16}) {
    CampaignOptions options = Cases(64, 1);
    int asked = 0;
    options.hurry = [&] { return ++asked > most; };
    const CampaignResult result = Fuzz(fold::Policy::kUpstream, options);
    ASSERT_FALSE(result.failures.empty());
    const Failure& first = result.failures.front();
    EXPECT_EQ(first.finding.rule, whole.failures.front().finding.rule);
    EXPECT_FALSE(first.shrunk);
    EXPECT_EQ(first.draw, DrawCase(1, first.first).value());
    EXPECT_NE(first.draw, whole.failures.front().draw);
  }
}

// A campaign that ends by time looks at one case of each rule before it looks at a second one, and
// what it shrinks is what one without an end makes of the same case.
TEST(Campaign, ThatEndsByTimeShrinksEachRuleFirst) {
  const CampaignResult whole = Fuzz(fold::Policy::kUpstream, Cases(64, 1));
  std::set<std::string> rules;
  for (const Failure& failure : whole.failures) rules.insert(failure.finding.rule);
  ASSERT_GT(rules.size(), 2u);
  ASSERT_GT(whole.failures.size(), rules.size());
  CampaignOptions options = Cases(64, 1);
  options.seconds = [] { return 0.0; };
  options.ends_at = 1;  // of a clock that stands still
  std::size_t found = 0;
  std::set<std::string> first;
  options.found = [&](const Failure& failure) -> std::optional<Finding> {
    if (found++ < rules.size()) first.insert(failure.finding.rule);
    return std::nullopt;
  };
  const CampaignResult result = Fuzz(fold::Policy::kUpstream, options);
  EXPECT_EQ(result.cases, 64u);
  EXPECT_EQ(result.failed, whole.failed);
  EXPECT_EQ(first, rules);
  for (const Failure& failure : result.failures) {
    EXPECT_TRUE(failure.shrunk);
    for (const Failure& other : whole.failures) {
      if (other.first != failure.first || other.finding.rule != failure.finding.rule) continue;
      EXPECT_EQ(failure.draw, other.draw);
    }
  }
}

CampaignResult FuzzWeights(const char* engine, CampaignOptions options) {
  const fold::FoldOptions fold = passes::OptionsNamed(engine).value();
  options.properties.family = Family::kConvBn;
  options.properties.weights = fold::ModeOf(fold);
  return RunCampaign([&] { return std::make_unique<passes::BuiltInPass>(fold); }, options);
}

TEST(Campaign, OfTheFoldsIntoWeightsFindsNoFailure) {
  for (const char* engine : {"conv-bn guarded requantize", "conv-bn repair requantize",
                             "conv-bn guarded rescale", "conv-bn repair rescale"}) {
    const CampaignResult result = FuzzWeights(engine, Cases(200, 4));
    EXPECT_EQ(result.failed, 0u) << engine;
    EXPECT_GT(result.proved, 60u) << engine;
  }
}

// Else a long campaign would hold a reason for nearly every unproved case.
TEST(Campaign, CountsReasonsWithoutTheirFigures) {
  const CampaignResult result = FuzzWeights("conv-bn repair rescale", Cases(400, 1));
  std::uint64_t counted = 0, enumerated = 0;
  for (const auto& [reason, count] : result.unproved_reasons) {
    counted += count;
    if (reason.ends_with("; n accumulators are too many to enumerate")) enumerated += count;
    EXPECT_EQ(reason.find("; 1"), std::string::npos) << reason;
  }
  EXPECT_EQ(counted, result.unproved);
  EXPECT_GT(enumerated, 2u);
}

// Another family has other dimensions, so that neither coverage nor draws go together.
TEST(Campaign, DoesNotGoOnFromOneOfOtherPrograms) {
  const CampaignResult chains = Fuzz(fold::Policy::kGuarded, Cases(8, 1));
  CampaignOptions more = Cases(8, 1);
  more.before = ResultOf(nlohmann::json::parse(Told(chains)));
  EXPECT_THROW(FuzzWeights("conv-bn guarded rescale", more), Error);
  const CampaignResult weights = FuzzWeights("conv-bn guarded rescale", Cases(8, 1));
  more.before = ResultOf(nlohmann::json::parse(Told(weights)));
  EXPECT_EQ(FuzzWeights("conv-bn guarded rescale", more).cases, 16u);
  EXPECT_THROW(Fuzz(fold::Policy::kGuarded, more), Error);
}

TEST(DrawJson, ReadsWhatItWrites) {
  for (std::uint64_t i = 0; i < 500; ++i) {
    const Draw draw = DrawCase(3, i).value();
    const nlohmann::json json = nlohmann::json::parse(JsonOf(draw).dump());
    EXPECT_EQ(DrawOf(JsonField(json)), draw);
  }
}

TEST(DrawJson, RefusesWhatIsNoChoice) {
  const auto refusal = [](const char* text) {
    const nlohmann::json json = nlohmann::json::parse(text);
    try {
      DrawOf(JsonField(json));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal(R"({"blocks": [{"gamma": "green"}]})"),
            "blocks[0].gamma: has no choice 'green'");
  EXPECT_EQ(refusal(R"({"colour": "green", "blocks": [{}]})"),
            "has 'colour', which is no dimension of a draw");
  EXPECT_EQ(refusal(R"({"blocks": []})"), "blocks: has no block");
  EXPECT_EQ(refusal("[]"), "must be an object");
}

}  // namespace
}  // namespace foldproof::fuzz
