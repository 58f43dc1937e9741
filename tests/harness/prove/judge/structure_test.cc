// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/structure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/judge/qat_chain.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove::structure_test {
namespace {

using ir::ValueId;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

constexpr const char* kFloatOp = "float-op-between-quantizers";

using Found = std::vector<std::pair<std::string, std::string>>;  // rule and node

Found FindingsOf(const ir::Program& program) {
  const Side side(program);
  Found out;
  for (const StructureFinding& finding : FindStructure(side.view)) {
    EXPECT_FALSE(finding.only_after);
    out.emplace_back(finding.rule, finding.node);
  }
  return out;
}

// conv -> dequantized codes -> what `behind` makes of them -> quantize -> dequantize.
template <typename Behind>
ir::Program Between(Behind behind) {
  const ConvSpec spec;
  ConvProgram p(spec);
  const ValueId value = behind(p, p.Step(p.conv(), Int8(0.5, 0)));
  return p.Return({p.Step(value, Int8(0.5, 0))});
}
ValueId Plus(ConvProgram& p, ValueId value) {
  return p.Call("aten.add.Tensor", value, {{"other", p.PerChannel({1})}});
}
ValueId Times(ConvProgram& p, ValueId value) {
  return p.Call("aten.mul.Tensor", value, {{"other", p.PerChannel({2})}});
}

TEST(FindStructure, AChainSurvivesWhereABatchNormStandsBehindADivisionByARoot) {
  for (const auto& bias : {std::optional<float>(), std::optional<float>(5)}) {
    ConvProgram p(ConvSpec{});
    QatChain chain;
    chain.bias = bias;
    EXPECT_THAT(FindingsOf(p.Return({AddChain(p, p.conv(), chain)})),
                ElementsAre(Pair("chain-survives", "scaled")));
  }
}

TEST(FindStructure, ADivisorWithoutARootIsNoChain) {
  ConvProgram p(ConvSpec{});
  const ValueId scaled = p.Call("aten.div.Tensor", p.conv(), {{"other", p.PerChannel({2})}});
  EXPECT_THAT(FindingsOf(p.Return({p.BatchNorm(scaled, {2}, {0}, {0}, {3}, 1)})), IsEmpty());
}

TEST(FindStructure, ABatchNormAloneIsNoChain) {
  ConvProgram p(ConvSpec{});
  EXPECT_THAT(FindingsOf(p.Return({p.BatchNorm(p.conv(), {2}, {0}, {0}, {3}, 1)})), IsEmpty());
}

// The chain's seven operators but for the reshape, three of them on constants alone.
TEST(FindStructure, EveryFloatOperatorOfAChainStandsBetweenQuantizers) {
  EXPECT_THAT(FindingsOf(Between([](ConvProgram& p, ValueId value) {
                QatChain chain;
                chain.bias = 5;
                return AddChain(p, value, chain);
              })),
              ElementsAre(Pair(kFloatOp, "sum"), Pair(kFloatOp, "root"), Pair(kFloatOp, "s"),
                          Pair(kFloatOp, "scaled"), Pair(kFloatOp, "biased"),
                          Pair(kFloatOp, "batch_norm"), Pair("chain-survives", "scaled")));
}

TEST(FindStructure, AFloatConstantBetweenQuantizersIsFound) {
  EXPECT_THAT(FindingsOf(Between(Plus)), ElementsAre(Pair(kFloatOp, "call")));
  EXPECT_THAT(FindingsOf(Between(Times)), ElementsAre(Pair(kFloatOp, "call")));
}

TEST(FindStructure, WhatQuantFusionExpectsIsNoFinding) {
  EXPECT_THAT(FindingsOf(Between([](ConvProgram& p, ValueId value) {
                return p.Call("aten.relu.default", value);
              })),
              IsEmpty());
  EXPECT_THAT(FindingsOf(Between([](ConvProgram& p, ValueId value) {
                return p.Call("aten.add.Tensor", value, {{"other", value}});
              })),
              IsEmpty());
}

TEST(FindStructure, AFloatOperatorOutsideOfTwoQuantizersIsNoFinding) {
  // Behind the last quantizer.
  ConvProgram p(ConvSpec{});
  EXPECT_THAT(FindingsOf(p.Return({Plus(p, p.Step(p.conv(), Int8(0.5, 0)))})), IsEmpty());
  // On the program's input, before its first.
  ConvProgram q(ConvSpec{});
  EXPECT_THAT(FindingsOf(q.Return({q.conv(), q.Step(Plus(q, q.x()), Int8(0.5, 0))})), IsEmpty());
}

TEST(FindStructure, WhatNoOutputDependsOnIsNoFinding) {
  ConvProgram p(ConvSpec{});
  p.Step(Plus(p, p.Step(p.conv(), Int8(0.5, 0))), Int8(0.5, 0));
  EXPECT_THAT(FindingsOf(p.Return({p.conv()})), IsEmpty());
}

std::vector<StructureFinding> BiasFindings(std::size_t channels, const auto& bias_of) {
  ConvSpec spec;
  spec.weights.assign(channels, {1});
  spec.weight_scales.assign(channels, 1.0f);
  ConvProgram p(spec);
  const ir::Program program = p.Return({p.AddConvOf(p.AddWeight(spec), bias_of(p))});
  const Side side(program);
  return FindStructure(side.view);
}

TEST(FindStructure, ABiasNeedsOneEntryAChannel) {
  const auto of = [](std::size_t count) {
    return BiasFindings(3, [count](ConvProgram& p) {
      return p.nodes().Floats("b", {static_cast<std::int64_t>(count)},
                              std::vector<float>(count, 1.0f));
    });
  };
  EXPECT_THAT(of(3), IsEmpty());
  ASSERT_EQ(of(2).size(), 1u);
  EXPECT_EQ(of(2)[0].rule, "bias-length");
  EXPECT_EQ(of(2)[0].node, "conv2d_1");
  EXPECT_EQ(of(2)[0].detail, "its bias has 2 entries for 3 channels");
}

TEST(FindStructure, ABiasIsOfTheInputsType) {
  const auto found = BiasFindings(1, [](ConvProgram& p) {
    return p.nodes().Stored(
        "b", exec::Tensor::Of(ir::ScalarType::kInt32, {1}, std::vector<std::int32_t>{5}));
  });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].rule, "bias-dtype");
  EXPECT_EQ(found[0].detail, "its bias is int32, its input float32");
}

TEST(FindStructure, TheSignatureNamesTheGraphsOutputs) {
  ConvProgram p(ConvSpec{});
  ir::Program program = p.Return({p.conv()});
  EXPECT_THAT(FindingsOf(program), IsEmpty());
  program.outputs[0].name = "batch_norm";
  EXPECT_THAT(FindingsOf(program), ElementsAre(Pair("stale-signature", "batch_norm")));
}

struct Compared {
  std::string rule, node;
  bool only_after;
  friend bool operator==(const Compared&, const Compared&) = default;
  friend void PrintTo(const Compared& c, std::ostream* out) {
    *out << c.rule << " " << c.node << " " << c.only_after;
  }
};

std::vector<Compared> Compare(const ir::Program& before, const ir::Program& after,
                              const Matching& matching = {}) {
  const SidePair pair(before, after);
  std::vector<Compared> out;
  for (const auto& f : CompareStructure(pair.before.view, pair.after.view, matching)) {
    out.push_back({f.rule, f.node, f.only_after});
  }
  return out;
}

TEST(CompareStructure, WhatBeforeHasTooIsListedAndNoMore) {
  EXPECT_THAT(Compare(Between(Plus), Between(Plus)),
              ElementsAre(Compared{kFloatOp, "call", false}));
  EXPECT_THAT(Compare(Between(Plus), Between([](ConvProgram&, ValueId v) { return v; })),
              IsEmpty());
}

// One add before, two after: one of the two is new, and it comes first.
TEST(CompareStructure, CountsByRuleAndOperator) {
  const auto twice = [](ConvProgram& p, ValueId v) { return Plus(p, Plus(p, v)); };
  EXPECT_THAT(Compare(Between(Plus), Between(twice)),
              ElementsAre(Compared{kFloatOp, "call_1", true}, Compared{kFloatOp, "call", false}));
  EXPECT_THAT(Compare(Between(twice), Between(Plus)),
              ElementsAre(Compared{kFloatOp, "call", false}));
}

TEST(CompareStructure, AnotherOperatorIsNew) {
  EXPECT_THAT(Compare(Between(Times), Between(Plus)),
              ElementsAre(Compared{kFloatOp, "call", true}));
}

// 2 * 3 before, 1 + 5 after, each computed in the program.
TEST(CompareStructure, ConstantsMayBeComputedByOtherOperators) {
  const auto by = [](const char* target, float left, float right) {
    return [=](ConvProgram& p, ValueId v) {
      const ValueId factor =
          p.Call(target, p.PerChannel({left}), {{"other", p.PerChannel({right})}});
      return p.Call("aten.mul.Tensor", v, {{"other", factor}});
    };
  };
  const auto product = Between(by("aten.mul.Tensor", 2, 3));
  const auto sum = Between(by("aten.add.Tensor", 1, 5));
  EXPECT_THAT(Compare(product, sum), Not(Contains(Field(&Compared::only_after, true))));
  // Where before computes none, it is new.
  EXPECT_THAT(Compare(Between(Times), sum), Contains(Field(&Compared::only_after, true)));
}

TEST(CompareStructure, ABatchNormIsOneHoweverItIsSpelt) {
  const auto exported = [](ConvProgram& p, ValueId v) {
    return p.BatchNorm(v, {2}, {0}, {0}, {3}, 1);
  };
  const auto functional = [](ConvProgram& p, ValueId v) {
    const auto one = [&](const std::string& name) { return p.nodes().Floats(name, {1}, {1}); };
    return p.nodes().Node("normed", "aten._native_batch_norm_legit_no_training.default",
                          {{"input", v},
                           {"weight", one("w")},
                           {"bias", one("b")},
                           {"running_mean", one("m")},
                           {"running_var", one("v")},
                           {"momentum", 0.1},
                           {"eps", 1e-5}},
                          ir::ScalarType::kFloat32, p.Image(1));
  };
  EXPECT_THAT(Compare(Between(exported), Between(functional)),
              ElementsAre(Compared{kFloatOp, "normed", false}));
}

TEST(CompareStructure, OtherShapesAreNewWhateverBeforeHad) {
  const auto of = [](std::vector<std::int64_t> image) {
    ConvSpec spec;
    spec.image = std::move(image);
    ConvProgram p(spec);
    return p.Return({p.conv()});
  };
  EXPECT_THAT(Compare(of({1, 1}), of({1, 1})), IsEmpty());
  EXPECT_THAT(Compare(of({1, 1}), of({2, 2})),
              ElementsAre(Compared{"signature-changed", "inputs", true},
                          Compared{"signature-changed", "outputs", true}));
}

// x * a + x * b is x * b + x * a, bit for bit: no constant was changed, only read elsewhere.
TEST(CompareStructure, AConstantThatStandsElsewhereWasNotChanged) {
  const auto of = [](float first, float second) {
    ConvProgram p({});
    const auto product = [&](float factor) {
      return p.Call("aten.mul.Tensor", p.x(), {{"other", p.PerChannel({factor})}});
    };
    const ir::ValueId one = product(first), other = product(second);
    return p.Return(
        {p.Step(p.conv(), Int8(1.0, 0)), p.Call("aten.add.Tensor", one, {{"other", other}})});
  };
  const ir::Program one = of(2, 3), exchanged = of(3, 2), other = of(2, 4);
  const Side before(one), swapped(exchanged), changed(other);
  EXPECT_EQ(Prove(before, before, {}).verification.verdict, Verdict::kEqual);
  EXPECT_EQ(Prove(before, swapped, {}).verification.verdict, Verdict::kUnproved);
  EXPECT_EQ(Prove(before, changed, {}).verification.verdict, Verdict::kDiffers);
}

TEST(CompareStructure, AnOutputThatPartsInAConstantIsNew) {
  Matching matching;
  matching.changed_outputs = {{0, "mul", "aten.mul.Tensor", true, "its constant changed"},
                              {1, "mul_1", "aten.mul.Tensor", false, "unproved, and no finding"}};
  EXPECT_THAT(
      Compare(Between(Plus), Between(Plus), matching),
      ElementsAre(Compared{"other-user-changed", "mul", true}, Compared{kFloatOp, "call", false}));
}

}  // namespace
}  // namespace foldproof::prove::structure_test
