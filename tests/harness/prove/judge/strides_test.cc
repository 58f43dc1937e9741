// SPDX-License-Identifier: BSD-3-Clause
//
// Equal elements that lie otherwise in memory are not equal for every reader.
#include <gtest/gtest.h>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

Verdict Judge(const ir::Program& before, const ir::Program& after) {
  const Side b(before);
  const Side a(after);
  return Prove(b, a, ProveOptions{}).verification.verdict;
}

ConvSpec Image(std::vector<std::int64_t> image) {
  ConvSpec spec;
  spec.weights = {{1, 2}, {3, 1}};
  spec.weight_scales = {1, 1};
  spec.image = std::move(image);
  return spec;
}

// One image of two channels, 3 by 3, read by batch_norm: other strides, other bits (numerics.md,
// eq. 6b), or by relu, which does not look at them.
struct Read {
  ConvProgram p{Image({3, 3})};

  ir::ValueId Step() { return p.Step(p.conv(), Int8(0.5, 0)); }
  ir::ValueId Turned(ir::ValueId value) {
    const std::int64_t inner = 3, outer = 2;
    return p.Call("aten.transpose.int", value, {{"dim0", inner}, {"dim1", outer}});
  }
  ir::ValueId Cloned(ir::ValueId value) {
    return p.Call("aten.clone.default", value, {{"memory_format", ir::MemoryFormat{1}}});
  }
  ir::Program Return(ir::ValueId value, bool follows) {
    return p.Return({follows ? p.BatchNorm(value, {2, 3}, {0, 1}, {1, 0}, {1, 4}, 1e-5)
                             : p.Call("aten.relu.default", value)});
  }
};

TEST(Strides, AConstantThatAWriteLeftHasThoseOfTheTensor) {
  const auto make = [](bool turned, bool follows) {
    Read r;
    ir::ValueId value = r.p.Call("aten.fill_.Scalar", r.Step(), {{"value", 0.3}});
    if (turned) value = r.Turned(r.Cloned(r.Turned(value)));
    return r.Return(value, follows);
  };
  EXPECT_EQ(Judge(make(false, true), make(false, true)), Verdict::kEqual);
  EXPECT_EQ(Judge(make(true, true), make(true, true)), Verdict::kEqual);
  EXPECT_EQ(Judge(make(false, true), make(true, true)), Verdict::kUnproved);
  EXPECT_EQ(Judge(make(false, false), make(true, false)), Verdict::kEqual);
}

TEST(Strides, ZerosOfAViewAreNotTheViewThatBecameZero) {
  // Every second column of 6: zero_ leaves its strides as they are, zeros_like packs them.
  const auto make = [](bool writes, bool follows) {
    Read r;
    const ir::ValueId wide =
        r.p.nodes().Node("wide", "aten.repeat.default",
                         {{"self", r.Step()}, {"repeats", std::vector<std::int64_t>{1, 1, 1, 2}}},
                         ir::ScalarType::kFloat32, {1, 2, 3, 6});
    const std::int64_t dim = 3, start = 0, end = 6, step = 2;
    const ir::ValueId part = r.p.nodes().Node(
        "part", "aten.slice.Tensor",
        {{"self", wide}, {"dim", dim}, {"start", start}, {"end", end}, {"step", step}},
        ir::ScalarType::kFloat32, {1, 2, 3, 3});
    return r.Return(r.p.Call(writes ? "aten.zero_.default" : "aten.zeros_like.default", part),
                    follows);
  };
  EXPECT_EQ(Judge(make(true, true), make(true, true)), Verdict::kEqual);
  EXPECT_EQ(Judge(make(true, true), make(false, true)), Verdict::kUnproved);
  EXPECT_EQ(Judge(make(true, false), make(false, false)), Verdict::kEqual);
}

TEST(Strides, WhatIsCopiedIntoATensorLiesAsThatDoes) {
  const auto make = [](bool writes, bool follows) {
    Read r;
    const ir::ValueId other = r.Turned(r.Cloned(r.Turned(r.p.x())));
    const ir::ValueId source = r.p.x();
    return r.Return(writes ? r.p.Call("aten.copy_.default", other, {{"src", source}})
                           : r.p.Call("aten.clone.default", source),
                    follows);
  };
  EXPECT_EQ(Judge(make(true, true), make(true, true)), Verdict::kEqual);
  EXPECT_EQ(Judge(make(true, true), make(false, true)), Verdict::kUnproved);
  EXPECT_EQ(Judge(make(true, false), make(false, false)), Verdict::kEqual);
}

// The weight [2, 2, 1, 1] of the conv, of the program's own storage or in channels_last: then the
// conv's result lies so, too, and a mean over it sums in another order.
ir::Program MeanBehind(bool channels_last, const char* target) {
  ConvProgram p(Image({3, 3}));
  ir::Program& program = p.nodes().program();
  if (channels_last) {
    ir::Constant& weight = program.constants.at("weight");
    weight.strides = {2, 1, 2, 2};  // no element lies elsewhere, but PyTorch takes it for such
  }
  const ir::ValueId codes = p.Step(p.conv(), Int8(0.5, 0));
  return p.Return(
      {p.nodes().Node("out", target, {{"self", codes}, {"dim", std::vector<std::int64_t>{2, 3}}},
                      ir::ScalarType::kFloat32, {1, 2})});
}

// The input is added to the conv's result, shifted by 1/2 in a batch_norm or in the bias; a mean
// over the sum follows its strides.
ir::Program MeanOfSum(bool folded, const char* sum, bool channels_last,
                      std::vector<std::int64_t> image = {3, 3}) {
  ConvSpec spec = Image(std::move(image));
  if (folded) spec.bias = std::vector<float>{0.5f, 0.5f};
  ConvProgram p(spec);
  if (channels_last) p.nodes().program().constants.at("weight").strides = {2, 1, 2, 2};
  const ir::ValueId value =
      folded ? p.conv() : p.BatchNorm(p.conv(), {1, 1}, {0.5f, 0.5f}, {0, 0}, {1, 1}, 0);
  const ir::ValueId added = p.Call(sum, value, {{"other", p.input()}});
  return p.Return({p.nodes().Node("out", "aten.mean.dim",
                                  {{"self", added}, {"dim", std::vector<std::int64_t>{2, 3}}},
                                  ir::ScalarType::kFloat32, {1, 2})});
}

TEST(Strides, ASumIntoAFrontierLiesAsTheFrontierDoes) {
  for (const char* sum : {"aten.add.Tensor", "aten.add_.Tensor"}) {
    SCOPED_TRACE(sum);
    EXPECT_LE(Judge(MeanOfSum(false, sum, false), MeanOfSum(true, sum, false)), Verdict::kWithin);
    EXPECT_EQ(Judge(MeanOfSum(false, sum, false), MeanOfSum(true, sum, true)), Verdict::kUnproved);
  }
}

// torch.fx writes a residual that is added in place as one that is not. The sum lies as its first
// operand either way, but where a dimension has one element: then the second one has a say, too.
TEST(Strides, ASumOutOfPlaceLiesAsItsFirstOperandDoes) {
  const char* in_place = "aten.add_.Tensor";
  const char* out_of_place = "aten.add.Tensor";
  const auto judge = [&](bool channels_last, std::vector<std::int64_t> image) {
    return Judge(MeanOfSum(false, in_place, false, image),
                 MeanOfSum(true, out_of_place, channels_last, image));
  };
  EXPECT_LE(judge(false, {3, 3}), Verdict::kWithin);
  EXPECT_EQ(judge(true, {3, 3}), Verdict::kUnproved);
  EXPECT_EQ(judge(false, {3, 1}), Verdict::kUnproved);
}

TEST(Strides, AWeightInChannelsLastGivesAResultThatLiesSo) {
  const char* mean = "aten.mean.dim";
  EXPECT_EQ(Judge(MeanBehind(false, mean), MeanBehind(false, mean)), Verdict::kEqual);
  EXPECT_EQ(Judge(MeanBehind(true, mean), MeanBehind(true, mean)), Verdict::kEqual);
  EXPECT_EQ(Judge(MeanBehind(false, mean), MeanBehind(true, mean)), Verdict::kUnproved);
}

TEST(Strides, AnUnknownReaderFollowsThem) {
  const char* unknown = "aten.logsumexp.default";
  EXPECT_EQ(Judge(MeanBehind(false, unknown), MeanBehind(true, unknown)), Verdict::kUnproved);
}

}  // namespace
}  // namespace foldproof::prove
