// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/unread_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/harness/prove/float_net.h"

namespace foldproof::prove::unread_features_test {
namespace {

using nets::FloatNet;
using testing::HasSubstr;
using testing::Not;

std::string ReasonsOf(const Verification& proof) {
  std::string out;
  for (const UnprovedPart& part : proof.unproved) out += part.reason + "\n";
  return out;
}

// A linear whose sum goes through one call more.
ir::Program Net(const std::string& target, const FloatNet::Arguments& arguments) {
  FloatNet net({1, 2});
  const ir::ValueId sum = net.Linear(net.x(), {1, 2}, {1, 2}, {0});
  FloatNet::Arguments all{{"input", sum}};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return net.Return({net.Call(target, all, {1, 1})});
}

ir::Program NetWithRelu() {
  FloatNet net({1, 2});
  return net.Return({net.Relu(net.Linear(net.x(), {1, 2}, {1, 2}, {0}))});
}

TEST(UnreadFeatures, ADropoutInTrainingModeIsTheFirstReason) {
  for (const std::string target : {"aten.dropout.default", "aten.native_dropout.default"}) {
    const ir::Program program = Net(target, {{"p", 0.5}, {"train", true}});
    const Verification proof = nets::Verified(program, program);
    EXPECT_EQ(proof.verdict, Verdict::kUnproved);
    ASSERT_FALSE(proof.unproved.empty());
    EXPECT_THAT(proof.unproved[0].reason, HasSubstr("a dropout in training mode"));
    EXPECT_THAT(proof.unproved[0].reason, HasSubstr("export the model after .eval()"));
  }
}

// What run_decompositions makes of a batch_norm in training mode.
TEST(UnreadFeatures, ADecomposedNormOfTheBatchIsTheFirstReason) {
  const std::string target = "aten._native_batch_norm_legit_functional.default";
  const Verification proof = nets::Verified(Net(target, {{"training", true}}), NetWithRelu());
  EXPECT_EQ(proof.verdict, Verdict::kUnproved);
  ASSERT_FALSE(proof.unproved.empty());
  EXPECT_THAT(proof.unproved[0].reason, HasSubstr("a batch_norm in training mode"));
  EXPECT_THAT(proof.unproved[0].reason, HasSubstr("export the model after .eval()"));
}

// An instance_norm is decomposed into it in evaluation mode, so another export changes nothing.
TEST(UnreadFeatures, ANormWithoutStatisticsIsNotSaidToBeInTrainingMode) {
  const ir::Program program = Net("aten._native_batch_norm_legit.no_stats", {{"weight", ir::None{}},
                                                                             {"bias", ir::None{}},
                                                                             {"training", true},
                                                                             {"momentum", 0.1},
                                                                             {"eps", 1e-5}});
  const std::string reasons = ReasonsOf(nets::Verified(program, NetWithRelu()));
  EXPECT_THAT(reasons, HasSubstr("a normalization that keeps no running statistics"));
  EXPECT_THAT(reasons, Not(HasSubstr("training mode")));
}

}  // namespace
}  // namespace foldproof::prove::unread_features_test
