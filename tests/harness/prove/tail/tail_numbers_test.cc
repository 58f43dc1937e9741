// SPDX-License-Identifier: BSD-3-Clause
//
// What a tail takes in only where it knows the bits that PyTorch computes.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "harness/prove/tail/tail_evaluator.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

using ir::ScalarType;
using ir::ValueId;

class TailNumbers : public testing::Test {
 protected:
  // The number of operators in the tail of a program that returns `value`.
  std::size_t OperatorsTo(ValueId value) {
    read_.emplace(program_.Return({value}));
    return read_->site.value().tail.instructions.size();
  }

  ConvProgram program_{ConvSpec{.image = {2, 2}}};
  std::optional<ReadProgram> read_;
};

// PyTorch multiplies in float64 and rounds once, where a float32 constant makes two roundings.
TEST_F(TailNumbers, AFloat64TensorEndsIt) {
  const ValueId wide = program_.nodes().Stored(
      "wide", exec::Tensor::Of<double>(ScalarType::kFloat64, {1, 1, 1}, {0.1}));
  EXPECT_EQ(OperatorsTo(program_.Call("aten.mul_.Tensor", program_.conv(), {{"other", wide}})), 0);
}

TEST_F(TailNumbers, AFloat32TensorDoesNot) {
  EXPECT_EQ(OperatorsTo(program_.Call("aten.mul_.Tensor", program_.conv(),
                                      {{"other", program_.PerChannel({0.1f})}})),
            1);
}

// Behind a permutation batch_norm is other code, ((x - mean) * inv) * gamma + beta: it is either.
TEST_F(TailNumbers, ABatchNormOfMovedElementsMayBeEitherFormula) {
  const ValueId moved = program_.Call("aten.transpose.int", program_.conv(),
                                      {{"dim0", std::int64_t{2}}, {"dim1", std::int64_t{3}}});
  EXPECT_EQ(OperatorsTo(program_.BatchNorm(moved, {2}, {1}, {0}, {1}, 1e-5)), 2);
}

// Of two dimensions of one element it is not known which is the channel's.
TEST_F(TailNumbers, ABatchNormOfAReshapeNeedsItsChannel) {
  const ValueId flat = program_.nodes().Node(
      "flat", "aten.view.default",
      {{"self", program_.conv()}, {"size", std::vector<std::int64_t>{1, 1, 4}}},
      ScalarType::kFloat32, {1, 1, 4});
  EXPECT_EQ(OperatorsTo(program_.BatchNorm(flat, {2}, {1}, {0}, {1}, 1e-5)), 1);
}

TEST_F(TailNumbers, ABatchNormOfACopyOfThemDoesNot) {
  const ValueId moved = program_.Call("aten.transpose.int", program_.conv(),
                                      {{"dim0", std::int64_t{2}}, {"dim1", std::int64_t{3}}});
  const ValueId copy = program_.Call("aten.contiguous.default", moved);
  EXPECT_EQ(OperatorsTo(program_.BatchNorm(copy, {2}, {1}, {0}, {1}, 1e-5)), 3);
}

// A mean behind it sums in another order.
TEST_F(TailNumbers, ACopyIntoChannelsLastEndsIt) {
  const auto copied = [&](std::int64_t code) {
    return program_.Call("aten.clone.default", program_.conv(),
                         {{"memory_format", ir::MemoryFormat{code}}});
  };
  EXPECT_EQ(OperatorsTo(copied(2)), 0);
}

TEST_F(TailNumbers, AnEluThatFallsEndsIt) {
  EXPECT_EQ(OperatorsTo(program_.Call("aten.elu.default", program_.conv(), {{"alpha", -2.0}})), 0);
}

TEST_F(TailNumbers, AnEluDoesNot) {
  EXPECT_EQ(OperatorsTo(program_.Call("aten.elu.default", program_.conv())), 1);
}

// -0 and 0 at A = 0: PyTorch gives either.
TEST_F(TailNumbers, ALargestOfTwoZerosIsEither) {
  const ValueId turned = program_.Call("aten.neg.default", program_.conv());
  const ValueId largest =
      program_.Call("aten.maximum.default", turned, {{"other", program_.PerChannel({0.0f})}});
  EXPECT_EQ(OperatorsTo(largest), 2);
  const SiteSide& side = *read_->site;
  RegisterBlock block;
  const std::int64_t points[] = {0, 1};
  TailEvaluator(side.tail, side.conv, 0).Evaluate(points, side.search.everything, block);
  ASSERT_FALSE(block.exact(2));
  EXPECT_TRUE(std::signbit(block.low(2)[0]));
  EXPECT_FALSE(std::signbit(block.high(2)[0]));
  const std::int64_t others[] = {1, 2};
  TailEvaluator(side.tail, side.conv, 0).Evaluate(others, side.search.everything, block);
  EXPECT_TRUE(block.exact(2));
}

// x / sqrt(2): the divisor is 0x3fb504f3 in one PyTorch, a step less or more in another.
TEST_F(TailNumbers, ARootIsOneOfThree) {
  const ValueId root = program_.Call("aten.sqrt.default", program_.PerChannel({2.0f}));
  EXPECT_EQ(OperatorsTo(program_.Call("aten.div.Tensor", program_.conv(), {{"other", root}})), 1);
  const SiteSide& side = *read_->site;
  EXPECT_NE(RootOf(side.tail, 0), kNoRoot);
  const Tail higher = WithRootsStepped(side.tail, true);
  RegisterBlock block;
  const std::int64_t points[] = {1};
  TailEvaluator(higher, side.conv, 0).Evaluate(points, side.search.everything, block);
  EXPECT_EQ(block.low(1)[0], 1.0f / std::bit_cast<float>(0x3fb504f4u));
}

}  // namespace
}  // namespace foldproof::prove
