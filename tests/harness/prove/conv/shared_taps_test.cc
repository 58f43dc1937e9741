// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/shared_taps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

// Both taps of the conv read the one element of x: A = 2 x + 3 x. `bound` bounds its value.
ir::Program OfOneElement(double bound) {
  ConvSpec spec;
  spec.weights = {{1}};
  ConvProgram p(spec);
  const ir::ValueId twice = p.nodes().Node(
      "cat", "aten.cat.default",
      {{"tensors", std::vector<ir::ValueId>{p.input(), p.input()}}, {"dim", std::int64_t{1}}},
      ir::ScalarType::kFloat32, {1, 2, 1, 1});
  ConvSpec two;
  two.weights = {{2, 3}};
  const ir::ValueId conv = p.nodes().Node(
      "of_one", "aten.conv2d.default",
      {{"input", p.Step(twice, Int8(1.0, 0))}, {"weight", p.AddWeight(two)}, {"bias", ir::None{}}},
      ir::ScalarType::kFloat32, {1, 1, 1, 1});
  return p.Return({p.Call("aten.clamp.default", conv, {{"max", bound}})});
}

TEST(SharedTaps, AreSearchedAsOneTapWithTheSumOfTheirWeights) {
  const ir::Program program = OfOneElement(1e6);
  const Side side(program);
  const ir::Node* conv = nullptr;
  for (const ir::Node& node : program.graph.nodes()) {
    if (node.name == "of_one") conv = &node;
  }
  ASSERT_NE(conv, nullptr);
  const auto read = ReadConvSide(side.view, side.constants, *conv);
  ASSERT_TRUE(read.side) << read.reason;
  const auto found = FindSharedTaps(side.view, *read.side, 0, 8, 12, 11);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->accumulator, 10);
  EXPECT_THAT(found->x, testing::ElementsAre(2, 2));
  EXPECT_FALSE(FindSharedTaps(side.view, *read.side, 0, 11, 14, 12));  // no multiple of 5
}

TEST(SharedTaps, ShowADifference) {
  // Above 623 lie 625, 630 and 635, where both taps are 125, 126 and 127.
  const ir::Program before = OfOneElement(1e6), after = OfOneElement(623);
  const Side b(before), a(after);
  ProveOptions options;
  options.judge.tolerance_lsb = 0;
  options.judge.domain = Domain::kReachable;
  const Verification verification = Prove(b, a, options).verification;
  EXPECT_EQ(verification.verdict, Verdict::kDiffers);
}

}  // namespace
}  // namespace foldproof::prove
