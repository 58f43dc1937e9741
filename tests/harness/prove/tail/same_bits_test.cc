// SPDX-License-Identifier: BSD-3-Clause
//
// Two tails that are one computation, spelt in two ways or not, against both at every accumulator.
#include "harness/prove/tail/same_bits.h"

#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <vector>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/tail/op/one_operator.h"

namespace foldproof::prove::same_bits_test {

using Write = std::function<ir::ValueId(ConvProgram&, ir::ValueId)>;

ConvSpec WithBias(float bias) {
  ConvSpec spec;
  spec.bias = std::vector<float>{bias};
  return spec;
}

ir::Program Written(const ConvSpec& spec, const Write& write) {
  ConvProgram p(spec);
  return p.Return({write(p, p.conv())});
}

bool AreSame(const ir::Program& before, const ir::Program& after) {
  const ReadProgram b(before), a(after);
  const TailEvaluator b_tail(b.site->tail, b.site->conv, 0), a_tail(a.site->tail, a.site->conv, 0);
  const Frontier &b_end = b.site->tail.frontiers.at(0), &a_end = a.site->tail.frontiers.at(0);
  const bool same = HaveSameBits(b_tail, b_end, a_tail, a_end);
  std::vector<std::int64_t> all;
  for (std::int64_t x = -128; x <= 127; ++x) all.push_back(x);
  RegisterBlock b_block, a_block;
  b_tail.Evaluate(all, b_end.path, b_block);
  a_tail.Evaluate(all, a_end.path, a_block);
  const auto bits = [](const RegisterBlock& block, std::uint32_t reg) {
    std::vector<std::uint32_t> out;
    for (const float y : block.low(reg)) out.push_back(std::bit_cast<std::uint32_t>(y));
    return out;
  };
  EXPECT_TRUE(!same || bits(b_block, b_end.reg) == bits(a_block, a_end.reg));
  return same;
}

Write Times(float factor) {
  return [=](ConvProgram& p, ir::ValueId x) {
    return p.Call("aten.mul.Tensor", x, {{"other", p.PerChannel({factor})}});
  };
}
Write Called(const char* target, ConvProgram::Arguments more = {}) {
  return [=](ConvProgram& p, ir::ValueId x) { return p.Call(target, x, more); };
}

TEST(SameBits, AreOfTheSameOperationsOnTheSameNumbers) {
  const ConvSpec none;
  EXPECT_TRUE(AreSame(Written(none, Times(0.3f)), Written(WithBias(0), Times(0.3f))));
  EXPECT_TRUE(AreSame(Written(none, Called("aten.hardsigmoid.default")),
                      Written(WithBias(0), Called("aten.hardsigmoid.default"))));
  // Another operation beside the path takes no part.
  const auto beside = [](ConvProgram& p, ir::ValueId x) {
    (void)p.Call("aten.neg.default", x);
    return p.Call("aten.relu.default", x);
  };
  EXPECT_TRUE(AreSame(Written(none, beside), Written(none, Called("aten.relu.default"))));
  const auto norm = [](float mean) {
    return [=](ConvProgram& p, ir::ValueId x) {
      return p.BatchNorm(x, {1.5f}, {0.5f}, {mean}, {0.7f}, 1e-5);
    };
  };
  EXPECT_TRUE(AreSame(Written(none, norm(0.25f)), Written(none, norm(0.25f))));
  EXPECT_FALSE(AreSame(Written(none, norm(0.25f)), Written(none, norm(0.2501f))));
}

TEST(SameBits, AreNotKnownOfOtherNumbersOrOperations) {
  const ConvSpec none;
  EXPECT_FALSE(AreSame(Written(none, Times(0.3f)), Written(none, Times(0.31f))));
  EXPECT_FALSE(AreSame(Written(none, Times(0.3f)), Written(WithBias(1e-3f), Times(0.3f))));
  EXPECT_FALSE(AreSame(Written(none, Times(0.0f)), Written(none, Times(-0.0f))));
  EXPECT_FALSE(AreSame(Written(WithBias(0), Times(1)), Written(WithBias(-0.0f), Times(1))));
  EXPECT_FALSE(AreSame(Written(none, Called("aten.relu.default")),
                       Written(none, Called("aten.abs.default"))));
  const auto leaky = [](double slope) {
    return Called("aten.leaky_relu.default", {{"negative_slope", slope}});
  };
  EXPECT_FALSE(AreSame(Written(none, leaky(0.1)), Written(none, leaky(0.2))));
  ConvSpec scaled;
  scaled.weight_scales = {1.5f};
  EXPECT_FALSE(AreSame(Written(none, Times(1)), Written(scaled, Times(1))));
  ConvSpec wider;
  wider.input = Int8(2.0, 0);
  EXPECT_FALSE(AreSame(Written(none, Times(1)), Written(wider, Times(1))));
}

// Two kernels may compute silu, the zeros of softshrink, and the larger of two zeros, in two ways.
TEST(SameBits, AreNotKnownWhereKernelsDiffer) {
  const ConvSpec none;
  for (const char* function : {"aten.silu.default", "aten.softshrink.default"}) {
    const Write write = Called(function);
    EXPECT_FALSE(AreSame(Written(none, write), Written(WithBias(0), write))) << function;
  }
  const auto largest = [](ConvProgram& p, ir::ValueId x) {
    return p.Call("aten.maximum.default", x, {{"other", p.Call("aten.neg.default", x)}});
  };
  EXPECT_FALSE(AreSame(Written(none, largest), Written(none, largest)));
}

// Behind a layout that batch_norm may read by another formula, on either side.
TEST(SameBits, AreNotKnownOfANormOfAnotherLayout) {
  const auto norm = [](bool permutes) {
    ConvSpec spec;
    spec.image = {2, 2};
    return Written(spec, [=](ConvProgram& p, ir::ValueId x) {
      const ir::ValueId moved =
          permutes ? p.nodes().Node("permute", "aten.permute.default",
                                    {{"self", x}, {"dims", std::vector<std::int64_t>{0, 1, 3, 2}}},
                                    ir::ScalarType::kFloat32, p.Image(1))
                   : p.Call("aten.clone.default", x);
      return p.BatchNorm(moved, {1.5f}, {0.5f}, {0.25f}, {0.7f}, 1e-5);
    });
  };
  EXPECT_TRUE(AreSame(norm(false), norm(false)));
  EXPECT_FALSE(AreSame(norm(false), norm(true)));
  EXPECT_FALSE(AreSame(norm(true), norm(false)));
}

// x - y is not y - x, whose registers are the same.
TEST(SameBits, AreNotKnownOfOtherOperands) {
  const auto less = [](bool turned) {
    return [=](ConvProgram& p, ir::ValueId x) {
      const ir::ValueId y = p.Call("aten.square.default", x);
      return p.Call("aten.sub.Tensor", turned ? y : x, {{"other", turned ? x : y}});
    };
  };
  const ConvSpec none;
  EXPECT_TRUE(AreSame(Written(none, less(false)), Written(none, less(false))));
  EXPECT_FALSE(AreSame(Written(none, less(false)), Written(none, less(true))));
}

// What two tails give behind v and y = -v that differ in the operator of these alone.
bool AreSame(const TailOperator& before, const TailOperator& after, std::size_t channel = 0) {
  ConvSpec spec;
  spec.weights = {{1}, {1}};
  spec.weight_scales = {1, 1};
  ConvProgram p(spec);
  const ReadProgram read(p.Return({p.conv()}));
  const auto tail_of = [&](const TailOperator& op) {
    Tail tail;
    tail.channels = 2;
    tail.values.resize(3);
    tail.instructions = {{{}, tail_op::Unary{{0}, ir::Unary::Kind::kNeg, {}}}, {{}, op}};
    return tail;
  };
  Frontier end;
  end.reg = 2;
  end.path = {0, 1};
  const Tail b = tail_of(before), a = tail_of(after);
  const ConvSide& conv = read.site->conv;
  return HaveSameBits(TailEvaluator(b, conv, channel), end, TailEvaluator(a, conv, channel), end);
}

tail_op::Affine Norm(float scale, float shift, bool fused) {
  AffineConstants constants;
  constants.scale = {{scale}, {scale}};
  constants.shift = {{shift}, {shift}};
  constants.fused = fused;
  return {{0}, constants};
}

TEST(SameBits, AreOfOperatorsThatAreAlikeInAllThatTheyAre) {
  using ir::Binary;
  using tail_op::Add, tail_op::Clamp, tail_op::Compare, tail_op::Div, tail_op::Move, tail_op::Mul;
  using tail_op::Prelu, tail_op::Unary, tail_op::Where;
  using Function = ir::Unary::Kind;
  using Kind = ir::Compare::Kind;
  const TailOperand v = 0u, y = 1u, two = Constant(2), three = Constant(3);
  const std::vector<TailOperator> all{Add{{v, y}},
                                      Add{{y, v}},
                                      Add{{v, two}},
                                      Add{{v, three}},
                                      Add{{two, v}},
                                      Add{{v, y}, 2, 2},
                                      Add{{v, y}, -1, -1},
                                      Mul{{v, y}},
                                      Mul{{v, two}},
                                      Mul{{v, three}},
                                      Mul{{v, Constant(0)}},
                                      Mul{{v, Constant(-0.0f)}},
                                      Div{{v, two}},
                                      Div{{two, v}},
                                      Div{{v, two}, Binary::Rounding::kFloor},
                                      Div{{v, two}, Binary::Rounding::kTrunc},
                                      Norm(2, 1, true),
                                      Norm(3, 1, true),
                                      Norm(2, 3, true),
                                      Norm(2, 1, false),
                                      Unary{{0}, Function::kRelu, {}},
                                      Unary{{1}, Function::kRelu, {}},
                                      Unary{{0}, Function::kAbs, {}},
                                      Unary{{0}, Function::kLeakyRelu, {0.1}},
                                      Unary{{0}, Function::kLeakyRelu, {0.2}},
                                      Unary{{0}, Function::kThreshold, {0.1, 1}},
                                      Unary{{0}, Function::kThreshold, {0.1, 2}},
                                      Prelu{{0}, {{0.1f}, {0.1}}},
                                      Prelu{{0}, {{0.2f}, {0.2}}},
                                      Prelu{{1}, {{0.1f}, {0.1}}},
                                      Clamp{{0}, {}, {}},
                                      Clamp{{0}, 0.0, {}},
                                      Clamp{{0}, -0.0, {}},
                                      Clamp{{0}, {}, 0.0},
                                      Clamp{{0}, 0.0, 6.0},
                                      Clamp{{1}, 0.0, 6.0},
                                      Compare{{v, two}, Kind::kGreater},
                                      Compare{{v, two}, Kind::kLess},
                                      Compare{{v, three}, Kind::kLess},
                                      Where{{two, three}, 0},
                                      Where{{two, three}, 1},
                                      Where{{three, two}, 0},
                                      Where{{v, y}, 0},
                                      Where{{y, v}, 0},
                                      Move{{0}},
                                      Move{{1}}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < all.size(); ++k)
      EXPECT_EQ(AreSame(all[i], all[k]), i == k) << i << " " << k;
  }
}

// Some kernel fuses a product that is no power of two, steps of quantizers are not looked into, and
// halves are left out.
TEST(SameBits, AreNotKnownOfOtherOperators) {
  tail_op::Affine stepwise = Norm(2, 1, true);
  stepwise.constants.stepwise.emplace();
  const std::vector<TailOperator> none{tail_op::Add{{0u, 1u}, 3, 3},
                                       tail_op::Extremum{{0u, 1u}, true},
                                       tail_op::Cast{{0}, ir::ScalarType::kFloat16, {}},
                                       tail_op::Dequantize{{0}, Int8(1, 0)},
                                       tail_op::Unary{{0}, ir::Unary::Kind::kSqrt, {}},
                                       stepwise};
  for (const TailOperator& op : none) EXPECT_FALSE(AreSame(op, op)) << op.index();
}

TEST(SameBits, AreOfEachChannelByItself) {
  const auto times = [](float second) {
    return tail_op::Mul{{0u, ChannelConstant{{2, second}, {2, static_cast<double>(second)}}}};
  };
  EXPECT_TRUE(AreSame(times(3), times(4), 0));
  EXPECT_FALSE(AreSame(times(3), times(4), 1));
  EXPECT_TRUE(AreSame(times(3), tail_op::Mul{{0u, Constant(3)}}, 1));
}

}  // namespace foldproof::prove::same_bits_test
