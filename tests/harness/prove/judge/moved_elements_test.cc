// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <limits>

#include "harness/prove/judge/prover.h"
#include "harness/prove/witness/moved_witness.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

Verification Judge(const ir::Program& before, const ir::Program& after) {
  const Side b(before);
  const Side a(after);
  return Prove(b, a, ProveOptions{}).verification;
}

// x is its own accumulator: one channel, weight 1, scale 1. The conv is quantized in steps of 0.5.
ConvSpec Spec(std::vector<std::int64_t> image) {
  ConvSpec spec;
  spec.image = std::move(image);
  return spec;
}

using Moves = std::vector<std::vector<std::int64_t>>;  // permutations, one behind the other

ir::Program Moved(const ConvSpec& spec, const Moves& moves) {
  ConvProgram p(spec);
  ir::ValueId value = p.Step(p.conv(), Int8(0.5, 0));
  for (const auto& dims : moves) value = p.Call("aten.permute.default", value, {{"dims", dims}});
  return p.Return({value});
}

ir::Program MovedBeforeMean(const Moves& moves, const std::vector<std::int64_t>& reduced,
                            const std::vector<std::int64_t>& sizes) {
  ConvProgram p(Spec({2, 2}));
  ir::ValueId value = p.Step(p.conv(), Int8(0.5, 0));
  for (const auto& dims : moves) value = p.Call("aten.permute.default", value, {{"dims", dims}});
  return p.Return({p.nodes().Node("mean", "aten.mean.dim", {{"self", value}, {"dim", reduced}},
                                  ir::ScalarType::kFloat32, sizes)});
}

// Behind 1 / y nothing is known of what a right fold may cost, so no difference refutes one.
TEST(MovedElements, WithoutAToleranceAreUnproved) {
  const ConvSpec spec = Spec({2, 2});
  const auto moved = [&](bool turned) {
    ConvProgram p(spec);
    ir::ValueId value = p.Call("aten.add.Tensor", p.conv(), {{"other", p.PerChannel({200})}});
    value = p.Call("aten.reciprocal.default", value);
    value = p.Call("aten.add.Tensor", value, {{"other", p.PerChannel({1})}});
    if (turned) {
      const std::vector<std::int64_t> dims{0, 1, 3, 2};
      value = p.Call("aten.permute.default", value, {{"dims", dims}});
    }
    return p.Return({value});
  };
  EXPECT_EQ(Judge(moved(false), moved(true)).verdict, Verdict::kUnproved);
}

TEST(MovedElements, ATransposeThatOneProgramHasDiffersByAllCodes) {
  const ConvSpec spec = Spec({2, 2});
  const Verification judged = Judge(Moved(spec, {}), Moved(spec, {{0, 1, 3, 2}}));
  EXPECT_EQ(judged.verdict, Verdict::kDiffers);
  const TailVerdict& tail = judged.sites.at(0).tails.at(0);
  ASSERT_TRUE(tail.witness && ShowsMoved(*tail.witness));
  // Element (0, 1) of before at 127, what after shows there, (1, 0), at -128: codes 127 and -128.
  EXPECT_EQ(tail.witness->claimed_lsb, 255);
  EXPECT_EQ(ElementOfMoved(*tail.witness), 1);
  EXPECT_EQ(tail.witness->taps, (std::vector<std::int64_t>{0, 127, -128, 0}));
  ASSERT_EQ(tail.causes.size(), 1u);
  EXPECT_EQ(tail.causes[0].rule, "moved-elements");
  // Equal step functions bound nothing here, and the run shows what it shows.
  EXPECT_EQ(tail.channels[0].reachable.lsb, std::numeric_limits<double>::infinity());
  EXPECT_EQ(tail.channels[0].calibrated.lsb, std::numeric_limits<double>::infinity());
  EXPECT_EQ(tail.channels[0].reachable.at_least, 255);
}

TEST(MovedElements, MovesThatLeadToOneMapAreEqual) {
  const ConvSpec spec = Spec({2, 2});
  EXPECT_EQ(Judge(Moved(spec, {{0, 1, 3, 2}, {0, 1, 3, 2}}), Moved(spec, {})).verdict,
            Verdict::kEqual);
  EXPECT_EQ(Judge(Moved(spec, {{0, 1, 3, 2}}), Moved(spec, {{1, 0, 2, 3}, {1, 0, 3, 2}})).verdict,
            Verdict::kEqual);
}

TEST(MovedElements, DimensionsOfOneElementMoveNothing) {
  const ConvSpec spec = Spec({1, 1});
  EXPECT_EQ(Judge(Moved(spec, {}), Moved(spec, {{0, 1, 3, 2}})).verdict, Verdict::kEqual);
}

TEST(MovedElements, AReaderThatMixesThemOtherwiseDiffers) {
  // Means of rows against means of columns.
  const Verification judged =
      Judge(MovedBeforeMean({}, {3}, {1, 1, 2}), MovedBeforeMean({{0, 1, 3, 2}}, {3}, {1, 1, 2}));
  EXPECT_EQ(judged.verdict, Verdict::kDiffers);
  ASSERT_TRUE(judged.sites.at(0).tails.at(0).witness);
  EXPECT_TRUE(ShowsMoved(*judged.sites[0].tails[0].witness));
}

TEST(MovedElements, AReaderThatDoesNotSeeTheMoveIsNoDifference) {
  // The mean of all four elements, in whatever order.
  const Verification judged =
      Judge(MovedBeforeMean({}, {2, 3}, {1, 1}), MovedBeforeMean({{0, 1, 3, 2}}, {2, 3}, {1, 1}));
  EXPECT_EQ(judged.verdict, Verdict::kUnproved);
  EXPECT_FALSE(judged.sites.at(0).tails.at(0).witness);
}

TEST(MovedElements, ALayerNormOfOtherRowsDiffers) {
  const auto make = [](const Moves& moves) {
    ConvProgram p(Spec({2, 2}));
    ir::ValueId value = p.Step(p.conv(), Int8(0.5, 0));
    for (const auto& dims : moves) value = p.Call("aten.permute.default", value, {{"dims", dims}});
    return p.Return(
        {p.nodes().Node("layer_norm", "aten.layer_norm.default",
                        {{"input", value}, {"normalized_shape", std::vector<std::int64_t>{2}}},
                        ir::ScalarType::kFloat32, {1, 1, 2, 2})});
  };
  EXPECT_EQ(Judge(make({}), make({{0, 1, 3, 2}})).verdict, Verdict::kDiffers);
}

TEST(MovedElements, AReaderOfStridesIsNotTakenForEqual) {
  const auto make = [](std::int64_t format) {
    ConvProgram p(Spec({2, 2}));
    const ir::ValueId value = p.Call("aten.clone.default", p.Step(p.conv(), Int8(0.5, 0)),
                                     {{"memory_format", ir::MemoryFormat{format}}});
    return p.Return({p.nodes().Node("strided", "aten.as_strided.default",
                                    {{"self", value},
                                     {"size", std::vector<std::int64_t>{4}},
                                     {"stride", std::vector<std::int64_t>{1}}},
                                    ir::ScalarType::kFloat32, {4})});
  };
  EXPECT_EQ(Judge(make(2), make(2)).verdict, Verdict::kEqual);
  EXPECT_EQ(Judge(make(1), make(2)).verdict, Verdict::kUnproved);
}

}  // namespace
}  // namespace foldproof::prove
