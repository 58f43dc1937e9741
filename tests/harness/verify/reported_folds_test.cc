// SPDX-License-Identifier: BSD-3-Clause
//
// Folds that people reported as public bugs, rebuilt as programs, and pairs cut out of real models
// (golden/reported): what each must be told to be. The figures are the issue's, of PyTorch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>

#include "tests/harness/verify/golden_pairs.h"

namespace foldproof::verify::reported_folds_test {
namespace {

using prove::Verdict;

struct Reported {
  std::string before, after;
  Verdict verdict;
  // The worst difference where nothing was clipped before, LSB, between these.
  double low, high;
  std::string rule;  // of a difference
};

constexpr auto kWithin = Verdict::kWithin;

void PrintTo(const Reported& pair, std::ostream* out) { *out << pair.after; }

class ReportedFold : public testing::TestWithParam<Reported> {};

double WorstCalibrated(const prove::Verification& proof) {
  double worst = 0;
  for (const auto& site : proof.sites) {
    for (const auto& tail : site.tails) {
      for (const auto& channel : tail.channels) {
        worst = std::max(worst, channel.calibrated.MostLsb());
      }
    }
  }
  return worst;
}

std::optional<std::string> FirstRule(const prove::Verification& proof) {
  for (const auto& site : proof.sites) {
    for (const auto& tail : site.tails) {
      if (!tail.causes.empty()) return tail.causes[0].rule;
    }
  }
  return std::nullopt;
}

TEST_P(ReportedFold, IsToldAsItIs) {
  const Reported& pair = GetParam();
  const prove::Verification proof = VerificationIn("reported", pair.before, pair.after);
  EXPECT_EQ(proof.verdict, pair.verdict);
  EXPECT_GE(WorstCalibrated(proof), pair.low - 1e-3);
  EXPECT_LE(WorstCalibrated(proof), pair.high + 1e-3);
  if (!pair.rule.empty()) EXPECT_EQ(FirstRule(proof), pair.rule);
}

constexpr auto kDiffers = Verdict::kDiffers;

INSTANTIATE_TEST_SUITE_P(
    Public, ReportedFold,
    testing::Values(
        Reported{"act_celu.before", "act_celu.upstream", kWithin, 1, 1, ""},
        Reported{"act_erf.before", "act_erf.upstream", kWithin, 1, 1, ""},
        Reported{"act_elu.before", "act_elu.upstream", kWithin, 1, 1, ""},
        Reported{"lin_fold.before", "lin_fold.after", kWithin, 1, 1, ""},
        Reported{"foldscale_bn", "foldscale_right", kWithin, 0, 1, ""},
        Reported{"ct_bn", "ct_right", kWithin, 0, 1, ""},
        // The scales of a transposed conv's weight were folded along its inputs.
        Reported{"ct_bn", "ct_wrong", kDiffers, 15, 255, "axis-mismatch"},
        Reported{"bias_float", "bias_clip", kDiffers, 100, 100, "bias-clamp"},
        Reported{"bias_float", "bias_rescale", kWithin, 0, 1, ""},
        // Three taps of a right requantization add up: PyTorch shows 2 LSB, a built input 3.
        Reported{"wrescale.before", "wrescale.after", kWithin, 2, 3, ""},
        // A residual sum reads the conv whose bias took in the batch_norm.
        Reported{"fanout_skip.before", "fanout_skip.real", kDiffers, 19, 19, "other-user-changed"},
        Reported{"dec_plain.before", "dec_functional.before", Verdict::kEqual, 0, 0, ""},
        Reported{"dec_core.before", "dec_core.repair", kWithin, 0, 1, ""},
        Reported{"dyn_twobn.before", "dyn_twobn.upstream", kDiffers, 25, 25, ""},
        // A conv reads a weight that is written into, so it is not judged; behind it is a relu
        // more.
        Reported{"relu_behind_written.before", "relu_behind_written.after", kDiffers, 0, 0, ""},
        // Right requantizations by scales along the inputs of a linear.
        Reported{"axis1_linear.before", "axis1_linear.after", kWithin, 0, 2, ""},
        Reported{"se_mini_1.before", "se_mini_1.upstream", kWithin, 0, 2, ""}));

INSTANTIATE_TEST_SUITE_P(
    Models, ReportedFold,
    testing::Values(
        Reported{"bilinear.xpc.tao.before", "bilinear.xpc.tao.after", kWithin, 0, 3, ""},
        Reported{"chunk.xpc.tao.before", "chunk.xpc.tao.after", kWithin, 0, 3, ""},
        Reported{"dropout_.cad.fuse.before", "dropout_.cad.fuse.after", kWithin, 0, 3, ""},
        Reported{"edge_qb.before", "edge_qb.after", kWithin, 0, 3, ""},
        Reported{"silu.xpc.qb.before", "silu.xpc.qb.after", kWithin, 0, 3, ""},
        // In float32 steps: nothing is quantized.
        Reported{"linbn.aofloat.before", "linbn.aofloat.after", kWithin, 0, 100, ""},
        // A weight's code depends on how a square root is rounded, so it cannot be `equal`.
        Reported{"sqrtcode.before", "sqrtcode.after", kWithin, 1, 1, ""},
        // One code of 640 is another where gamma / sqrt(v) is taken as gamma * rsqrt(v).
        Reported{"onecode.before", "onecode.after", kWithin, 1, 1, ""},
        // conv2d before a lowering to the edge dialect, convolution behind it.
        Reported{"edge_lower.before", "edge_lower.after", Verdict::kEqual, 0, 0, ""}));

// log(1 + exp(x)) up to x = 33: float32's rounding in front of exp is 10^14 times as large behind
// it.
TEST(ReportedFolds, RoundingInFrontOfExpIsNoWrongConstant) {
  const prove::Verification proof = VerificationIn("reported", "log1pexp.before", "log1pexp.after");
  EXPECT_EQ(proof.verdict, Verdict::kUnproved);
  EXPECT_EQ(FirstRule(proof), std::nullopt);
}

std::string ReasonsOf(const prove::Verification& proof) {
  std::string out;
  for (const auto& part : proof.unproved) out += part.node + ": " + part.reason + "\n";
  return out;
}

// One conv that is judged in none of them hides no other, and the reason is one that a user of the
// feature understands.
TEST(ReportedFolds, FeaturesThatAreNotLookedIntoAreNamed) {
  const auto half = VerificationIn("reported", "half_bf16.before", "half_bf16.real");
  EXPECT_EQ(half.verdict, Verdict::kUnproved);
  EXPECT_EQ(half.unjudged_convs, 1u);
  EXPECT_THAT(ReasonsOf(half), testing::HasSubstr("conv2d: it computes in bfloat16"));
  const auto training =
      VerificationIn("reported", "training_noeval.tao_before", "training_noeval.tao_after");
  // The cause stands in front of what follows from it.
  ASSERT_FALSE(training.unproved.empty());
  EXPECT_THAT(training.unproved[0].reason, testing::HasSubstr("a batch_norm in training mode"));
  const auto reference = VerificationIn("reported", "reference_ref.before", "reference_ref.after");
  EXPECT_THAT(ReasonsOf(reference), testing::HasSubstr("the reference representation"));
  const auto branch = VerificationIn("reported", "io_cond.before", "io_cond.before");
  EXPECT_THAT(ReasonsOf(branch), testing::HasSubstr("control flow (higher_order.cond)"));
}

// Weights were folded in front of SiLU, and every bias is 0.6 LSB wrong: within the tolerance, and
// told by the ideals.
TEST(ReportedFolds, AWrongConstantInFrontOfACurveIsAnIdealGap) {
  const prove::Verification proof =
      VerificationIn("reported", "silu_bias.before", "silu_bias.after");
  EXPECT_EQ(proof.verdict, Verdict::kDiffers);
  EXPECT_EQ(FirstRule(proof), "ideal-gap");
}

}  // namespace
}  // namespace foldproof::verify::reported_folds_test
