// SPDX-License-Identifier: BSD-3-Clause
//
// Folds that change the weights, on nets small enough that every input was run: golden/weights has
// the pairs, and in weights.json the fault that was put into each and the truth of each channel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/harness/verify/golden_pairs.h"
#include "tests/paths.h"

namespace foldproof::verify::weight_truths_test {
namespace {

// What each fault must be called.
const std::map<std::string, std::string> kRules{
    {"eps", "eps-mismatch"},      {"sign", "gamma-sign"},         {"axis", "axis-mismatch"},
    {"bias_scale", "bias-scale"}, {"keep_scale", "scale-kept"},   {"mean", "mean-ignored"},
    {"twice", "folded-twice"},    {"truncate", "weight-rounding"}};

// Two faults that no weight shows: no gamma is negative in the one, and in the other no code that
// was truncated is further from the exact number than a nearest one may be.
const std::set<std::string> kWithoutTrace{"w_conv1d_to_int8_sign_1",
                                          "w_depthwise_requant_pt_truncate_1"};

struct Case {
  std::string name;
  std::string fault;  // empty: a right fold
  double error = 0;   // how far a figure may be off, LSB: float sums may be rounded in any order
  std::vector<double> reachable, calibrated, ideal;
};

std::vector<Case> Cases() {
  std::ifstream in(std::string(tests::kSourceFolder) + "/golden/weights/weights.json");
  std::vector<Case> out;
  for (const auto& item : nlohmann::json::parse(in)) {
    out.push_back({item.at("name"), item.at("fault").is_null() ? "" : item.at("fault"),
                   item.at("exact").get<bool>() ? 1e-3 : 1.001, item.at("lsb"),
                   item.at("calibrated"), item.at("ideal_gap_lsb")});
  }
  return out;
}

prove::Verification VerificationOf(const Case& one) {
  return VerificationIn("weights", one.name + ".before", one.name + ".after");
}

std::set<std::string> RulesOf(const prove::Verification& proof) {
  std::set<std::string> out;
  for (const auto& cause : proof.sites[0].tails[0].causes) out.insert(cause.rule);
  return out;
}

TEST(WeightTruths, LieBetweenWhatIsBuiltAndWhatIsProved) {
  std::size_t bounds = 0, exact = 0, near = 0, built = 0;
  for (const Case& one : Cases()) {
    const prove::Verification proof = VerificationOf(one);
    ASSERT_EQ(proof.sites.size(), 1u) << one.name;
    ASSERT_EQ(proof.sites[0].tails.size(), 1u) << one.name;
    const auto& channels = proof.sites[0].tails[0].channels;
    ASSERT_EQ(channels.size(), one.reachable.size()) << one.name;
    for (std::size_t c = 0; c < channels.size(); ++c) {
      const auto check = [&](const prove::DomainFigures& figures, double truth) {
        const double least = figures.at_least.value_or(figures.lsb);
        EXPECT_GE(figures.lsb, truth - one.error) << one.name << ", channel " << c;
        EXPECT_LE(least, truth + one.error) << one.name << ", channel " << c;
        ++bounds;
        exact += std::abs(figures.lsb - truth) <= one.error;
        near += figures.lsb - truth <= 1 + one.error;
        built += truth - least <= 1 + one.error;
      };
      check(channels[c].reachable, one.reachable[c]);
      check(channels[c].calibrated, one.calibrated[c]);
      ASSERT_TRUE(channels[c].ideal) << one.name;
      const double lsb = proof.sites[0].tails[0].scale;
      EXPECT_NEAR(channels[c].ideal->gap / lsb, one.ideal[c], 1e-3 + 1e-3 * one.ideal[c])
          << one.name << ", channel " << c;
    }
  }
  EXPECT_GE(bounds, 200u);
  EXPECT_GE(100 * exact, 95 * bounds);
  EXPECT_GE(100 * near, 99 * bounds);
  EXPECT_GE(100 * built, 95 * bounds);
}

TEST(WeightTruths, EveryFaultIsToldByItsName) {
  int faults = 0;
  for (const Case& one : Cases()) {
    if (one.fault.empty() || kWithoutTrace.contains(one.name)) continue;
    const prove::Verification proof = VerificationOf(one);
    EXPECT_EQ(proof.verdict, prove::Verdict::kDiffers) << one.name;
    EXPECT_TRUE(RulesOf(proof).contains(kRules.at(one.fault)))
        << one.name << ": " << testing::PrintToString(RulesOf(proof));
    ++faults;
  }
  EXPECT_EQ(faults, 22);
}

TEST(WeightTruths, NoRightFoldIsBlamed) {
  for (const Case& one : Cases()) {
    if (!one.fault.empty() && !kWithoutTrace.contains(one.name)) continue;
    const prove::Verification proof = VerificationOf(one);
    EXPECT_NE(proof.verdict, prove::Verdict::kDiffers) << one.name;
    EXPECT_THAT(RulesOf(proof), testing::IsEmpty()) << one.name;
  }
}

}  // namespace
}  // namespace foldproof::verify::weight_truths_test
