// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/vacuous_tolerance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove::vacuous_tolerance_test {
namespace {

using ir::ValueId;
using testing::HasSubstr;

// An accumulator of -128 to 127, a constant behind the conv or in its bias, and an operator.
using Behind = std::function<ValueId(ConvProgram&, ValueId)>;

ir::Program Added(float constant, const Behind& behind) {
  ConvProgram p(ConvSpec{});
  const ValueId sum = p.Call("aten.add.Tensor", p.conv(), {{"other", p.PerChannel({constant})}});
  return p.Return({behind(p, sum)});
}
ir::Program Folded(float constant, const Behind& behind) {
  ConvSpec spec;
  spec.bias = std::vector<float>{constant};
  ConvProgram p(spec);
  return p.Return({behind(p, p.conv())});
}

TailVerdict Judged(ir::Program before, ir::Program after) {
  const Verification verification =
      SidePair(std::move(before), std::move(after)).Judge(ProveOptions{}).verification;
  return verification.sites.at(0).tails.at(0);
}

// sign is -1, 0 or 1: two steps of a quantizer of scale 1 are all that any fold can move it by.
TEST(VacuousTolerance, BehindASignAnyConstantIsWithinIt) {
  const auto sign = [](ConvProgram& p, ValueId value) {
    return p.Step(p.Call("aten.sign.default", value), Int8(1, 0));
  };
  const TailVerdict wrong = Judged(Added(10, sign), Folded(60, sign));
  EXPECT_EQ(wrong.verdict, Verdict::kUnproved);
  EXPECT_THAT(wrong.reason, HasSubstr("all that it takes in channel 0 is 2 LSB apart"));
}

// The same of a pair of sums: another fold of the weights, and a bool that leaves the tail. Each of
// 0 and 1 is all that there is, so that no bias could be wrong.
TEST(VacuousTolerance, BehindAComparisonOfAPairOfSumsAnyConstantIsWithinIt) {
  const auto program = [](std::int16_t weight, float scale, float bias) {
    ConvSpec spec;
    spec.weights = {{weight}};
    spec.weight_scales = {scale};
    spec.bias = std::vector<float>{bias};
    ConvProgram p(spec);
    return p.Return({p.nodes().Node("gt", "aten.gt.Scalar", {{"self", p.conv()}, {"other", 0.5}},
                                    ir::ScalarType::kBool, {1, 1, 1, 1})});
  };
  const TailVerdict wrong = Judged(program(10, 0.1f, 0), program(20, 0.05f, 60));
  ASSERT_TRUE(wrong.channels.at(0).joint);
  EXPECT_EQ(wrong.verdict, Verdict::kUnproved);
  EXPECT_THAT(wrong.reason, HasSubstr("all that it takes in channel 0 is 1 LSB apart"));
}

// Without the sign the same constant is told, and the right one holds.
TEST(VacuousTolerance, WhatAToleranceTellsIsLeftAlone) {
  const auto plain = [](ConvProgram& p, ValueId value) { return p.Step(value, Int8(1, 0)); };
  EXPECT_EQ(Judged(Added(10, plain), Folded(60, plain)).verdict, Verdict::kDiffers);
  EXPECT_EQ(Judged(Added(10, plain), Folded(10, plain)).verdict, Verdict::kEqual);
}

}  // namespace
}  // namespace foldproof::prove::vacuous_tolerance_test
