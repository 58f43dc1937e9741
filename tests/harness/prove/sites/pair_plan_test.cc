// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/pair_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;
using testing::Pair;

using Steps = std::vector<ir::QuantParams>;

// conv (input scale 4) -> quantize -> dequantize -> quantize -> ...: step k is the instructions 2k
// and 2k + 1, and its codes are register 2k + 1, its floats register 2k + 2.
ir::Program Chain(const Steps& steps) {
  ConvSpec spec;
  spec.input = Int8(4.0, 0);
  ConvProgram p(spec);
  ir::ValueId value = p.conv();
  for (const ir::QuantParams& params : steps) value = p.Step(value, params);
  return p.Return({value});
}

PairPlan Plan(const ir::Program& before, const ir::Program& after) {
  const ReadProgram b(before);
  const ReadProgram a(after);
  return PlanPair(*b.site, *a.site, 0, 0, false);
}

// docs/proof.md, eq. 10: one LSB is the smaller scale of the nearest dequantize on either side.
TEST(PairPlan, TheLsbIsTheSmallerScale) {
  EXPECT_EQ(Plan(Chain({Int8(0.5, 0)}), Chain({Int8(0.25, 0)})).lsb, 0.25);
  EXPECT_EQ(Plan(Chain({Int8(0.125, 0)}), Chain({Int8(0.25, 0)})).lsb, 0.125);
  // The last step of a side counts, not its finest.
  EXPECT_EQ(Plan(Chain({Int8(0.125, 0), Int8(2.0, 0)}), Chain({Int8(8.0, 0)})).lsb, 2.0);
}

TEST(PairPlan, WithoutADequantizeBehindTheConvTheLsbIsTheInputsScale) {
  EXPECT_EQ(Plan(Chain({}), Chain({})).lsb, 4.0);
  EXPECT_EQ(Plan(Chain({}), Chain({Int8(0.5, 0)})).lsb, 0.5);
}

TEST(PairPlan, OperatorsBehindTheDequantizeChangeNoLsb) {
  ConvProgram p(ConvSpec{});
  const ir::ValueId relu = p.Call("aten.relu.default", p.Step(p.conv(), Int8(0.5, 0)));
  const ir::Program program =
      p.Return({p.Call("aten.mul.Tensor", relu, {{"other", p.PerChannel({64})}})});
  const PairPlan plan = Plan(program, program);
  EXPECT_EQ(plan.lsb, 0.5);
  EXPECT_FALSE(plan.codes);  // 64 * 0.5 is a code no more
}

TEST(PairPlan, CodesThatLeaveAreTheirOwnUnit) {
  ConvProgram p(ConvSpec{});
  const ir::Program program = p.Return({p.Quantize(p.conv(), Int8(0.5, 0))});
  const PairPlan plan = Plan(program, program);
  EXPECT_EQ(plan.lsb, 1.0);
  EXPECT_THAT(plan.codes.value(), Pair(1, 1));
}

TEST(PairPlan, CodesOfEqualQuantizersAreCompared) {
  EXPECT_THAT(Plan(Chain({Int8(0.5, 3)}), Chain({Int8(0.5, 3)})).codes.value(), Pair(1, 1));
  // Before has another step in front: its last codes are register 2 * 1 + 1.
  EXPECT_THAT(Plan(Chain({Int8(2.0, 0), Int8(0.5, 3)}), Chain({Int8(0.5, 3)})).codes.value(),
              Pair(3, 1));
}

TEST(PairPlan, AMoveHidesNoCodes) {
  ConvProgram p(ConvSpec{});
  const ir::Program program =
      p.Return({p.Call("aten.clone.default", p.Step(p.conv(), Int8(0.5, 3)))});
  EXPECT_THAT(Plan(program, program).codes.value(), Pair(1, 1));
}

TEST(PairPlan, CodesOfUnequalQuantizersAreNotCompared) {
  const Steps plain{Int8(0.5, 3)};
  EXPECT_FALSE(Plan(Chain(plain), Chain({Int8(0.25, 3)})).codes);
  EXPECT_FALSE(Plan(Chain(plain), Chain({Int8(0.5, 4)})).codes);
  EXPECT_FALSE(Plan(Chain(plain), Chain({{0.5, 3, -127, 127, ir::ScalarType::kInt8}})).codes);
  EXPECT_FALSE(Plan(Chain(plain), Chain({Int16(0.5, 3)})).codes);
}

// docs/proof.md, "LSB". Int8: 131 * 2^-22 and less. Int16: 32771 * 2^-22 = 0.0078, and of half the
// scale what 0.25 is off in float32, nothing.
TEST(PairPlan, CodesWhoseFloatsRoundAreNotCompared) {
  EXPECT_EQ(Plan(Chain({Int8(0.25, 3)}), Chain({Int8(0.25, 3)})).dequantize_rounding, 0);
  const PairPlan wide = Plan(Chain({Int16(0.25, 3)}), Chain({Int16(0.25, 3)}));
  EXPECT_FALSE(wide.codes);
  EXPECT_EQ(wide.dequantize_rounding, 32771 * 0x1p-22 + 0x1p-149 / 0.25);
  const ir::QuantParams int32{0.25, 3, -2147483648, 2147483647, ir::ScalarType::kInt32};
  EXPECT_FALSE(Plan(Chain({int32}), Chain({int32})).codes);
  EXPECT_EQ(Plan(Chain({int32}), Chain({int32})).dequantize_rounding, 0);
  // Codes that leave are whole numbers of any size.
  ConvProgram p(ConvSpec{});
  const ir::Program leaving = p.Return({p.Quantize(p.conv(), int32)});
  EXPECT_TRUE(Plan(leaving, leaving).codes);
}

// Equal codes that stand for other numbers: after is (code - 4) / 2 where before is (code - 3) / 2,
// half a unit apart everywhere though no code differs.
TEST(PairPlan, CodesThatAreDequantizedOtherwiseAreNotCompared) {
  ConvProgram b(ConvSpec{});
  ConvProgram a(ConvSpec{});
  const PairPlan plan =
      Plan(b.Return({b.Step(b.conv(), Int8(0.5, 3))}),
           a.Return({a.Dequantize(a.Quantize(a.conv(), Int8(0.5, 3)), Int8(0.5, 4))}));
  EXPECT_FALSE(plan.codes);
  EXPECT_THAT(plan.aligned, ElementsAre(Pair(0, 0)));  // the quantizers are alike all the same
}

TEST(PairPlan, FloatsAgainstCodesAreNotCompared) {
  ConvProgram a(ConvSpec{});
  EXPECT_FALSE(Plan(Chain({Int8(0.5, 3)}), a.Return({a.Quantize(a.conv(), Int8(0.5, 3))})).codes);
}

// Scales 1, 2, 4 against 2, 8, 4: the longest common subsequence is 2, 4. Step k's quantize is
// instruction 2k.
TEST(PairPlan, AlignsTheLongestCommonSubsequence) {
  const PairPlan plan = Plan(Chain({Int8(1, 0), Int8(2, 0), Int8(4, 0)}),
                             Chain({Int8(2, 0), Int8(8, 0), Int8(4, 0)}));
  EXPECT_THAT(plan.aligned, ElementsAre(Pair(2, 0), Pair(4, 4)));
}

// 1, 2 against 2, 1: only one of the two can be aligned, since both lists keep their order.
TEST(PairPlan, AlignsNothingCrosswise) {
  EXPECT_EQ(Plan(Chain({Int8(1, 0), Int8(2, 0)}), Chain({Int8(2, 0), Int8(1, 0)})).aligned.size(),
            1u);
  EXPECT_TRUE(Plan(Chain({Int8(1, 0)}), Chain({Int8(1, 1)})).aligned.empty());
}

TEST(PairPlan, SaysWhichRegistersShowCodes) {
  const ReadProgram read(Chain({Int8(1, 0), Int8(2, 0)}));
  const Tail& tail = read.site->tail;
  EXPECT_EQ(EndingQuantizer(tail, 0), std::nullopt);  // the conv's value
  EXPECT_EQ(EndingQuantizer(tail, 1), 0u);
  EXPECT_EQ(EndingQuantizer(tail, 2), 0u);
  EXPECT_EQ(EndingQuantizer(tail, 4), 2u);
}

TEST(PairPlan, AQuantizerIsLastWhereOnlyADequantizeFollows) {
  const ReadProgram read(Chain({Int8(1, 0), Int8(2, 0)}));
  EXPECT_THAT(read.site->is_last_quantizer, ElementsAre(0, 0, 1, 0));
}

// The codes are returned and also read through a relu: on that way they are not the last thing.
TEST(PairPlan, AQuantizerIsLastOnEveryWayOrNotAtAll) {
  ConvProgram p(ConvSpec{});
  const ir::ValueId step = p.Step(p.conv(), Int8(0.5, 0));
  const ReadProgram both(p.Return({step, p.Call("aten.relu.default", step)}));
  EXPECT_THAT(both.site->is_last_quantizer, ElementsAre(0, 0, 0));
  ConvProgram q(ConvSpec{});
  const ReadProgram one(q.Return({q.Call("aten.clone.default", q.Step(q.conv(), Int8(0.5, 0)))}));
  EXPECT_THAT(one.site->is_last_quantizer, ElementsAre(1, 0, 0));
}

}  // namespace
}  // namespace foldproof::prove
