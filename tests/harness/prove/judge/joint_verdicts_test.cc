// SPDX-License-Identifier: BSD-3-Clause
//
// What is said of pairs of sums, and what is kept of them.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove::joint_verdicts_test {
namespace {

// conv -> q -> dq -> batch_norm of a negative variance is NaN at every input; the same conv with
// other weights and without its batch_norm is a number. One NaN of two channels is enough.
TEST(JointJudge, NothingIsProvedOfWhatIsUndefinedBefore) {
  const auto make = [](std::vector<std::int16_t> weights, std::vector<float> variances) {
    ConvSpec spec;
    spec.weights = {weights, weights};
    spec.weight_scales = {1, 1};
    spec.input = {0.5, 0, -8, 7, ir::ScalarType::kInt8};
    ConvProgram p(spec);
    ir::ValueId value = p.Step(p.conv(), Int8(0.5, 0));
    if (!variances.empty()) value = p.BatchNorm(value, {1, 1}, {0, 0}, {0, 0}, variances, 0);
    return p.Return({value});
  };
  for (const std::vector<float>& variances : {std::vector<float>{-1, -1}, {1, -1}}) {
    const ir::Program before = make({3, -1}, variances), after = make({3, -2}, {});
    const Side b(before), a(after);
    ProveOptions options;
    options.judge.tolerance_lsb = 1000;
    const Proof proof = Prove(b, a, options);
    EXPECT_NE(proof.verification.verdict, Verdict::kEqual);
    EXPECT_NE(proof.verification.verdict, Verdict::kWithin);
    const ChannelVerdict& channel = proof.verification.sites.at(0).tails.at(0).channels.at(1);
    EXPECT_GT(channel.undefined, 0);
    EXPECT_EQ(channel.undefined, channel.reachable.count);
  }
}

// The taps of an input that shows nothing over the allowance would be as large as the weights.
TEST(JointJudge, TapsAreKeptOfWhatBecomesAWitness) {
  const auto make = [](std::vector<std::int16_t> weights) {
    ConvSpec spec;
    spec.weights = {std::move(weights)};
    spec.weight_scales = {1};
    spec.input = {0.5, 0, -8, 7, ir::ScalarType::kInt8};
    ConvProgram p(spec);
    return p.Return({p.Step(p.conv(), Int8(0.5, 0))});
  };
  const ir::Program before = make({3, -1}), after = make({3, -4});
  const Side b(before), a(after);
  const auto judged = [&](const ProveOptions& options) {
    return Prove(b, a, options).verification.sites.at(0).tails.at(0);
  };
  const TailVerdict wrong = judged({});
  ASSERT_EQ(wrong.verdict, Verdict::kDiffers);
  EXPECT_EQ(wrong.channels.at(0).joint->reachable->taps.size(), 2u);
  ProveOptions any;
  any.judge.tolerance_lsb = 1000;
  any.judge.ideal_gap_lsb.reset();
  const TailVerdict allowed = judged(any);
  EXPECT_EQ(allowed.verdict, Verdict::kWithin);
  EXPECT_GT(allowed.channels.at(0).joint->reachable->lsb, 0);
  EXPECT_TRUE(allowed.channels.at(0).joint->reachable->taps.empty());
}

}  // namespace
}  // namespace foldproof::prove::joint_verdicts_test
