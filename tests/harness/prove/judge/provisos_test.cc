// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/provisos.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove::provisos_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A tolerance of one code, and no look at what no run shows.
Verification Judged(ir::Program before, ir::Program after) {
  ProveOptions options;
  options.judge.tolerance_lsb = 1;
  options.judge.ideal_gap_lsb.reset();
  return SidePair(std::move(before), std::move(after)).Judge(options).verification;
}

ir::Program Quantized(const ir::QuantParams& input, float bias = 0) {
  ConvSpec spec;
  spec.input = input;
  spec.bias = std::vector<float>{bias};
  ConvProgram p(spec);
  return p.Return({p.Step(p.conv(), Int8(0.5, 0))});
}

// PyTorch makes NaN code 0, which is -131 steps in the one program and -3 in the other: 6.64 apart
// where a step is 0.05.
TEST(Provisos, NoInputIsNanWhereCodesWereShifted) {
  const Verification shifted = Judged(Quantized(UInt8(1, 131)), Quantized(Int8(1, 3)));
  EXPECT_EQ(shifted.verdict, Verdict::kEqual);
  EXPECT_TRUE(shifted.without_nan);
  EXPECT_THAT(shifted.provisos, testing::Contains(HasSubstr("no input is NaN")));
  // With one zero point NaN is the same number in both.
  EXPECT_FALSE(Judged(Quantized(UInt8(1, 3)), Quantized(UInt8(1, 3))).without_nan);
}

TEST(Provisos, ThereAreNoneWhereBothComputeTheSame) {
  EXPECT_THAT(Judged(Quantized(Int8(1, 3), 2), Quantized(Int8(1, 3), 2)).provisos, IsEmpty());
}

TEST(Provisos, SumsAreExactWhereNumbersAreCompared) {
  const Verification other = Judged(Quantized(Int8(1, 3), 2), Quantized(Int8(1, 3), 2.0625f));
  EXPECT_EQ(other.verdict, Verdict::kEqual);  // the bias moves no code
  EXPECT_FALSE(other.without_nan);
  EXPECT_THAT(other.provisos, ElementsAre(HasSubstr("a kernel that sums floats")));
}

// A conv on the sum of two dequantized tensors, or on what may be anything.
ir::Program OnFloats(bool sums, float bias) {
  ConvProgram p(ConvSpec{});
  const ir::ValueId a = p.Step(p.x(), Int8(1.0, 0));
  const ir::ValueId b = p.Step(p.Call("aten.tan.default", p.x()), Int8(1.0, 0));
  const ir::ValueId read =
      sums ? p.Call("aten.add.Tensor", a, {{"other", b}}) : p.Call("aten.tan.default", p.x());
  ConvSpec spec;
  spec.bias = std::vector<float>{bias};
  const ir::ValueId conv = p.nodes().Node("second", "aten.conv2d.default",
                                          {{"input", read},
                                           {"weight", p.AddWeight(spec)},
                                           {"bias", p.nodes().Floats("second_bias", {1}, {bias})}},
                                          ir::ScalarType::kFloat32, {1, 1, 1, 1});
  return p.Return({p.Step(conv, Int8(4.0, 0))});
}

TEST(Provisos, TheRangeOfFloatInputsIsOneWhereNothingElseBoundsThem) {
  const Verification sums = Judged(OnFloats(true, 1), OnFloats(true, 1.5f));
  EXPECT_FALSE(sums.input_range);
  EXPECT_THAT(sums.provisos, testing::Not(testing::Contains(HasSubstr("--input-range"))));
  EXPECT_FALSE(sums.without_nan);
  // The sum is one of -256 to 254, not of -1 to 1.
  const TailVerdict& tail = sums.sites.at(0).tails.at(0);
  EXPECT_GT(tail.channels.at(0).reachable.count, 500);
  const Verification any = Judged(OnFloats(false, 1), OnFloats(false, 1.5f));
  EXPECT_TRUE(any.input_range);
  EXPECT_THAT(any.provisos, testing::Contains(HasSubstr("--input-range")));
}

// The fraction of a number may jump by one where the number moves by a step.
TEST(Provisos, AReaderOfADifferenceIsNamed) {
  const auto shifted = [](float bias) {
    ConvSpec spec;
    spec.bias = std::vector<float>{bias};
    ConvProgram p(spec);
    const ir::ValueId made = p.Step(p.conv(), Int8(0.5, 0));
    return p.Return({p.Call("aten.sinc.default", made, {})});
  };
  const Verification judged = Judged(shifted(0), shifted(0.375f));
  EXPECT_EQ(judged.verdict, Verdict::kWithin);
  EXPECT_THAT(judged.provisos,
              testing::Contains(HasSubstr("aten.sinc.default) makes of a difference")));
}

}  // namespace
}  // namespace foldproof::prove::provisos_test
