// SPDX-License-Identifier: BSD-3-Clause
//
// Nets that real fusions fold wrongly (golden/wrong_folds, whose record.py says by which and how
// its figures were found): each is told with its figure and its cause, and both programs show it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/harness/verify/golden_pairs.h"
#include "tests/paths.h"

namespace foldproof::verify::wrong_folds_test {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(tests::kSourceFolder) / "golden" / "wrong_folds";

struct Wrong {
  const char* name;
  const char* rule;
};

const Wrong kWrong[] = {
    {"conv_reused", "weight-shared"},       {"eps", "eps-mismatch"},
    {"other_reader", "other-user-changed"}, {"one_norm", "weight-gap"},
    {"linear_inputs", "axis-mismatch"},     {"transposed", "axis-mismatch"},
};

nlohmann::json Truths() {
  std::ifstream in(kFolder / "wrong_folds.json");
  return nlohmann::json::parse(in);
}

// The worst tail of the pair, whose witness both programs were run on.
prove::TailVerdict WorstTail(const std::string& name) {
  VerifyOptions options;
  options.witness = testing::TempDir() + "/foldproof_wrong_folds";
  options.executor = "integer";
  const prove::Verification proof =
      VerificationIn("wrong_folds", name + ".before", name + ".after", options);
  std::filesystem::remove_all(options.witness);
  EXPECT_EQ(proof.verdict, prove::Verdict::kDiffers) << name;
  prove::TailVerdict worst;
  for (const auto& site : proof.sites) {
    for (const auto& tail : site.tails) {
      if (tail.verdict == prove::Verdict::kDiffers) worst = tail;
    }
  }
  return worst;
}

double WorstLsb(const prove::TailVerdict& tail) {
  double worst = 0;
  for (const auto& channel : tail.channels) worst = std::max(worst, channel.reachable.lsb);
  return worst;
}

void ExpectTold(const prove::TailVerdict& tail, const Wrong& wrong) {
  ASSERT_FALSE(tail.causes.empty()) << wrong.name;
  EXPECT_EQ(tail.causes[0].rule, wrong.rule) << wrong.name;
  ASSERT_TRUE(tail.witness) << wrong.name;
  EXPECT_TRUE(tail.witness->confirmed.value_or(false))
      << wrong.name << ": " << tail.witness->why_not_confirmed;
  EXPECT_EQ(tail.witness->level, prove::Witness::Level::kProgram) << wrong.name;
}

TEST(WrongFolds, OfFloatsAreTold) {
  const nlohmann::json truths = Truths();
  for (const Wrong& wrong : kWrong) {
    const prove::TailVerdict tail = WorstTail(wrong.name);
    ExpectTold(tail, wrong);
    const double truth = truths.at(wrong.name).at("float");
    EXPECT_NEAR(WorstLsb(tail) * tail.scale, truth, 1e-5 * (1 + truth)) << wrong.name;
    if (!tail.witness) continue;
    EXPECT_NEAR(tail.witness->observed_lsb.value_or(0) * tail.scale, truth, 1e-5 * (1 + truth))
        << wrong.name;
  }
}

TEST(WrongFolds, BetweenCodesAreTold) {
  const nlohmann::json truths = Truths();
  for (const Wrong& wrong : kWrong) {
    if (!truths.at(wrong.name).contains("codes_lsb")) continue;
    const prove::TailVerdict tail = WorstTail(std::string(wrong.name) + ".codes");
    ExpectTold(tail, wrong);
    const double truth = truths.at(wrong.name).at("codes_lsb");
    EXPECT_GE(WorstLsb(tail), truth - 1e-3) << wrong.name;
    EXPECT_LE(WorstLsb(tail), truth + 1 + 1e-3) << wrong.name;
    if (!tail.witness) continue;
    EXPECT_GE(tail.witness->observed_lsb.value_or(0), truth - 1 - 1e-3) << wrong.name;
  }
}

}  // namespace
}  // namespace foldproof::verify::wrong_folds_test
